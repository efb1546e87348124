"""The sweep: what lost its wake-up is found, by one sweeper, without piling wake-ups up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.tasks import dispatch
from incidentio.core import engine
from incidentio.core.ids import first_id_of
from incidents.changing import changing
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver
from tests.workflows.asking import NOTE, ask, on
from tests.workflows.writing import step
from workflows import leases
from workflows.delivering import deliver
from workflows.evaluation import look
from workflows.health import worker_is_well
from workflows.models import CallState, Delivery, Effect, EventType, RunState, WebhookEndpoint, WorkflowRun
from workflows.sweeper import LEASE, Sweeper, wake_overdue, wake_overdue_effects, wake_overdue_runs
from workflows.webhooks import create_endpoint
from workflows.working import perform, work

Declare = Callable[..., Incident]
Run = Callable[[], None]


@pytest.fixture
def forgotten(warehouse: Receiver, declare: Declare) -> Incident:
    """An incident with two changes whose deliveries wait, without a wake-up."""
    incident = declare()
    with changing(SYSTEM, incident.pk) as change:
        change.incident.name = "Worse"
    dispatch.func()
    engine.forget(deliver)
    return incident


def test_forgotten_work_is_found_and_done(forgotten: Incident, warehouse: Receiver, drain: Run) -> None:
    drain()
    assert warehouse.arrivals == []
    assert Sweeper().sweep()
    drain()
    assert len(warehouse.arrivals) == 2


def test_events_nobody_was_woken_for_are_found(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    declare()
    DBTaskResult.objects.all().delete()
    Sweeper().sweep()
    drain()
    assert len(warehouse.arrivals) == 1


def test_sweeping_again_and_again_does_not_pile_wake_ups_up(forgotten: Incident, receiver: Receiver) -> None:
    create_endpoint(SYSTEM, name="Other", url=receiver.url, event_types=EventType.values)
    with changing(SYSTEM, forgotten.pk) as change:
        change.incident.name = "Still worse"
    dispatch.func()
    engine.forget(deliver)
    for _ in range(3):
        wake_overdue()
    assert len(engine.waiting(deliver)) == 2


def test_what_is_not_due_or_under_way_is_left_alone(forgotten: Incident) -> None:
    Delivery.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    wake_overdue()
    Delivery.objects.update(lease_until=None, due_at=timezone.now() + timedelta(minutes=1))
    wake_overdue()
    assert engine.waiting(deliver) == []


def test_what_waits_behind_an_earlier_change_wakes_nobody(forgotten: Incident) -> None:
    first = Delivery.objects.order_by("position")[0]
    Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now() + timedelta(hours=2))
    wake_overdue()
    assert engine.waiting(deliver) == []


def test_a_killed_workers_delivery_is_taken_up_when_its_lease_is_over(
    forgotten: Incident, warehouse: Receiver, drain: Run
) -> None:
    first = Delivery.objects.order_by("position")[0]
    Delivery.objects.filter(pk=first.pk).update(lease_token=first.pk, lease_until=timezone.now(), attempts=1)
    Sweeper().sweep()
    drain()
    assert set(Delivery.objects.values_list("state", flat=True)) == {CallState.DONE}


def test_events_nobody_was_woken_to_ask_about_are_found(declare: Declare, drain: Run) -> None:
    on("incident.created", steps=[NOTE])
    declare()
    dispatch.func()
    engine.forget(look)
    drain()
    assert not WorkflowRun.objects.exists()
    Sweeper().sweep()
    drain()
    assert WorkflowRun.objects.get().state == RunState.COMPLETE


@pytest.fixture
def overdue(declare: Declare, receiver: Receiver) -> list[WorkflowRun]:
    """Two runs of one workflow and one of another, without a wake-up."""
    call = step("webhook.send", {"value": {"literal": receiver.url}}, {}, {}, {"value": {"literal": "{}"}})
    on("incident.created", name="both", steps=[call])
    on("incident.updated", name="second", steps=[call])
    with changing(SYSTEM, declare().pk) as change:
        change.incident.name = "Worse"
    declare()
    runs = ask()
    DBTaskResult.objects.all().delete()
    return runs


def test_overdue_runs_are_found_and_wake_ups_do_not_pile_up(overdue: list[WorkflowRun], drain: Run) -> None:
    for _ in range(3):
        wake_overdue_runs()
    assert len(engine.waiting(work)) == len({run.workflow_id for run in overdue})
    drain()
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}


def test_runs_that_are_not_due_or_under_way_are_left_alone(overdue: list[WorkflowRun]) -> None:
    WorkflowRun.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    wake_overdue_runs()
    WorkflowRun.objects.update(lease_until=None, due_at=timezone.now() + timedelta(minutes=1))
    wake_overdue_runs()
    assert engine.waiting(work) == []


def test_overdue_calls_are_found_and_wake_ups_do_not_pile_up(
    overdue: list[WorkflowRun], receiver: Receiver, drain: Run
) -> None:
    for run in overdue:
        work.func(run.workflow_id)
    DBTaskResult.objects.all().delete()
    for _ in range(3):
        wake_overdue_effects()
    assert len(engine.waiting(perform)) == 1  # they all go to one target
    drain()
    assert len(receiver.arrivals) == len(overdue)
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}


def test_a_killed_workers_call_is_made_when_its_lease_is_over(
    overdue: list[WorkflowRun], receiver: Receiver, drain: Run
) -> None:
    work.func(overdue[0].workflow_id)
    first = Effect.objects.order_by("id")[0]
    Effect.objects.filter(pk=first.pk).update(lease_token=first.pk, lease_until=timezone.now(), attempts=1)
    DBTaskResult.objects.all().delete()
    Sweeper().sweep()
    drain()
    assert Effect.objects.get(pk=first.pk).attempts == 2
    assert set(Effect.objects.values_list("state", flat=True)) == {CallState.DONE}


def test_once_in_a_while_it_tells_of_what_is_late(overdue: list[WorkflowRun]) -> None:
    WorkflowRun.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    sweeper = Sweeper()
    with structlog.testing.capture_logs() as told:
        sweeper.sweep()
        sweeper.sweep()
    assert [line["kind"] for line in told if line["event"] == "work_is_late"] == ["runs"]


def test_one_sweeps_while_the_others_stand_by(settings: Any) -> None:
    settings.SWEEP_SECONDS = 60.0
    first, second = Sweeper(), Sweeper()
    assert [first.sweep(), second.sweep(), first.sweep()] == [True, False, True]
    leases.give_up(LEASE, first.holder)
    assert [second.sweep(), first.sweep()] == [True, False]


def test_a_lease_that_ran_out_is_free() -> None:
    assert leases.hold("job", "one", -1.0)
    assert leases.hold("job", "two", 60.0)
    assert not leases.hold("job", "one", 60.0)


def test_nobody_gives_up_anothers_lease() -> None:
    leases.hold("job", "one", 60.0)
    leases.give_up("job", "two")
    assert leases.is_held("job")


def test_the_worker_is_well_while_somebody_sweeps() -> None:
    assert not worker_is_well()
    sweeper = Sweeper()
    sweeper.sweep()
    assert worker_is_well()
    leases.give_up(LEASE, sweeper.holder)
    assert not worker_is_well()


def test_once_in_a_while_it_cleans_up_after_webhooks_and_tells_of_failing_ones(
    warehouse: Receiver, declare: Declare, drain: Run, settings: Any
) -> None:
    settings.MAIL_SERVER = None
    declare()
    drain()
    month_ago = timezone.now() - timedelta(days=31)
    Delivery.objects.update(id=first_id_of(month_ago))
    WebhookEndpoint.objects.update(enabled=False, failing_since=month_ago, old_secret="x", old_secret_until=month_ago)
    Sweeper().sweep()
    drain()
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.failing_since, endpoint.old_secret) == (None, "")
    assert not Delivery.objects.exists()
