"""Old deliveries leave the log, and targets that nobody calls the list of them, a few at a time; what waits stays."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from incidentio.core.ids import first_id_of, new_id
from tests.conftest import SYSTEM
from tests.workflows.writing import run_of, written
from workflows import ledger, pruning
from workflows.models import CallState, Delivery, Effect, EventType, StepRun, Target
from workflows.pruning import prune_deliveries, prune_targets
from workflows.sweeper import Sweeper
from workflows.webhooks import create_endpoint


def deliveries(count: int, days: float, state: str = CallState.DONE) -> list[str]:
    """Deliveries made so many days ago; their keys."""
    endpoint = create_endpoint(SYSTEM, name="Data", url="http://127.0.0.1:9/", event_types=EventType.values).endpoint
    start = first_id_of(timezone.now() - timedelta(days=days))[:10]
    rows = [
        Delivery(
            id=start + new_id()[10:],
            endpoint=endpoint,
            target=endpoint.target,
            event_id=new_id(),
            incident_id=new_id(),
            position=1,
            state=state,
        )
        for _ in range(count)
    ]
    return [row.pk for row in Delivery.objects.bulk_create(rows)]


@pytest.mark.parametrize("state", [CallState.DONE, CallState.NOT_DONE, CallState.UNKNOWN])
def test_what_is_over_leaves_after_thirty_days(state: str) -> None:
    young = deliveries(2, 29.9, state)
    deliveries(3, 30.1, state)
    assert prune_deliveries() == 3
    assert {*Delivery.objects.values_list("pk", flat=True)} == {*young}


def test_what_waits_stays() -> None:
    deliveries(1, 40, CallState.PENDING)
    assert prune_deliveries() == 0
    assert Delivery.objects.count() == 1


def test_it_takes_small_bites_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "BATCHES", 2)
    deliveries(5, 31)
    assert [prune_deliveries() for _ in range(3)] == [4, 1, 0]


# ---- targets


@pytest.fixture
def step_run(hub: None) -> StepRun:
    """A step of a run, for its calls."""
    return StepRun.objects.filter(run=run_of(written())).latest("place")


def called(step_run: StepRun, target: str, days: float, state: str = CallState.DONE) -> None:
    """The step called the target so many days ago, which was locked for it, as always."""
    pk = first_id_of(timezone.now() - timedelta(days=days))[:10] + new_id()[10:]
    place = step_run.effects.count()
    Effect.objects.create(id=pk, step_run=step_run, place=place, step_name="x", key=pk, target=target, state=state)
    with transaction.atomic():
        ledger.lock([target, ledger.whole_of(target)])


def left() -> set[str]:
    return {*Target.objects.values_list("name", flat=True)}


def test_who_was_not_called_for_ninety_days_is_forgotten(step_run: StepRun) -> None:
    called(step_run, "slack#C0OLD", 90.1)
    called(step_run, "slack#C0NEW", 89.9)
    called(step_run, "discord:ops", 200)
    assert (prune_targets(), left()) == (2, {"slack", "slack#C0NEW"})


def test_who_gets_deliveries_or_is_still_to_get_a_call_stays(step_run: StepRun) -> None:
    deliveries(1, 10)
    endpoint = Delivery.objects.get().target
    Target.objects.create(name=endpoint)
    Target.objects.create(name="webhook_endpoint:gone")
    called(step_run, "slack#C0LATE", 120, CallState.PENDING)
    assert (prune_targets(), left()) == (1, {"slack", "slack#C0LATE", endpoint})


def test_who_rests_stays_until_that_is_over(step_run: StepRun) -> None:
    called(step_run, "slack#C0DEAD", 100)
    dead = Target.objects.filter(name="slack#C0DEAD")
    dead.update(failures=9, held_until=timezone.now() + timedelta(minutes=5))
    assert (prune_targets(), left()) == (1, {"slack#C0DEAD"})
    dead.update(held_until=timezone.now() - timedelta(minutes=5))
    assert (prune_targets(), left()) == (1, set())


def test_what_keeps_the_runs_of_a_workflow_serial_stays() -> None:
    Target.objects.create(name=f"workflow:{new_id()}")
    assert prune_targets() == 0


def test_who_was_forgotten_is_called_as_before(step_run: StepRun) -> None:
    called(step_run, "slack#C0OLD", 91)
    prune_targets()
    called(step_run, "slack#C0OLD", 0)
    assert (prune_targets(), left()) == (0, {"slack", "slack#C0OLD"})


def test_targets_are_forgotten_in_small_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    monkeypatch.setattr(pruning, "BATCHES", 2)
    Target.objects.bulk_create([Target(name=f"slack#C{number}") for number in range(5)])
    assert [prune_targets() for _ in range(3)] == [4, 1, 0]


def test_the_sweeper_forgets_them_once_a_day() -> None:
    Target.objects.create(name="slack#C0OLD")
    sweeper = Sweeper()
    sweeper.sweep()
    assert left() == set()
    Target.objects.create(name="slack#C0OLD")
    sweeper.sweep()
    assert left() == {"slack#C0OLD"}
