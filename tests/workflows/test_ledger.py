"""The ledger: who may make a call, when, and what is written down of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events.tasks import dispatch
from incidents.models import Incident
from integrations.base import Attempt, Outcome, Repeat
from workflows import ledger
from workflows.delivering import at_the_front
from workflows.ledger import SCHEDULE
from workflows.models import CallState, Delivery, Effect, Target
from workflows.webhooks import NewEndpoint

Declare = Callable[..., Incident]
FAILED = Attempt(Outcome.FAILED, "no")


@pytest.fixture
def queue(endpoint: NewEndpoint, declare: Declare) -> Callable[[int], str]:
    """`queue(n)`: that many deliveries wait for one target; its name."""

    def make(count: int) -> str:
        for _ in range(count):
            declare()
        dispatch.func()
        return endpoint.endpoint.target

    return make


def take(target: str) -> Delivery | None:
    return ledger.take(at_the_front(), target)


def settle(call: Delivery | None, attempt: Attempt) -> Delivery:
    assert call is not None
    with transaction.atomic():
        ledger.settle(call, attempt)
    return Delivery.objects.get(pk=call.pk)


def take_at_last(target: str) -> Delivery | None:
    """As if the time had come."""
    Delivery.objects.update(due_at=timezone.now())
    Target.objects.update(held_until=None)
    return take(target)


def run_out(call: Delivery) -> None:
    """The lease on `call` ends; its holder was killed, or sleeps."""
    Delivery.objects.filter(pk=call.pk).update(lease_until=timezone.now())


def repeated_by(repeats: Repeat) -> None:
    Delivery.objects.update(repeats=repeats)


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_at_once_one_gets_the_row(queue: Callable[[int], str]) -> None:
    target, together = queue(1), Barrier(4)

    def rival(_: int) -> Delivery | None:
        together.wait()
        try:
            return take(target)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        taken = [call for call in senders.map(rival, range(4)) if call is not None]
    assert len(taken) == 1
    assert Delivery.objects.get().attempts == 1


def test_a_target_keeps_no_more_workers_busy_than_its_share(queue: Callable[[int], str], settings: Any) -> None:
    settings.WORKER_PROCESSES = 4
    target = queue(3)
    first, second = take(target), take(target)
    assert first is not None
    assert second is not None
    assert take(target) is None
    settle(first, Attempt(Outcome.DONE))
    assert take(target) is not None


@pytest.fixture
def parts(queue: Callable[[int], str]) -> list[str]:
    """Two deliveries to each of three parts of one target, and to the whole."""
    queue(8)
    names = ["tool#a", "tool#b", "tool#c", "tool"]
    for place, delivery in enumerate(Delivery.objects.order_by("position")):
        Delivery.objects.filter(pk=delivery.pk).update(target=names[place % 4])
    return names


def take_any(target: str) -> Delivery | None:
    return ledger.take(Delivery.objects.all(), target)


def test_parts_of_a_target_keep_no_more_workers_busy_than_the_whole_may(parts: list[str], settings: Any) -> None:
    settings.WORKER_PROCESSES = 4
    taken = [take_any(name) for name in parts]
    assert [call is not None for call in taken] == [True, True, False, False]
    settle(taken[0], Attempt(Outcome.DONE))
    assert [take_any(name) is not None for name in parts[::-1]] == [True, False, False, False]


def test_a_part_rests_by_itself(parts: list[str]) -> None:
    settle(take_any("tool#a"), Attempt(Outcome.FAILED, "busy", wait_seconds=60))
    assert [Target.objects.get(name="tool#a").failures, Target.objects.get(name="tool").failures] == [1, 0]
    assert take_any("tool#a") is None
    settle(take_any("tool#b"), Attempt(Outcome.DONE))
    settle(take_any("tool"), Attempt(Outcome.DONE))


def test_the_longest_waiting_goes_first(queue: Callable[[int], str]) -> None:
    target = queue(3)
    oldest = Delivery.objects.order_by("position")[0]
    call = take(target)
    assert call is not None
    assert call.pk == oldest.pk


def test_a_call_takes_less_time_than_its_lease(settings: Any) -> None:
    settings.LEASE_SECONDS = 60.0
    assert ledger.call_seconds() == 15.0
    settings.LEASE_SECONDS = 3.0
    assert ledger.call_seconds() == 2.0


def test_a_lease_that_ran_out_is_taken_over_and_told(queue: Callable[[int], str]) -> None:
    target = queue(1)
    killed = take(target)
    assert killed is not None
    run_out(killed)
    successor = settle(take(target), Attempt(Outcome.DONE, status=200))
    assert [entry["outcome"] for entry in successor.log] == ["unknown", "done"]
    assert "stopped" in successor.log[0]["error"]
    assert successor.attempts == 2


def test_who_comes_back_too_late_changes_nothing(queue: Callable[[int], str]) -> None:
    target = queue(1)
    asleep = take(target)
    assert asleep is not None
    run_out(asleep)
    settle(take(target), Attempt(Outcome.DONE, status=200))
    late = settle(asleep, FAILED)
    assert late.state == CallState.DONE
    assert [entry["outcome"] for entry in late.log] == ["unknown", "done"]


def test_workers_that_die_of_a_row_are_not_fed_to_it_for_ever(queue: Callable[[int], str]) -> None:
    target = queue(1)
    for _ in SCHEDULE:
        call = take(target)
        assert call is not None
        run_out(call)
    assert take(target) is None
    row = Delivery.objects.get()
    assert (row.state, row.lease_token, len(row.log)) == (CallState.UNKNOWN, None, len(SCHEDULE))


def test_the_pauses_are_those_of_the_schedule(queue: Callable[[int], str]) -> None:
    target = queue(1)
    for seconds in SCHEDULE[1:]:
        started = timezone.now()
        row = settle(take_at_last(target), FAILED)
        pause = (row.due_at - started).total_seconds()
        assert seconds <= pause <= max(seconds * 1.2, ledger.LONGEST_REST_SECONDS) + 1
    assert settle(take_at_last(target), FAILED).state == CallState.NOT_DONE


def test_nobody_waits_longer_than_is_reasonable(queue: Callable[[int], str]) -> None:
    row = settle(take(queue(1)), Attempt(Outcome.FAILED, wait_seconds=10.0**9))
    assert row.due_at < timezone.now() + timedelta(hours=2)


def test_a_refusal_is_final_and_says_nothing_of_the_target(queue: Callable[[int], str]) -> None:
    target = queue(1)
    assert settle(take(target), Attempt(Outcome.REFUSED, "no")).state == CallState.NOT_DONE
    assert Target.objects.get().failures == 0


def test_a_target_that_rests_is_left_alone_until_it_is_released(queue: Callable[[int], str]) -> None:
    target = queue(2)
    settle(take(target), Attempt(Outcome.FAILED, wait_seconds=60))
    assert take(target) is None
    assert all(row.due_at > timezone.now() + timedelta(seconds=50) for row in Delivery.objects.all())
    ledger.release(target)
    assert take_at_last(target) is not None


def test_the_log_does_not_grow_for_ever(queue: Callable[[int], str]) -> None:
    target = queue(1)
    Delivery.objects.update(log=[{"outcome": "failed"}] * 60)
    assert len(settle(take(target), FAILED).log) == ledger.LOG_ENTRIES


def test_what_only_a_person_can_judge_is_over_when_nobody_knows_of_it(queue: Callable[[int], str]) -> None:
    target = queue(1)
    repeated_by(Repeat.ASK)
    row = settle(take(target), Attempt(Outcome.UNKNOWN, "lost"))
    assert (row.state, row.attempts, row.lease_token) == (CallState.UNKNOWN, 1, None)
    assert take_at_last(target) is None


@pytest.mark.parametrize("repeats", [Repeat.HANDLE, Repeat.LOOKUP])
def test_what_can_be_repeated_is_tried_again_when_nobody_knows_of_it(
    queue: Callable[[int], str], repeats: Repeat
) -> None:
    target = queue(1)
    repeated_by(repeats)
    assert settle(take(target), Attempt(Outcome.UNKNOWN, "lost")).state == CallState.PENDING


def test_what_was_surely_not_done_is_tried_again_whoever_judges(queue: Callable[[int], str]) -> None:
    target = queue(1)
    repeated_by(Repeat.ASK)
    assert settle(take(target), FAILED).state == CallState.PENDING


def test_a_call_only_a_person_can_judge_is_not_taken_over_from_the_dead(queue: Callable[[int], str]) -> None:
    target, ended = queue(2), list[str]()
    repeated_by(Repeat.ASK)
    killed = take(target)
    assert killed is not None
    run_out(killed)
    successor = ledger.take(at_the_front(), target, ended=lambda call: ended.append(call.pk))
    assert ended == [killed.pk]
    assert successor is not None
    assert successor.pk != killed.pk
    row = Delivery.objects.get(pk=killed.pk)
    assert (row.state, row.lease_token, row.attempts) == (CallState.UNKNOWN, None, 1)
    assert "stopped" in row.log[0]["error"]


def test_what_the_other_side_calls_it_is_kept(queue: Callable[[int], str]) -> None:
    row = settle(take(queue(1)), Attempt(Outcome.DONE, remote_id="C0123"))
    assert row.remote_id == "C0123"


def test_after_settling_the_call_is_as_its_row(queue: Callable[[int], str]) -> None:
    call = take(queue(1))
    row = settle(call, FAILED)
    assert call is not None
    for name in ("state", "due_at", "log", "lease_token", "lease_until", "attempts"):
        assert getattr(call, name) == getattr(row, name)


def test_steps_have_a_schedule_of_their_own(settings: Any) -> None:
    settings.STEP_RETRY_SECONDS = [0.0, 1.0]
    assert ledger.schedule_of(Delivery) == SCHEDULE
    assert ledger.schedule_of(Effect) == [0.0, 1.0]
