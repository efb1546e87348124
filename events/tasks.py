"""After commit: give events their position and hand them, in that order, to whoever follows."""

from collections.abc import Callable

from django.db import transaction
from django.tasks import task

from events.models import Event, Position
from incidentio.core import engine

BATCH = 500
Follower = Callable[[list[Event]], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Register `follower` (at start-up): called with each batch of newly positioned events, in order, inside the
    transaction that positions them. It only writes rows and wakes tasks.
    """
    if follower not in _followers:
        _followers.append(follower)


def in_commit_order(events: list[Event]) -> list[Event]:
    """`events` by id, but never a subject's later event before its earlier one.

    Changes of one subject are serial, so whoever sees number n sees n - 1; ids of two processes within one
    millisecond may stand the other way round.
    """
    slots = sorted(events, key=lambda event: event.id)
    queues: dict[tuple[str, str], list[Event]] = {}
    for event in sorted(events, key=lambda event: event.number):
        queues.setdefault((event.subject_type, event.subject_id), []).append(event)
    return [queues[slot.subject_type, slot.subject_id].pop(0) for slot in slots]


def _next_batch() -> list[Event]:
    """The oldest events without a position, and what a full batch would cut off from before one of them."""
    waiting = Event.objects.filter(position__isnull=True)
    batch = list(waiting.order_by("id")[:BATCH])
    if len(batch) < BATCH:
        return batch
    latest: dict[tuple[str, str], int] = {}
    for event in batch:
        subject = (event.subject_type, event.subject_id)
        latest[subject] = max(event.number, latest.get(subject, 0))
    beyond = waiting.filter(id__gt=batch[-1].id, subject_id__in={subject_id for _, subject_id in latest})
    return batch + [event for event in beyond if event.number < latest.get((event.subject_type, event.subject_id), 0)]


def position_events() -> int:
    """Give the next positions to committed events without one and tell the followers; returns how many there were.

    Every wake-up committed by now speaks of an event committed by now: this call does the work of them all, so that a
    burst of changes costs a few dispatches.
    """
    with transaction.atomic():
        counter = Position.objects.select_for_update().get()
        engine.forget(dispatch)
        batch = in_commit_order(_next_batch())
        if not batch:
            return 0
        for event in batch:
            counter.last += 1
            event.position = counter.last
        Event.objects.bulk_update(batch, ["position"])
        counter.save(update_fields=["last"])
        for follower in _followers:
            follower(batch)
    return len(batch)


@task(priority=10)
def dispatch() -> None:
    """Position what has been committed, until nothing is left."""
    while position_events() >= BATCH:
        pass


def wake_if_late() -> None:
    """Wake the dispatcher if there are events without a position and no wake-up on its way."""
    if Event.objects.filter(position__isnull=True).exists() and not engine.waiting(dispatch):
        engine.wake(dispatch)
