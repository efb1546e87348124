"""manage.py revoke_api_key"""

from typing import Any

from django.core.management.base import CommandParser

from apikeys.keys import revoke
from apikeys.management.arguments import KeyCommand, find_key
from events.actors import Actor


class Command(KeyCommand):
    help = "End an API key for good: its tokens stop working with the next request. What it did stays in history."
    examples = """\
  manage.py revoke_api_key Zendesk
  manage.py revoke_api_key 01JD9FVN0M4T1S6V8E5Q2XW3YZ
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", metavar="NAME|ID", help="Exit code 2 if several keys have the name")

    def handle(self, *args: Any, **options: Any) -> None:
        key = find_key(options["key"])
        revoke(Actor.system(), key)
        self.stdout.write(f"API key {key.name!r} ({key.id}) is revoked")
