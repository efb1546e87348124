"""Incident roles: the parts people play (API behaviour, section 7.2). One leads, one reported; the rest are yours."""

import re

from catalog.models import IncidentRole, RoleType
from catalog.words import archive, change, configuring, make
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_role"
_SHORTFORM = re.compile(r"[^\sA-Z]*")


def _check(name: str, description: str, shortform: str) -> None:
    for pointer, text in (("name", name), ("description", description)):
        if not text.strip():
            raise Invalid("is_required", f"A role needs a {pointer}", pointer)
    if not _SHORTFORM.fullmatch(shortform):
        raise Invalid("invalid_value", "A shortform is lower-case and has no spaces, as in `comms`", "shortform")


def _check_free(name: str, shortform: str, role: IncidentRole | None = None) -> None:
    others = IncidentRole.objects.active().exclude(pk=role.pk if role else "")
    if others.filter(name=name).exists():
        raise Invalid("already_exists", f"There already is a role called {name!r}; choose another name", "name")
    if shortform and others.filter(shortform=shortform).exists():
        raise Invalid("already_exists", f"Another role already goes by {shortform!r}", "shortform")


def create_role(actor: Actor, *, name: str, description: str, instructions: str, shortform: str) -> IncidentRole:
    """A new custom role.

    Raises:
        Invalid: name or shortform is taken, or one of them is not well formed.
    """
    _check(name, description, shortform)
    with configuring("A role of this name or shortform was made meanwhile"):
        _check_free(name, shortform)
        role = IncidentRole(name=name, description=description, instructions=instructions, shortform=shortform)
        return make(actor, SUBJECT, role)


def update_role(
    actor: Actor, role: IncidentRole, *, name: str, description: str, instructions: str, shortform: str
) -> IncidentRole:
    """Change a role; the reporter has no shortform and no instructions.

    Raises:
        Invalid: name or shortform is taken, or one of them is not well formed.
    """
    _check(name, description, shortform)
    if role.role_type == RoleType.REPORTER and (shortform or instructions):
        pointer = "shortform" if shortform else "instructions"
        raise Invalid("invalid_value", f"The reporter's {pointer} must be empty: the role is the system's", pointer)
    with configuring("A role of this name or shortform was made meanwhile"):
        role.refresh_from_db()
        _check_free(name, shortform, role)
        words = {"name": name, "description": description, "instructions": instructions, "shortform": shortform}
        return change(actor, SUBJECT, role, **words)


def archive_role(actor: Actor, role: IncidentRole) -> None:
    """Take a custom role out of use; incidents in which somebody plays it still show it.

    Raises:
        Invalid: it is the lead or the reporter.
    """
    if role.role_type != RoleType.CUSTOM:
        raise Invalid("invalid_value", f"{role.name!r} is the one {role.role_type} and cannot be deleted", "id")
    with configuring("It changed meanwhile; try again"):
        archive(actor, SUBJECT, role)
