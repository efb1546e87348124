"""Runs go step by step: done in the hub, called in the ledger, tried again, given up, or waiting for a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from events.actors import ActorKind
from events.models import Event
from incidentio.core import engine
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver, answer, silence
from tests.workflows.asking import NOTE, ask, edit, on
from tests.workflows.passing import later
from tests.workflows.writing import asking, severity, step
from workflows import working
from workflows.models import CallState, Effect, RunState, StepRun, StepStatus, WorkflowRun
from workflows.registry import STEPS
from workflows.runs import retry_run
from workflows.starting import start_workflow
from workflows.sweeper import wake_overdue_runs
from workflows.workflows import archive_workflow

__all__ = ["later"]
Declare = Callable[..., Incident]
Drain = Callable[[], None]
DELAY = {"for_seconds": 600, "conditions_apply_over_delay": True}


def call(receiver: Receiver, **said: Any) -> dict[str, Any]:
    """A step that calls the receiver."""
    return step("webhook.send", {"value": {"literal": receiver.url}}, {}, {}, {"value": {"literal": "{}"}}, **said)


def the_run() -> WorkflowRun:
    return WorkflowRun.objects.get()


def steps() -> list[StepRun]:
    return list(StepRun.objects.order_by("run", "place"))


def test_a_step_in_the_hub_is_done_by_the_workflow(declare: Declare, drain: Drain) -> None:
    workflow = on("incident.created", steps=[NOTE])
    incident = declare()
    drain()
    (action,) = incident.actions.all()
    assert action.creator.kind == ActorKind.WORKFLOW
    assert (the_run().state, steps()[0].status) == (RunState.COMPLETE, StepStatus.COMPLETE)
    assert steps()[0].did
    event = Event.objects.get(type="action.created")
    assert (event.actor_id, event.cause_id) == (workflow.id, the_run().id)


def test_a_call_is_in_the_ledger_before_it_is_made(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    on("incident.created", steps=[call(receiver), {**NOTE, "id": "then"}])
    incident = declare()
    drain()
    effect = Effect.objects.get()
    assert (effect.state, effect.attempts) == (CallState.DONE, 1)
    assert [arrival.message_id for arrival in receiver.arrivals] == [effect.key]
    assert the_run().state == RunState.COMPLETE
    assert incident.actions.count() == 1
    assert steps()[0].delivery["status_code"] == 200


def test_a_call_that_fails_is_made_again_under_its_key(
    declare: Declare, drain: Drain, later: Drain, receiver: Receiver
) -> None:
    receiver.script = [answer(500), answer(429, retry_after="1")]
    on("incident.created", steps=[call(receiver)])
    declare()
    drain()
    assert the_run().state == RunState.PENDING
    later()
    later()
    assert the_run().state == RunState.COMPLETE
    assert len({arrival.message_id for arrival in receiver.arrivals}) == 1
    assert len(receiver.arrivals) == 3


def test_a_call_that_is_refused_ends_the_run(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    receiver.script = [answer(404)]
    on("incident.created", steps=[call(receiver), {**NOTE, "id": "then"}])
    incident = declare()
    drain()
    assert (the_run().state, Effect.objects.get().state) == (RunState.ERROR, CallState.NOT_DONE)
    assert "404" in the_run().error
    assert [row.status for row in steps()] == [StepStatus.ERROR, StepStatus.PENDING]
    assert incident.actions.count() == 0


def test_a_workflow_may_go_on_after_an_error(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    receiver.script = [answer(404)]
    on("incident.created", steps=[call(receiver), {**NOTE, "id": "then"}], continue_on_step_error=True)
    incident = declare()
    drain()
    assert the_run().state == RunState.ERROR
    assert [row.status for row in steps()] == [StepStatus.ERROR, StepStatus.COMPLETE]
    assert incident.actions.count() == 1


def test_a_person_lets_a_failed_run_go_on(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    receiver.script = [answer(404)]
    on("incident.created", steps=[call(receiver)])
    declare()
    drain()
    retry_run(SYSTEM, the_run())
    drain()
    assert (the_run().state, Effect.objects.get().state) == (RunState.COMPLETE, CallState.DONE)


def test_a_step_is_done_for_each_of_several_things(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    each = call(receiver, for_each="form.who")
    fields = [{"key": "who", "title": "Who", "type": "String", "array": True}]
    workflow = on("manual", steps=[each], form_fields=fields)
    incident = declare()
    start_workflow(SYSTEM, workflow, incident, {"who": ["a", "b", "c"]})
    drain()
    assert len({arrival.message_id for arrival in receiver.arrivals}) == 3
    assert (the_run().state, steps()[0].done) == (RunState.COMPLETE, 3)


def test_a_delay_is_waited_for(declare: Declare, drain: Drain, later: Drain) -> None:
    on("incident.created", steps=[NOTE], delay=DELAY)
    incident = declare()
    drain()
    assert incident.actions.count() == 0
    later()
    assert incident.actions.count() == 1


def test_conditions_may_have_to_hold_over_the_delay(declare: Declare, drain: Drain, later: Drain) -> None:
    minor = [{"conditions": [asking("incident.severity", "one_of", severity("Minor"))]}]
    on("incident.created", steps=[NOTE], delay=DELAY, condition_groups=minor)
    incident = declare(severity_id=severity("Minor"))
    drain()
    edit(incident, severity_id=severity("Critical"))
    later()
    assert (the_run().state, incident.actions.count()) == (RunState.CANCELLED, 0)


def test_what_is_switched_off_meanwhile_does_not_begin(declare: Declare, drain: Drain, later: Drain) -> None:
    workflow = on("incident.created", steps=[NOTE], delay=DELAY)
    incident = declare()
    drain()
    archive_workflow(SYSTEM, workflow)
    later()
    assert (the_run().state, incident.actions.count()) == (RunState.CANCELLED, 0)


def test_a_wait_lies_between_two_steps(declare: Declare, drain: Drain, later: Drain) -> None:
    wait = step("workflow.wait", {"value": {"literal": "60"}}, id="wait")
    on("incident.created", steps=[NOTE, wait, {**NOTE, "id": "then"}])
    incident = declare()
    drain()
    assert incident.actions.count() == 1
    assert the_run().due_at > timezone.now() + timedelta(seconds=50)
    later()
    assert (incident.actions.count(), the_run().state) == (2, RunState.COMPLETE)


def test_a_step_nobody_knows_any_more_is_an_error(
    declare: Declare, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("incident.created", steps=[NOTE])
    monkeypatch.delitem(STEPS, NOTE["name"])
    declare()
    drain()
    assert f"no step {NOTE['name']!r}" in the_run().error


def test_a_refusal_of_the_hub_is_an_error_with_its_reason(declare: Declare, drain: Drain) -> None:
    on("incident.created", steps=[step("incident.rename", {}, {"value": {"literal": ""}})])
    declare()
    drain()
    assert the_run().state == RunState.ERROR
    assert the_run().error


def test_a_killed_worker_leaves_the_step_to_the_next(declare: Declare, drain: Drain) -> None:
    on("incident.created", steps=[NOTE])
    incident = declare()
    ask()
    taken = working.take(the_run().workflow_id)
    assert taken is not None
    drain()
    assert incident.actions.count() == 0
    WorkflowRun.objects.update(lease_until=timezone.now())
    wake_overdue_runs()
    drain()
    assert (the_run().state, incident.actions.count()) == (RunState.COMPLETE, 1)


def test_a_worker_that_lost_its_lease_does_nothing_more(declare: Declare) -> None:
    on("incident.created", steps=[NOTE])
    incident = declare()
    ask()
    taken = working.take(the_run().workflow_id)
    assert taken is not None
    WorkflowRun.objects.update(lease_token="01HZZZZZZZZZZZZZZZZZZZZZZZ")
    with pytest.raises(working.LeaseLost), transaction.atomic():
        working._Turn(taken).go_on()
    assert incident.actions.count() == 0


def test_only_so_many_runs_of_a_workflow_are_worked_on_at_once(declare: Declare, settings: Any) -> None:
    settings.WORKFLOW_RUNS_AT_ONCE = 2
    on("incident.created", steps=[NOTE])
    for _ in range(3):
        declare()
    run = ask()[0]
    assert [working.take(run.workflow_id) is not None for _ in range(3)] == [True, True, False]


def test_a_call_nobody_answers_is_repeated_under_its_key(
    declare: Declare, drain: Drain, later: Drain, receiver: Receiver
) -> None:
    receiver.script = [silence]
    on("incident.created", steps=[call(receiver)])
    declare()
    drain()
    assert Effect.objects.get().log[0]["outcome"] == "unknown"
    later()
    assert (Effect.objects.get().state, the_run().state) == (CallState.DONE, RunState.COMPLETE)
    assert len({arrival.message_id for arrival in receiver.arrivals}) == 1


def test_a_run_that_waits_for_its_calls_is_not_given_up(declare: Declare, receiver: Receiver, settings: Any) -> None:
    on("incident.created", steps=[call(receiver)])
    declare()
    workflow_id = ask()[0].workflow_id
    for _ in range(len(settings.STEP_RETRY_SECONDS) + 3):
        WorkflowRun.objects.update(due_at=timezone.now())
        working.work.func(workflow_id)
    assert (the_run().state, the_run().attempts) == (RunState.PENDING, 0)
    working.perform.func(Effect.objects.get().target)
    working.work.func(workflow_id)
    assert the_run().state == RunState.COMPLETE


def test_a_retry_makes_calls_again_that_may_be_repeated(declare: Declare, drain: Drain, receiver: Receiver) -> None:
    on("incident.created", steps=[call(receiver)])
    declare()
    drain()
    Effect.objects.update(state=CallState.UNKNOWN)
    StepRun.objects.update(status=StepStatus.ERROR)
    WorkflowRun.objects.update(state=RunState.ERROR)
    retry_run(SYSTEM, the_run())
    drain()
    assert (the_run().state, Effect.objects.get().state) == (RunState.COMPLETE, CallState.DONE)
    assert len({arrival.message_id for arrival in receiver.arrivals}) == 1


def test_wake_ups_of_a_workflow_do_not_pile_up(declare: Declare) -> None:
    on("incident.created", steps=[NOTE])
    for _ in range(5):
        declare()
    workflow_id = ask()[0].workflow_id
    assert engine.waiting(working.work) == [[workflow_id]]
    for _ in range(3):
        engine.wake(working.work, workflow_id)
    working.work.func(workflow_id)
    assert len(engine.waiting(working.work)) <= 1
