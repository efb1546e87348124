"""Calls to Amazon that a message makes necessary, and that no request waits for.

Each is a row. A task makes the call; the row says until when it is somebody's, so that whoever is killed loses it only
for a while: the sweep finds what waits.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.tasks import Task
from django.utils import timezone

from incidentio.core import engine, http
from incidentio.core.crypto import UndecryptableSecret, decrypt, encrypt
from incidentio.core.times import instant, rfc3339
from integrations.base import Attempt, Outcome
from integrations.calling import Request, attempt
from integrations.models import RemoteObject

TOOL = "sns"
WAITING, DONE, REFUSED = "waiting", "done", "refused"
CALL_SECONDS = 10.0
MOST_BYTES = 20_000
LEASE = timedelta(minutes=1)  # longer than the longest call
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 3_600.0
MOST_ATTEMPTS = 8
# What was refused may be asked for again after so long, as when Amazon's names could not be resolved for an hour.
REST = timedelta(minutes=5)
SWEPT_AT_ONCE = 100

Errand = Task[[int], None]
Judge = Callable[[http.Answer], Attempt]


def begin(errand: Errand, kind: str, subject: str, url: str, *, is_secret: bool = False, **state: Any) -> RemoteObject:
    """The row of the call that `subject` makes necessary; if there is none yet, or it was refused a while ago, the call
    is made in the background. A secret address is kept encrypted, until it was called.
    """
    place = {"tool": TOOL, "kind": kind, "subject_type": kind, "subject_id": _digest(subject)}
    known = RemoteObject.objects.filter(**place).first()
    if known is not None and not _may_begin_again(known):
        return known
    state |= {"attempts": 0, "due_at": rfc3339(timezone.now())} | ({"sealed": encrypt(url)} if is_secret else {})
    made = {"remote_id": WAITING, "url": "" if is_secret else url, "state": state}
    with transaction.atomic():
        row, fresh = RemoteObject.objects.select_for_update().get_or_create(**place, defaults=made)
        if not fresh and _may_begin_again(row):
            row.remote_id, row.state, fresh = WAITING, state, True
            row.save(update_fields=["remote_id", "state"])
        if fresh:
            engine.wake(errand, row.pk)
    return row


def run(errand: Errand, pk: int, judge: Judge) -> None:
    """Make the call of a row, if it is due, and keep what came of it: what the judge tells as its detail."""
    row = _take(pk)
    if row is None:
        return
    try:
        url = decrypt(row.state["sealed"]) if "sealed" in row.state else row.url
    except UndecryptableSecret as lost:
        _settle(row, REFUSED, {"why": str(lost)})
        return
    request = Request("GET", url, does_once=True, most_bytes=MOST_BYTES)
    outcome = attempt(TOOL, request, lambda answer, _: judge(answer), CALL_SECONDS)
    if outcome.outcome is Outcome.DONE:
        _settle(row, DONE, dict(outcome.detail or {}))
    elif outcome.outcome is Outcome.REFUSED or row.state["attempts"] >= MOST_ATTEMPTS:
        _settle(row, REFUSED, {"why": outcome.error, "is_final": outcome.outcome is Outcome.REFUSED})
    else:
        _later(errand, row, outcome)


def wake_forgotten(errand: Errand, kind: str) -> None:
    """Have the calls made that somebody was stopped at."""
    coming = {args[0] for args in engine.waiting(errand)}
    rows = RemoteObject.objects.filter(tool=TOOL, kind=kind, remote_id=WAITING).order_by("pk")[:SWEPT_AT_ONCE]
    late = timezone.now() - LEASE
    engine.wake_each(errand, [[row.pk] for row in rows if row.pk not in coming and _due_at(row) < late])


def _take(pk: int) -> RemoteObject | None:
    """The row, if it waits and is nobody's; it is the caller's for a while."""
    now = timezone.now()
    with transaction.atomic():
        row = RemoteObject.objects.select_for_update().filter(pk=pk, remote_id=WAITING).first()
        if row is None or _due_at(row) > now:
            return None
        row.state |= {"attempts": row.state["attempts"] + 1, "due_at": rfc3339(now + LEASE)}
        row.save(update_fields=["state"])
    return row


def _digest(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()[:26]


def _may_begin_again(row: RemoteObject) -> bool:
    return row.remote_id == REFUSED and _due_at(row) <= timezone.now()


def _due_at(row: RemoteObject) -> datetime:
    return instant(row.state.get("due_at")) or row.created_at


def _settle(row: RemoteObject, how: str, told: dict[str, Any]) -> None:
    kept = {name: value for name, value in row.state.items() if name != "sealed"}
    row.remote_id, row.state = how, kept | told | {"due_at": rfc3339(timezone.now() + REST)}
    row.save(update_fields=["remote_id", "state"])


def _later(errand: Errand, row: RemoteObject, outcome: Attempt) -> None:
    wait = max(outcome.wait_seconds, FIRST_WAIT_SECONDS * 2 ** (row.state["attempts"] - 1))
    wait = min(wait, LONGEST_WAIT_SECONDS)
    with transaction.atomic():
        row.state |= {"why": outcome.error, "due_at": rfc3339(timezone.now() + timedelta(seconds=wait))}
        row.save(update_fields=["state"])
        engine.wake(errand, row.pk, delay_seconds=wait)
