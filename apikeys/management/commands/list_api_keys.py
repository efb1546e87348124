"""manage.py list_api_keys"""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apikeys.management.arguments import KeyCommand, moment
from apikeys.models import ApiKey
from incidentio.core.times import rfc3339

COLUMNS = ("id", "name", "state", "roles", "last used", "expires")


def state(key: ApiKey) -> str:
    """Whether `key` works now, in a word."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= timezone.now() else "active"


def as_object(key: ApiKey) -> dict[str, Any]:
    """`key` for machines; what it does not have is null."""
    times = {name: getattr(key, name) for name in ("created_at", "last_used_at", "expires_at", "revoked_at")}
    return {
        "id": key.id,
        "name": key.name,
        "state": state(key),
        "roles": key.roles,
        "team_roles": key.team_roles,
        "allowed_networks": key.allowed_networks,
        "rate_limit": key.rate_limit,
    } | {name: rfc3339(when) if when else None for name, when in times.items()}


def as_row(key: ApiKey) -> tuple[str, ...]:
    """`key` for people."""
    roles = ", ".join([*key.roles, *(f"{name} (teams)" for name in key.team_roles)])
    return key.id, key.name, state(key), roles or "none", moment(key.last_used_at), moment(key.expires_at)


class Command(KeyCommand):
    help = "List API keys, newest first: what they may do, when they were last used, when they expire."
    examples = """\
  manage.py list_api_keys
  manage.py list_api_keys --all --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="Revoked keys too")
        parser.add_argument("--json", action="store_true", help="Print an array of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = ApiKey.objects.order_by("-id")
        if not options["all"]:
            keys = keys.filter(revoked_at=None)
        if options["json"]:
            self.stdout.write(json.dumps([as_object(key) for key in keys]))
            return
        if not keys:
            self.stdout.write("There are no API keys; create_api_key makes one")
            return
        self._table([COLUMNS, *map(as_row, keys)])

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
