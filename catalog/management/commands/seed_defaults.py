"""manage.py seed_defaults"""

from typing import Any

from catalog.defaults import seed_defaults
from events.actors import Actor
from incidentio.core.commands import HubCommand


class Command(HubCommand):
    help = (
        "Give the installation severities, statuses, a type, roles and timestamps to start with, "
        "of every kind it has none of. Safe to repeat. Example: manage.py seed_defaults"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made = seed_defaults(Actor.system())
        self.stdout.write(f"{made} words of configuration added" if made else "Nothing to add: every kind is there")
