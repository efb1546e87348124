"""manage.py sync_catalog: what differs between a catalog kept elsewhere and the hub's, and the end of that."""

import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from events.actors import Actor
from incidentio.core.commands import HubCommand
from integrations.catalog_sync import apply, start, work_on
from integrations.models import CatalogDifference, CatalogSync, Connection, DifferenceKind, SyncState
from integrations.registry import TOOLS

DIFFERS, LEFT_ALONE = 2, 3
MARKS = {DifferenceKind.NEW: "+", DifferenceKind.CHANGED: "~", DifferenceKind.GONE: "-"}
LOOK_SECONDS = 0.5
LONGEST_VALUE = 80
EXAMPLES = """
examples:
  manage.py sync_catalog backstage                      # only look
  manage.py sync_catalog backstage --apply --delete     # for cron
  manage.py sync_catalog catalog_file --apply --delete --confirm 120

exit codes: 0 nothing differs, or all of it was applied; 1 it failed; 2 something differs and was not applied; 3 it was
applied, but for what changed here meanwhile or was refused
"""


class Command(HubCommand):
    help = "Compare the service catalog of a connected tool with the hub's, and apply what differs if told so."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = sorted(tool.name for tool in TOOLS.values() if tool.catalog is not None)
        parser.add_argument("tool", choices=names, help="whose catalog")
        parser.add_argument("--apply", action="store_true", help="have the hub's catalog say the same")
        parser.add_argument("--delete", action="store_true", help="with --apply: also take out what is gone there")
        parser.add_argument("--confirm", type=int, metavar="N", help="how many, where that is more than half")
        parser.add_argument("--quiet", action="store_true", help="no list of what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, tell, and apply; the exit code says how it ended."""
        if options["delete"] and not options["apply"]:
            raise CommandError("--delete needs --apply")
        sync = self._done(start(Actor.system(), self._connection(options["tool"])), "entry")
        if not options["quiet"]:
            for difference in sync.differences.order_by("type_name", "id").iterator():
                self._tell(difference)
        self._sum_up(sync)
        if options["apply"]:
            self._apply(sync, with_deletion=options["delete"], confirmed=options["confirm"])
        elif sync.differences.exists() or any(told["changes"] for told in sync.types):
            sys.exit(DIFFERS)

    def _connection(self, tool: str) -> Connection:
        connection: Connection | None = Connection.objects.active().filter(tool=tool).first()
        if connection is None:
            raise CommandError(f"{tool} is not connected: see Connections in the admin")
        return connection

    def _apply(self, sync: CatalogSync, **said: Any) -> None:
        sync = self._done(apply(Actor.system(), sync, **said), "difference")
        left = sync.differences.exclude(outcome__in=["", "done"])
        for difference in left.order_by("id").iterator():
            self.stdout.write(f"! {difference.external_id}: {difference.told}")
        self.stdout.write(f"Applied {sync.done - left.count()} of {sync.total} differences")
        if left.exists():
            sys.exit(LEFT_ALONE)

    def _done(self, sync: CatalogSync, unit: str) -> CatalogSync:
        """The sync when it is over. It is worked on here, unless a worker was faster."""
        with tqdm(unit=unit, disable=not sys.stderr.isatty()) as bar:

            def told(done: int, total: int) -> None:
                bar.total = total or None
                bar.update(done - bar.n)

            while sync.is_under_way:
                if not work_on(sync.pk, told):
                    time.sleep(LOOK_SECONDS)
                sync.refresh_from_db()
                told(sync.done, sync.total)
        if sync.state == SyncState.FAILED:
            raise CommandError(sync.error)
        return sync

    def _tell(self, difference: CatalogDifference) -> None:
        kind = DifferenceKind(difference.kind)
        self.stdout.write(f"{MARKS[kind]} {difference.external_id}  {difference.name}")
        for what, before, after in difference.changes:
            self.stdout.write(f"    {what}: {_short(before)} -> {_short(after)}")

    def _sum_up(self, sync: CatalogSync) -> None:
        for told in sync.types:
            counts = ", ".join(f"{count} {name}" for name, count in told["counts"].items() if count)
            self.stdout.write(f"{told['name']}: {told['why'] or counts or 'no entries'}")
            for what, before, after in told["changes"]:
                self.stdout.write(f"    {what}: {_short(before)} -> {_short(after)}")
        for note in sync.notes:
            self.stdout.write(f"Note: {note}")


def _short(values: list[str]) -> str:
    """Values on one line."""
    text = ", ".join(" ".join(value.split()) for value in values) or "nothing"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
