"""manage.py seed_defaults"""

from typing import Any

from catalog.defaults import seed_defaults
from events.actors import Actor
from incidentio.core.commands import HubCommand
from workflows.shipped import seed_workflows


class Command(HubCommand):
    help = (
        "Give the installation severities, statuses, a type, roles, timestamps and drafts of workflows to start with, "
        "of every kind it has none of. Safe to repeat. Example: manage.py seed_defaults"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made, workflows = seed_defaults(Actor.system()), seed_workflows(Actor.system())
        if made or workflows:
            self.stdout.write(f"{made} words of configuration and {workflows} workflows added")
        else:
            self.stdout.write("Nothing to add: every kind is there")
