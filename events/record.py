"""record(): the only way an Event comes to be, always inside the transaction of the change it tells of."""

import time
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Greatest
from django.utils import timezone

from events.actors import Actor
from events.models import ConfigVersion, Event
from events.tasks import dispatch
from incidentio.core import sql
from incidentio.core.engine import wake
from incidentio.core.times import rfc3339

Changes = dict[str, list[Any]]
AT_ONCE = 1_000


def plain(value: Any) -> Any:
    """`value` as JSON keeps it: instants as RFC 3339, decimals as strings."""
    match value:
        case datetime():
            return rfc3339(value)
        case date() | Decimal():
            return str(value)
        case _:
            return value


def created(state: dict[str, Any]) -> Changes:
    """The changes of a creation: everything that has a value, with nothing before it."""
    return {name: [None, plain(value)] for name, value in state.items() if value not in (None, {}, [])}


def changed(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """Only what differs between two states of one subject."""
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: [plain(before.get(name)), plain(after.get(name))] for name in names if before.get(name) != after.get(name)
    }


def fold(events: "list[Event]") -> dict[str, Any]:
    """The state a subject's events, in their order, add up to (values that were cleared are left out)."""
    state: dict[str, Any] = {}
    for event in events:
        for name, (_, after) in event.changes.items():
            if after is None:
                state.pop(name, None)
            else:
                state[name] = after
    return state


def state_of(row: models.Model) -> dict[str, Any]:
    """The columns of `row`, as its events tell them."""
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def record(
    actor: Actor,
    type: str,
    subject_type: str,
    subject_id: str,
    changes: Changes,
    *,
    number: int | None = None,
    incident_id: str | None = None,
    moment: datetime | None = None,
) -> Event:
    """Write what happened and wake the dispatcher; both are gone if the transaction rolls back.

    `number` is the subject's new version where the caller holds the subject's lock; without it the next free one is
    taken (configuration changes are serial, by the lock on the configuration version).

    Raises:
        TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs into the transaction of its change")
    event = Event(
        type=type,
        subject_type=subject_type,
        subject_id=subject_id,
        number=number if number is not None else _next_number(subject_type, subject_id),
        incident_id=incident_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:300],
        cause_id=actor.cause,
        changes=changes,
        created_at=moment or timezone.now(),
    )
    sql.insert(Event, [state_of(event)])
    wake(dispatch)
    return event


def record_many(actor: Actor, subject_type: str, told: Sequence[tuple[str, str, Changes]]) -> None:
    """Write what happened to many subjects of one type (each its event's type, its id and what changed), in a few
    statements. As `record`, for verbs that change hundreds of rows at once and hold their locks.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record_many() belongs into the transaction of its change")
    if not told:
        return
    rows = Event.objects.filter(subject_type=subject_type, subject_id__in=[pk for _, pk, _ in told])
    last = dict(rows.order_by().values_list("subject_id").annotate(models.Max("number")))
    events = [
        Event(
            type=type,
            subject_type=subject_type,
            subject_id=pk,
            number=last.get(pk, 0) + 1,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label[:300],
            cause_id=actor.cause,
            changes=changes,
            created_at=timezone.now(),
        )
        for type, pk, changes in told
    ]
    for start in range(0, len(events), AT_ONCE):
        sql.insert(Event, [state_of(event) for event in events[start : start + AT_ONCE]])
    wake(dispatch)


def record_each(
    subject_type: str,
    told: Sequence[tuple[Actor, str, str, Changes, str | None]],
    moment: datetime,
    *,
    are_new: bool = True,
) -> None:
    """Write what happened to many subjects of one type, each by a doer of its own (doer, the event's type, the
    subject's id, what changed, and its incident), in a few statements. As `record_many`; `are_new`: nothing was ever
    told of them.
    """
    rows = Event.objects.filter(subject_type=subject_type, subject_id__in=[pk for _, _, pk, _, _ in told])
    last = {} if are_new else dict(rows.order_by().values_list("subject_id").annotate(models.Max("number")))
    events = [
        Event(
            type=type,
            subject_type=subject_type,
            subject_id=pk,
            number=last.get(pk, 0) + 1,
            incident_id=incident_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label[:300],
            cause_id=actor.cause,
            changes=changes,
            created_at=moment,
        )
        for actor, type, pk, changes, incident_id in told
    ]
    _write(events)


def _write(events: list[Event]) -> None:
    """Insert the events and wake the dispatcher.

    Raises:
        TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("events belong into the transaction of their change")
    if not events:
        return
    for start in range(0, len(events), AT_ONCE):
        sql.insert(Event, [state_of(event) for event in events[start : start + AT_ONCE]])
    wake(dispatch)


def _next_number(subject_type: str, subject_id: str) -> int:
    last = Event.objects.filter(subject_type=subject_type, subject_id=subject_id).aggregate(models.Max("number"))
    return int(last["number__max"] or 0) + 1


def record_configuration(actor: Actor, type: str, subject_type: str, row: models.Model, changes: Changes) -> None:
    """Record a change of configuration and raise the configuration version; a change of nothing is no event."""
    if not changes:
        return
    raise_config_version()
    record(actor, type, subject_type, str(row.pk), changes)


def raise_config_version() -> None:
    """Tell every cache that hangs on configuration to look again; its row lock makes such changes serial.

    The number follows the clock (microseconds), so that one taken back by a rollback is never given out again.
    """
    now = time.time_ns() // 1000
    ConfigVersion.objects.update(version=Greatest(models.F("version") + 1, models.Value(now)))


def config_version() -> int:
    """The configuration version as committed."""
    return ConfigVersion.objects.values_list("version", flat=True).get()
