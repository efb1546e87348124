"""manage.py fire_drill: an incident in test mode through everything that is connected and switched on."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from tqdm import tqdm

from events.actors import Actor
from incidentio.core.commands import HubCommand
from workflows.drilling import start_drill
from workflows.drills import How, Link, links_of
from workflows.models import DrillState, FireDrill
from workflows.registry import STEPS

LOOK_SECONDS = 0.5
SIGNS = {How.WORKS: "ok", How.BROKEN: "BROKEN", How.WAITS: "waits", How.LEFT_OUT: "left out"}
EXAMPLES = """
examples:
  manage.py fire_drill                 # waits for the report; ends with 1 if anything is broken
  manage.py fire_drill --no-wait       # from cron; administrators get a letter if anything is broken
"""


class Command(HubCommand):
    help = (
        "Send an incident in test mode through every connection and every workflow that is switched on, take away what "
        "was made, and say which link is broken. People are really paged and written to; status pages are left out."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-wait", action="store_true", help="begin it, and leave it to the background")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a drill and print its report; a bar shows how far it is. A worker must be running."""
        drill = start_drill(Actor.system())
        if options["no_wait"]:
            self.stdout.write(f"{settings.PUBLIC_URL}/admin/workflows/firedrill/{drill.pk}/change/")
            return
        links = self._watched(drill)
        for link in links:
            self.stdout.write(_line(link))
        counts = Counter(link.how for link in links)
        if counts[How.BROKEN]:
            raise CommandError(f"{counts[How.BROKEN]} of {len(links)} links are broken")
        left_out = f", {counts[How.LEFT_OUT]} left out" if counts[How.LEFT_OUT] else ""
        self.stdout.write(self.style.SUCCESS(f"Nothing is broken: {counts[How.WORKS]} work{left_out}"))

    def _watched(self, drill: FireDrill) -> list[Link]:
        """The report, once there is one."""
        end = monotonic() + settings.FIRE_DRILL_SECONDS + 120
        with tqdm(unit="link", disable=not sys.stderr.isatty()) as bar:
            while drill.state != DrillState.DONE:
                if monotonic() > end:
                    raise CommandError("Nobody goes on with the drill: is `manage.py worker` running?")
                sleep(LOOK_SECONDS)
                drill = FireDrill.objects.get(pk=drill.pk)
                links = links_of(drill)
                bar.total, bar.n = len(links), sum(link.how != How.WAITS for link in links)
                bar.refresh()
        return links_of(drill)


def _line(link: Link) -> str:
    step = STEPS.get(link.what)
    what = step.label if step is not None else link.what
    said = link.said.replace("\n", "; ")
    return f"{SIGNS[How(link.how)]:>8}  {link.where}: {what}{f': {said}' if said else ''}"
