"""The ledger of outward calls: whose turn it is, who makes the call, and what became of it."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from incidentio.core.ids import new_id
from integrations.base import PART, Attempt, Outcome, Repeat
from workflows.models import CallState, Effect, OutwardCall, Target

# The seconds before each attempt of a delivery (API behaviour, section 10).
SCHEDULE = (0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000)
# An answer within this counts (API behaviour, section 10).
LONGEST_CALL_SECONDS = 15.0
# The part of a lease a call may take; the rest is for writing down what became of it.
CALL_SHARE = 2 / 3
FAILURES_BEFORE_REST = 5
SHORTEST_REST_SECONDS = 10.0
LONGEST_REST_SECONDS = 300.0
LONGEST_WISH_SECONDS = 3600.0
LOG_ENTRIES = 50
LONGEST_REMOTE_ID = 300

STOPPED = Attempt(Outcome.UNKNOWN, "The worker was stopped during the call; whether it arrived is not known")


def call_seconds() -> float:
    """How long a call may take: well within the lease it is made under."""
    return float(min(LONGEST_CALL_SECONDS, settings.LEASE_SECONDS * CALL_SHARE))


def calls_at_once() -> int:
    """How many calls one target may keep busy, so that a slow one leaves workers for the others."""
    return max(1, int(settings.WORKER_PROCESSES) // 2)


def schedule_of(kind: type[OutwardCall]) -> Sequence[float]:
    """The seconds before each attempt of a call of this kind; after the last one it is given up."""
    steps: Sequence[float] = settings.STEP_RETRY_SECONDS
    return steps if issubclass(kind, Effect) else SCHEDULE


def due[C: OutwardCall](calls: "models.QuerySet[C]") -> "models.QuerySet[C]":
    """Those of `calls` that are work now, the longest waiting first."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return calls.filter(free, state=CallState.PENDING, due_at__lte=now).order_by("due_at", "id")


def whole_of(target_name: str) -> str:
    """Who is called, where the target is a part of it: each part fails and rests by itself, and all of them together
    may have so many calls at once.
    """
    return target_name.partition(PART)[0]


def of_whole[C: OutwardCall](calls: "models.QuerySet[C]", target_name: str) -> "models.QuerySet[C]":
    """Those of `calls` that go to whoever the target is, or is a part of."""
    whole = whole_of(target_name)
    return calls.filter(Q(target=whole) | Q(target__startswith=f"{whole}{PART}"))


def take[C: OutwardCall](
    calls: "models.QuerySet[C]", target_name: str, ended: Callable[[C], None] | None = None
) -> C | None:
    """Lease the next call of `calls` that goes to the target, or None: nothing is due, the target rests, or as many
    calls as it may have are under way. Whoever has the lease makes the call, with no transaction open, and settles it.

    `ended` is told, in the transaction that takes, of each call that is over because its last holder never came back.
    """
    with transaction.atomic():
        if (whole := whole_of(target_name)) != target_name:
            _lock(whole)
        target, now = _lock(target_name), timezone.now()
        to_target = calls.model._default_manager.filter(target=target_name)
        if target.held_until is not None and target.held_until > now:
            _put_off(to_target, target.held_until)
            return None
        if of_whole(calls.model._default_manager.filter(lease_until__gt=now), target_name).count() >= calls_at_once():
            return None
        while (call := due(calls.filter(target=target_name)).first()) is not None:
            if call.lease_token is not None and _end_if_over(call, now):
                if ended is not None:
                    ended(call)
            elif _lease(call, now):
                return call
    return None


def _end_if_over(call: OutwardCall, now: datetime) -> bool:
    """Write down that the last holder of `call` never came back; whether there is no further attempt."""
    call.log = _appended(call, STOPPED, now)
    if call.repeats != Repeat.ASK and call.attempts < len(schedule_of(type(call))):
        return False
    return _write(call, now, state=CallState.UNKNOWN, log=call.log, lease_token=None, lease_until=None)


def _lease(call: OutwardCall, now: datetime) -> bool:
    """Write the lease on `call`; whether it was still as it was read."""
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    return _write(call, now, lease_token=new_id(), lease_until=until, attempts=call.attempts + 1, log=call.log)


