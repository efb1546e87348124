"""Incident roles: the parts people play (API behaviour, section 7.2). One leads, one reported; the rest are yours."""

import re

from catalog.models import IncidentRole, RoleType
from catalog.words import archive, change, check_free, check_name, check_text, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_role"
_SPACE = re.compile(r"\s")


def create_role(actor: Actor, *, name: str, description: str, instructions: str, shortform: str) -> IncidentRole:
    """A new custom role; `shortform` is what chat commands call it, or empty.

    Raises:
        Invalid: name or shortform is taken or not well formed, or there is no description.
    """
    with configuring():
        role = IncidentRole(name=name, description=description, instructions=instructions, shortform=shortform)
        _check(role, name, description, shortform)
        return make(actor, SUBJECT, role)


def update_role(
    actor: Actor, role: IncidentRole, *, name: str, description: str, instructions: str, shortform: str
) -> IncidentRole:
    """Change the lead or a custom role.

    Raises:
        Invalid: name or shortform is taken or not well formed, there is no description, or it is the reporter.
        NotFound: it was archived meanwhile.
    """
    if role.role_type == RoleType.REPORTER:
        raise Invalid("system_managed", f"{role.name!r} is whoever reported: the role belongs to the system")
    with configuring():
        renew(role, SUBJECT)
        _check(role, name, description, shortform)
        words = {"name": name, "description": description, "instructions": instructions, "shortform": shortform}
        return change(actor, SUBJECT, role, **words)


def archive_role(actor: Actor, role: IncidentRole) -> None:
    """Take a custom role out of use; incidents in which somebody plays it still show it.

    Raises:
        Invalid: it is the lead or the reporter.
        NotFound: it was archived meanwhile.
    """
    if role.role_type != RoleType.CUSTOM:
        raise Invalid("system_managed", f"{role.name!r} is the one {role.role_type}: it cannot be deleted")
    with configuring():
        renew(role, SUBJECT)
        archive(actor, SUBJECT, role)


def _check(role: IncidentRole, name: str, description: str, shortform: str) -> None:
    check_name(role, name)
    check_text(role, "description", description)
    if not shortform:
        return
    if shortform != shortform.lower() or _SPACE.search(shortform):
        raise Invalid("invalid_value", "A shortform is lower-case and has no spaces, as in `comms`", "shortform")
    check_text(role, "shortform", shortform)
    check_free(role, shortform=shortform)
