"""manage.py match_people: who people are at the tools that are connected."""

import sys
from typing import Any

from tqdm import tqdm

from incidentio.core.commands import HubCommand
from integrations.matching import match_people, pairs
from integrations.registry import TOOLS


class Command(HubCommand):
    help = "Find out by e-mail address who people are at the tools that are connected. What somebody said stays."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print who was not found; a bar shows how far it is."""
        wanted, found = pairs(), 0
        bar = tqdm(match_people(wanted), total=len(wanted), unit="person", disable=not sys.stderr.isatty())
        for match in bar:
            if match.remote_id:
                found += 1
            else:
                why = match.problem or "nobody there has this address"
                self.stdout.write(f"{match.user.email}: {TOOLS[match.tool].label}: {why}")
        self.stdout.write(f"{found} of {len(wanted)} known")