def _write(call: OutwardCall, now: datetime, **columns: Any) -> bool:
    """Write `columns` of the row and of `call`, if the row is still held as `call` says; whether it was."""
    as_read = type(call)._default_manager.filter(pk=call.pk, state=call.state, lease_token=call.lease_token)
    if not as_read.update(**columns, updated_at=now):
        return False
    for name, value in columns.items():
        setattr(call, name, value)
    return True


def settle(call: OutwardCall, attempt: Attempt, **besides: Any) -> datetime | None:
    """Write down how an attempt ended and free the row, in the caller's transaction; `besides` are columns of the
    row's own kind that go with it. Afterwards `call` is as the row is.

    Returns when it is due again; None if it is over, or if the lease had run out and somebody else has the row: then
    `call` still has its lease.
    """
    target, now = _lock(call.target), timezone.now()
    log = _appended(call, attempt, now)
    state = _state_after(call, attempt, log)
    due_at = now + _pause(call, attempt) if state == CallState.PENDING else call.due_at
    if attempt.remote_id:
        besides["remote_id"] = attempt.remote_id[:LONGEST_REMOTE_ID]
    columns = {"state": state, "due_at": due_at, "log": log, "lease_token": None, "lease_until": None}
    if not _write(call, now, **columns, **besides):
        return None
    _judge(target, attempt, now)
    if target.held_until is not None and target.held_until > now:
        _put_off(type(call)._default_manager.filter(target=target.name), target.held_until)
        call.due_at = max(due_at, target.held_until)
    return call.due_at if state == CallState.PENDING else None


def release(target_name: str) -> None:
    """Let a target that rests be called again: somebody says it is well."""
    Target.objects.filter(name=target_name).update(failures=0, held_until=None)


def lock(target_names: Iterable[str]) -> None:
    """Lock these targets for the rest of the transaction. Always in one order, and before calls and runs are locked:
    that is how whoever makes and settles calls does it.
    """
    for name in sorted(target_names):
        _lock(name)


def _lock(target_name: str) -> Target:
    target, _ = Target.objects.select_for_update().get_or_create(name=target_name)
    return target


def _put_off(calls: "models.QuerySet[Any]", moment: datetime) -> None:
    """Nothing of `calls` is due before `moment`."""
    calls.filter(state=CallState.PENDING, due_at__lt=moment).update(due_at=moment)


def _appended(call: OutwardCall, attempt: Attempt, moment: datetime) -> list[dict[str, Any]]:
    return [*call.log, attempt.entry(moment)][-LOG_ENTRIES:]


def _state_after(call: OutwardCall, attempt: Attempt, log: list[dict[str, Any]]) -> CallState:
    if attempt.outcome == Outcome.DONE:
        return CallState.DONE
    if _is_worth_another(call, attempt):
        return CallState.PENDING
    maybe_arrived = any(entry["outcome"] == Outcome.UNKNOWN for entry in log)
    return CallState.UNKNOWN if maybe_arrived else CallState.NOT_DONE


def _is_worth_another(call: OutwardCall, attempt: Attempt) -> bool:
    if attempt.outcome == Outcome.REFUSED or (attempt.outcome == Outcome.UNKNOWN and call.repeats == Repeat.ASK):
        return False
    return call.attempts < len(schedule_of(type(call)))


def _pause(call: OutwardCall, attempt: Attempt) -> timedelta:
    """The time to the next attempt: by the schedule, a little spread, and not before the other side wants it."""
    spread = random.uniform(1.0, 1.2)  # noqa: S311  no secret
    wish = min(attempt.wait_seconds, LONGEST_WISH_SECONDS)
    return timedelta(seconds=max(schedule_of(type(call))[call.attempts] * spread, wish))


def _judge(target: Target, attempt: Attempt, now: datetime) -> None:
    """Count the target's failures in a row; after some it rests, longer each time, and as long as it asks to."""
    if attempt.outcome == Outcome.REFUSED:
        return
    before = (target.failures, target.held_until)
    if attempt.outcome == Outcome.DONE:
        target.failures, target.held_until = 0, None
    else:
        target.failures += 1
        rest = min(attempt.wait_seconds, LONGEST_WISH_SECONDS)
        if target.failures >= FAILURES_BEFORE_REST:
            doubled = SHORTEST_REST_SECONDS * 2.0 ** min(target.failures - FAILURES_BEFORE_REST, 10)
            rest = max(rest, min(doubled, LONGEST_REST_SECONDS))
        target.held_until = now + timedelta(seconds=rest) if rest else None
    if before != (target.failures, target.held_until):
        target.save()
