"""After commit: every event gets its place in the order of commits, once, and the followers hear of it."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from events import tasks
from events.models import Event
from events.record import record
from events.tasks import dispatch, in_commit_order, position_events, wake_if_late
from incidentio.core import engine
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM

THING, OTHER = new_id(), new_id()


@pytest.fixture(autouse=True)
def nothing_waits(hub: None) -> None:
    """What happened before the test has its position."""
    dispatch.func()


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    """What a follower was told."""
    told: list[Event] = []
    tasks.follow(told.extend)
    yield told
    tasks._followers.remove(told.extend)


def happen(subject_id: str = THING) -> Event:
    with transaction.atomic():
        return record(SYSTEM, "thing.changed", "thing", subject_id, {"name": [None, "x"]})


def positions(*events: Event) -> list[int]:
    return [position or 0 for event in events for position in [Event.objects.get(pk=event.pk).position]]


def test_positions_rise_without_gaps(drain: Callable[[], None]) -> None:
    first = happen()
    drain()
    others = [happen(OTHER), happen()]
    drain()
    (start,) = positions(first)
    assert positions(*others) == [start + 1, start + 2]


def test_a_follower_hears_of_each_event_once_and_in_order(heard: list[Event], drain: Callable[[], None]) -> None:
    events = [happen(), happen(OTHER)]
    drain()
    events.append(happen())
    drain()
    assert heard == events
    assert [event.position for event in heard] == positions(*events)


def test_a_follower_that_fails_leaves_the_events_to_the_next_dispatch(heard: list[Event]) -> None:
    event = happen()

    def fail(events: list[Event]) -> None:
        raise RuntimeError

    tasks.follow(fail)
    with pytest.raises(RuntimeError):
        position_events()
    tasks._followers.remove(fail)
    assert positions(event) == [0]
    heard.clear()
    assert position_events() == 1
    assert heard == [event]


def test_what_rolls_back_never_happened(heard: list[Event], drain: Callable[[], None]) -> None:
    with transaction.atomic():
        record(SYSTEM, "thing.changed", "thing", THING, {})
        transaction.set_rollback(True)
    assert engine.waiting(dispatch) == []
    drain()
    assert heard == []


def test_a_subjects_changes_keep_their_order_whatever_their_ids() -> None:
    low, middle, high = sorted(new_id() for _ in range(3))
    early, late = Event(id=high, subject_id=THING, number=1), Event(id=low, subject_id=THING, number=2)
    between = Event(id=middle, subject_id=OTHER, number=1)
    assert in_commit_order([early, between, late]) == [early, between, late]
    assert in_commit_order([late, between, early]) == [early, between, late]


def test_a_full_batch_does_not_overtake_a_subjects_earlier_change(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = happen(), happen(), happen(OTHER)
    Event.objects.filter(pk=first.pk).update(id=(moved := "7" + first.pk[1:]))
    monkeypatch.setattr(tasks, "BATCH", 1)
    dispatch.func()
    start, *rest = positions(Event.objects.get(pk=moved), second, third)
    assert rest == [start + 1, start + 2]


def test_a_burst_of_changes_costs_one_dispatch(heard: list[Event]) -> None:
    for _ in range(50):
        happen()
    assert len(engine.waiting(dispatch)) == 50
    dispatch.func()
    assert len(heard) == 50
    assert engine.waiting(dispatch) == []


def test_a_lost_wake_up_is_made_good(drain: Callable[[], None], heard: list[Event]) -> None:
    wake_if_late()
    assert engine.waiting(dispatch) == []
    event = happen()
    engine.forget(dispatch)
    wake_if_late()
    wake_if_late()
    assert len(engine.waiting(dispatch)) == 1
    drain()
    assert heard == [event]
