"""manage.py poll_mailbox: take what is unread in the connected mailbox."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from incidentio.core.commands import HubCommand
from integrations.mailbox.imap import MailboxFailed
from integrations.mailbox.polling import Busy, Told, Turn, connected, read_mailbox

TEMPORARY, PERMANENT = 1, 3


class Command(HubCommand):
    help = (
        "Take what is unread in the connected mailbox: letters to alert sources become alerts. The worker does so "
        "every minute by itself; this is for a schedule of your own. Ends with 0 when everything was taken or somebody "
        "else reads the mailbox now, 1 when it cannot be read now, 3 when it cannot until somebody changes something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        often = parser.add_mutually_exclusive_group()
        often.add_argument("--once", action="store_true", help="Take what there is, and end; also without this")
        often.add_argument("--every", type=_seconds, metavar="SECONDS", help="Do so again and again, until Ctrl-C")

    def handle(self, *args: Any, every: float | None = None, **options: Any) -> None:
        """Take what is unread, once or again and again."""
        if every is None:
            self._take_all()
            return
        try:
            while True:
                try:
                    self._take_all()
                except CommandError as failure:
                    self.stderr.write(str(failure))
                time.sleep(every)
        except KeyboardInterrupt:
            self.stdout.write("Stopped")

    def _take_all(self) -> None:
        connection = connected()
        if connection is None:
            why = "No mailbox is connected and switched on: see Connections in the admin"
            raise CommandError(why, returncode=PERMANENT)
        total = Turn(left=1)
        with tqdm(unit="letter", disable=not sys.stderr.isatty()) as bar:
            try:
                while total.left:
                    _add(total, read_mailbox(connection, told=_teller(bar)))
            except Busy:
                self.stdout.write("Somebody else reads the mailbox now")
                return
            except MailboxFailed as failure:
                raise CommandError(str(failure), returncode=PERMANENT if failure.permanent else TEMPORARY) from failure
        self._say(total)

    def _say(self, total: Turn) -> None:
        said = [f"{count} {what}" for what, count in sorted(total.meant.items())]
        said += [f"{total.failed} refused: the log says why"] if total.failed else []
        self.stdout.write("; ".join(said) or "Nothing is unread")


def _add(total: Turn, turn: Turn) -> None:
    total.meant.update(turn.meant)
    total.failed += turn.failed
    total.left = turn.left


def _teller(bar: Any) -> Told:
    """What shows in the bar how far a turn is; the turns before it count as well."""
    past = bar.n

    def tell(done: int, of: int) -> None:
        bar.total = past + of
        bar.update(past + done - bar.n)

    return tell


def _seconds(text: str) -> float:
    """A whole number of seconds, from 1 to a day. Raises ValueError, which argparse tells."""
    seconds = int(text)
    if not 1 <= seconds <= 86_400:
        raise ValueError(text)
    return float(seconds)
