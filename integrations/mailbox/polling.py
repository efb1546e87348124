"""Reading the mailbox, in turns: by one process at a time, each letter once.

What a letter meant is kept with what it did, in one transaction; only then it is marked as read. So whoever is killed
in between meets it again, and knows it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import DataError, transaction
from django.tasks import task
from django.utils import timezone

from incidentio.core import engine
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import DomainError
from incidentio.core.ids import new_id
from incidentio.core.times import instant, rfc3339
from integrations.connections import account, note_failure, note_success
from integrations.mailbox import letters
from integrations.mailbox.account import TOOL, Mailbox
from integrations.mailbox.arriving import LETTER, TOPIC, take
from integrations.mailbox.imap import MailboxFailed, NotDone, Session, reading
from integrations.models import Connection, RemoteObject

TURN = "turn"
TURN_SECONDS = 40.0
# A turn ends with the letter it is at; no letter takes longer than this.
LETTER_SECONDS = 30.0
LEASE = timedelta(seconds=TURN_SECONDS + 2 * LETTER_SECONDS)
# Somebody asks every minute whether it is time.
EVERY = timedelta(seconds=45)
# After failures the waits double: some servers lock out who comes with a wrong password again and again.
LONGEST_WAIT = timedelta(minutes=15)
KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 500
Told = Callable[[int, int], None]  # how many are done, of how many

log = structlog.stdlib.get_logger(__name__)


class Busy(Exception):
    """Somebody else reads the mailbox now."""


@dataclass
class Turn:
    """What a turn came to: how many letters meant what, how many could not be taken, and how many are left. `refusal`
    is what the server said of the last letter that it did not give, or mark as read; or why it stays unread.
    """

    meant: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    left: int = 0
    refusal: str = ""


def read_mailbox(connection: Connection, seconds: float = TURN_SECONDS, told: Told | None = None) -> Turn:
    """Take what is unread, for about so many seconds.

    Raises:
        Busy: somebody else does.
        MailboxFailed: it cannot be read.
    """
    turn = Turn()
    with _leased(connection) as row:
        try:
            there = Mailbox(account(connection).values)
            with reading(there, seconds + LETTER_SECONDS) as session:
                _take_unread(session, there, turn, monotonic() + seconds, told)
        except (MailboxFailed, UndecryptableSecret) as failure:
            note_failure(TOOL, str(failure))
            _rest(row, failures=row.state.get("failures", 0) + 1)
            raise MailboxFailed(str(failure), permanent=getattr(failure, "permanent", True)) from failure
        if turn.refusal:
            note_failure(TOOL, turn.refusal)
        else:
            note_success(TOOL)
        _rest(row, failures=0)
        _forget_old()
    log.info(
        "mailbox_read",
        letters={str(meaning): count for meaning, count in turn.meant.items()},
        failed=turn.failed,
        left=turn.left,
    )
    return turn


def _take_unread(session: Session, there: Mailbox, turn: Turn, end: float, told: Told | None) -> None:
    uids, own_address = session.unread(), parseaddr(settings.EMAIL_FROM)[1].casefold()
    for count, uid in enumerate(uids):
        if monotonic() > end:
            turn.left = len(uids) - count
            return
        try:
            _take_one(session, there, turn, uid, own_address)
        except NotDone as refusal:  # nobody waits behind a letter that the server cannot read itself
            turn.failed, turn.refusal = turn.failed + 1, str(refusal)
            log.warning("letter_not_given", validity=session.validity, uid=uid, why=turn.refusal)
        if told is not None:
            told(count + 1, len(uids))


def _take_one(session: Session, there: Mailbox, turn: Turn, uid: int, own_address: str) -> None:
    """Take a letter, and mark it as read.

    Raises:
        NotDone: nobody can tell now whether it may speak for the source it names; it stays unread.
        MailboxFailed: the server does not give it, or does not mark it.
    """
    try:
        fetched = session.fetch(uid)
        if fetched is not None:
            turn.meant.update(take(letters.read(fetched.content), fetched, there, own_address))
    except UndecryptableSecret as lost:
        raise NotDone(str(lost)) from lost
    except (DomainError, DataError) as refusal:
        turn.failed += 1
        log.warning("letter_refused", validity=session.validity, uid=uid, why=str(refusal)[:300])
    session.mark_read(uid)


# ---- whose turn it is


@contextmanager
def _leased(connection: Connection) -> Iterator[RemoteObject]:
    """The row that says whose turn it is, while it is ours.

    Raises:
        Busy: it is somebody else's.
    """
    holder, now = new_id(), timezone.now()
    with transaction.atomic():
        row, _ = RemoteObject.objects.select_for_update().get_or_create(**_of(connection))
        until = instant(row.state.get("until"))
        if row.remote_id and until is not None and until > now:
            raise Busy
        row.remote_id, row.state = holder, row.state | {"until": rfc3339(now + LEASE)}
        row.save(update_fields=["remote_id", "state"])
    try:
        yield row
    finally:
        RemoteObject.objects.filter(pk=row.pk, remote_id=holder).update(remote_id="")


def _of(connection: Connection) -> dict[str, Any]:
    return {"tool": TOOL, "kind": TURN, "subject_type": "connection", "subject_id": connection.pk}


def _rest(row: RemoteObject, *, failures: int) -> None:
    """Say when the background reads again."""
    wait = min(LONGEST_WAIT, EVERY * 2 ** min(failures, 10))
    row.state |= {"failures": failures, "due_at": rfc3339(timezone.now() + wait)}
    row.save(update_fields=["state"])


def _forget_old() -> None:
    """Forget letters that came long ago, and what they were about."""
    before = timezone.now() - KEPT
    old = RemoteObject.objects.filter(tool=TOOL, kind__in=(LETTER, TOPIC), created_at__lt=before)
    RemoteObject.objects.filter(
        pk__in=list(old.order_by("pk").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    ).delete()


# ---- in the background


def connected() -> Connection | None:
    """The mailbox that is connected and switched on."""
    return Connection.objects.active().filter(tool=TOOL, enabled=True).first()


def wake_due() -> None:
    """Have the mailbox read if it is time."""
    connection = connected()
    if connection is None:
        return
    row = RemoteObject.objects.filter(**_of(connection)).first()
    due_at = instant(row.state.get("due_at")) if row is not None else None
    if (due_at is None or due_at <= timezone.now()) and not engine.waiting(read_in_background):
        engine.wake(read_in_background)


@task
def read_in_background() -> None:
    """Read the mailbox for a turn; go on at once if there is more."""
    connection = connected()
    if connection is None:
        return
    try:
        turn = read_mailbox(connection)
    except Busy:
        return
    except MailboxFailed as failure:
        log.warning("mailbox_failed", why=str(failure))
        return
    if turn.left:
        engine.wake(read_in_background)
