"""The sweep: what lost its wake-up is found, by one sweeper, without piling wake-ups up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.tasks import dispatch
from incidentio.core import engine
from incidents.changing import changing
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver
from workflows import leases
from workflows.delivering import deliver
from workflows.health import worker_is_well
from workflows.models import CallState, Delivery, EventType
from workflows.sweeper import LEASE, Sweeper, wake_overdue
from workflows.webhooks import create_endpoint

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
