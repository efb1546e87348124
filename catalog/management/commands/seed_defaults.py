"""manage.py seed_defaults"""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.defaults import seed_defaults
from events.actors import Actor


class Command(BaseCommand):
    help = (
        "Give the installation severities, statuses, a type, roles and timestamps to start with, "
        "of every kind it has none of. Safe to repeat. Example: manage.py seed_defaults"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made = seed_defaults(Actor.system())
        self.stdout.write(f"{made} words of configuration added" if made else "Nothing to add: every kind is there")
