"""How long work waits: what is due counts, what waits for its time, its turn or its worker does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import structlog
from django.utils import timezone

from events.models import Event
from events.tasks import position_events
from incidents.changing import changing
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver
from tests.workflows.asking import NOTE, ask, on
from tests.workflows.writing import step
from workflows.models import Delivery, Effect, RunState, WorkflowRun
from workflows.queues import ages, counts, watch_for_late_work
from workflows.working import work

Declare = Callable[..., Incident]
TWO_MINUTES = timedelta(minutes=2)
QUIET = {"events": 0.0, "evaluations": 0.0, "runs": 0.0, "effects": 0.0, "deliveries": 0.0}


def late() -> dict[str, int]:
    """What has waited for two minutes, when somebody looks then."""
    return {kind: round(seconds) for kind, seconds in ages(timezone.now() + TWO_MINUTES).items() if seconds > 0}


@pytest.fixture
def run(declare: Declare) -> WorkflowRun:
    """A run that is due."""
    on("incident.created", steps=[NOTE])
    declare()
    return ask()[0]


def test_where_nothing_waits_all_ages_are_nothing(hub: None) -> None:
    ask()
    assert ages() == QUIET


def test_an_event_waits_for_its_position_then_for_the_asking(declare: Declare) -> None:
    ask()
    declare()
    assert late() == {"events": 120}
    position_events()
    assert late() == {"evaluations": 120}
    ask()
    assert late() == {}


def test_a_run_waits_once_it_is_due(run: WorkflowRun) -> None:
    assert late() == {"runs": 120}
    WorkflowRun.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert late() == {}


def test_what_somebody_works_on_does_not_wait(run: WorkflowRun) -> None:
    WorkflowRun.objects.update(lease_until=timezone.now() + 2 * TWO_MINUTES)
    assert late() == {}
    WorkflowRun.objects.update(lease_until=timezone.now())
    assert late() == {"runs": 120}


def test_what_a_person_has_to_confirm_or_is_over_does_not_wait(run: WorkflowRun) -> None:
    for state in (RunState.ASKING, RunState.COMPLETE, RunState.ERROR):
        WorkflowRun.objects.update(state=state)
        assert late() == {}


def test_a_call_waits_until_it_is_made(declare: Declare, receiver: Receiver) -> None:
    call = step("webhook.send", {"value": {"literal": receiver.url}}, {}, {}, {"value": {"literal": "{}"}})
    on("incident.created", steps=[call])
    declare()
    work.func(ask()[0].workflow_id)
    assert "effects" in late()
    Effect.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert "effects" not in late()


def test_a_delivery_that_waits_for_an_earlier_one_is_not_late(declare: Declare, warehouse: Receiver) -> None:
    incident = declare()
    with changing(SYSTEM, incident.pk) as change:
        change.incident.name = "Worse"
    ask()
    assert late() == {"deliveries": 120}
    first = Delivery.objects.order_by("position")[0]
    Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now() + timedelta(hours=1))
    assert late() == {}


def test_the_log_tells_of_what_is_late(run: WorkflowRun) -> None:
    with structlog.testing.capture_logs() as told:
        watch_for_late_work()
        assert told == []
        WorkflowRun.objects.update(due_at=timezone.now() - TWO_MINUTES)
        watch_for_late_work()
    assert told == [{"event": "work_is_late", "log_level": "warning", "kind": "runs", "oldest_due_seconds": 120}]


def test_work_is_counted_by_its_state(run: WorkflowRun) -> None:
    assert counts() == {"runs": {"pending": 1}, "effects": {}, "deliveries": {}}


def test_asking_for_ages_costs_a_statement_a_kind(run: WorkflowRun, django_assert_num_queries: Callable) -> None:
    Event.objects.update(created_at=timezone.now())
    with django_assert_num_queries(len(QUIET) + 1):
        ages()
