"""What the commands for API keys share: how roles, durations, networks and keys are named on a command line."""

import re
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from django.core.management.base import CommandError, CommandParser, DjangoHelpFormatter
from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.roles import ROLES, find_role
from incidentio.core.commands import HubCommand
from incidentio.core.ids import is_id

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AMBIGUOUS = 2


class _ExamplesFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the examples as they are written."""


class KeyCommand(HubCommand):
    """A command with examples in its help, whose refusals are one clear line."""

    examples = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        shown = {"formatter_class": _ExamplesFormatter, "epilog": f"Examples:\n{self.examples}"}
        return super().create_parser(prog_name, subcommand, **(shown | kwargs))


def role(text: str) -> str:
    """The name of the role `text` names or labels. Raises ArgumentTypeError."""
    found = find_role(text)
    if found is None:
        raise ArgumentTypeError(f"there is no role {text!r}; give one of these names, or its label:\n{role_table()}")
    return found.name


def role_table() -> str:
    """All roles with their labels, a line each."""
    width = max(map(len, ROLES))
    return "\n".join(f"  {role.name:{width}}  {role.label}" for role in ROLES.values())


def duration(text: str) -> timedelta:
    """`90d`, `12h`, `30m` as a time span. Raises ArgumentTypeError."""
    match = re.fullmatch(r"([0-9]{1,5})([smhdw])", text.strip().lower())
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not a duration; write a number and a unit, as in 30m, 12h, 90d or 2w")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def network(text: str) -> str:
    """`10.0.0.0/8` in its canonical form. Raises ArgumentTypeError."""
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a network, as in 10.0.0.0/8: {error}") from error


def find_key(text: str) -> ApiKey:
    """The active key with the id or the name `text`.

    Raises:
        CommandError: there is none, or (exit code 2) several; they are listed.
    """
    keys = ApiKey.objects.filter(pk=text) if is_id(text) else ApiKey.objects.none()
    keys = keys if keys.exists() else ApiKey.objects.filter(name=text)
    active = list(keys.filter(revoked_at=None).order_by("id"))
    if len(active) > 1:
        listed = "\n".join(f"  {key.id}  made {moment(key.created_at)} by {key.creator_label}" for key in active)
        raise CommandError(f"{len(active)} API keys are named {text!r}; give the ID:\n{listed}", returncode=AMBIGUOUS)
    if not active:
        state = "is revoked already" if keys.exists() else "does not exist; list_api_keys shows all"
        raise CommandError(f"API key {text!r} {state}")
    return active[0]


def moment(when: datetime | None) -> str:
    """`when` for people, to the minute."""
    return f"{when.astimezone(timezone.get_current_timezone()):%Y-%m-%d %H:%M %Z}" if when else "never"
