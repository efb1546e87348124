"""manage.py rotate_api_key"""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apikeys.keys import rotate
from apikeys.management.arguments import KeyCommand, duration, find_key, moment
from events.actors import Actor


class Command(KeyCommand):
    help = "Give an API key a new token and print it, this once; the old one keeps working for the grace period."
    examples = """\
  manage.py rotate_api_key Zendesk
  manage.py rotate_api_key Zendesk --grace 24h
  manage.py rotate_api_key 01JD9FVN0M4T1S6V8E5Q2XW3YZ --grace 0m --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", metavar="NAME|ID", help="Exit code 2 if several keys have the name")
        parser.add_argument(
            "--grace",
            type=duration,
            default=timedelta(minutes=30),
            metavar="DURATION",
            help="How long the old token keeps working, as in 30m (the default); 0m: not at all",
        )
        parser.add_argument("--json", action="store_true", help="Print one object: id, name, token, roles")

    def handle(self, *args: Any, **options: Any) -> None:
        issued = rotate(Actor.system(), find_key(options["key"]), options["grace"])
        key = issued.key
        if options["json"]:
            told = {"id": key.id, "name": key.name, "token": issued.token, "roles": key.roles}
            self.stdout.write(json.dumps(told))
            return
        until = moment(timezone.now() + options["grace"])
        self.stderr.write(f"API key {key.name!r} ({key.id}): the old token works until {until}.", self.style.NOTICE)
        self.stderr.write("The new one, shown only now:", self.style.NOTICE)
        self.stdout.write(issued.token)
