"""manage.py seed_demo: a believable organisation with 90 days of incidents."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from random import Random
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from catalog import snapshot
from events.actors import Actor
from incidentio.core.commands import HubCommand
from incidentio.core.errors import DomainError
from incidents.demo.history import DAYS, KEY_PREFIX, plan
from incidents.demo.organisation import build
from incidents.models import Declaration, Incident

EXAMPLES = """
examples:
  manage.py seed_demo
  manage.py seed_demo --incidents 400 --seed 7
  manage.py seed_demo --yes          # although this hub already has incidents
"""


class Command(HubCommand):
    help = (
        "Fill the hub with an invented company and 90 days of its incidents: people, teams, custom fields, updates, "
        "actions, follow-ups. All or nothing; a second run adds nothing."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--incidents", type=int, default=150, metavar="N", help="how many (default: 150)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same stories (default: 1)")
        parser.add_argument("--yes", action="store_true", help="also on a hub that already has incidents of its own")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["incidents"] < 1:
            raise CommandError("--incidents must be at least 1")
        if Declaration.objects.filter(idempotency_key__startswith=KEY_PREFIX).exists():
            self.stdout.write("The demo is already here; nothing was added.")
            return
        if Incident.objects.exists() and not options["yes"]:
            raise CommandError("This hub has incidents of its own. Add --yes to put the demo's beside them.")
        try:
            self._seed(Random(options["seed"]), options["incidents"])  # noqa: S311  stories, not secrets
        except DomainError as error:
            raise CommandError(f"The demo does not fit this hub's configuration: {error}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped; nothing was written", returncode=130) from error
        self.stdout.write(self.style.SUCCESS(f"Told {options['incidents']} incidents of the last {DAYS} days."))

    @transaction.atomic
    def _seed(self, rng: Random, count: int) -> None:
        organisation = build(Actor.system())
        steps = plan(rng, organisation, snapshot.current(), count, timezone.now())
        for step in tqdm(steps, desc="Telling", unit=" changes", disable=None):
            step.act(step.moment)
