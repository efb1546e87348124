"""Runs of workflows in the admin, and the ledger of their calls."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.receiver import Receiver, answer
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import asking, run_of, severity, step, written
from workflows.models import CallState, Effect, RunState, StepRun, WorkflowRun
from workflows.runs import cancel_run

RUNS, LEDGER = "workflows_workflowrun_changelist", "workflows_effect_changelist"


def listed(desk: Desk, page: str, query: str = "") -> list[Any]:
    return list(desk.get(page, query=query).context["cl"].result_list)


def opened(desk: Desk, page: str, pk: str) -> str:
    answer = desk.get(page, pk)
    assert answer.status_code == 200
    return str(answer.content.decode())


def call_of(run: WorkflowRun, state: str = CallState.UNKNOWN) -> Effect:
    """A call of the first step of a run."""
    log = [{"at": "2026-11-25T14:03:00Z", "outcome": "unknown", "error": "The line went dead"}]
    first = StepRun.objects.get(run=run, place=0)
    return Effect.objects.create(
        step_run=first, place=0, step_name="webhook.send", key="k", target="hooks.example.com", state=state, log=log
    )


def test_runs_on_a_hidden_incident_are_hidden(desk: Desk, declare: Any, nora: User) -> None:
    workflow = written()
    hidden, plain = run_of(workflow, declare(nora.actor, visibility="private")), run_of(workflow)
    assert listed(desk, RUNS) == [plain]
    assert desk.get("workflows_workflowrun_change", hidden.pk).status_code == 302
    assert desk.post("workflows_workflowrun_cancel", hidden.pk).status_code in (403, 404)


def test_a_run_says_why_it_started_and_what_it_did(desk: Desk, declare: Any, drain: Any) -> None:
    groups = [{"conditions": [asking("incident.severity", "one_of", severity("Critical"))]}]
    on("incident.created", condition_groups=groups, steps=[NOTE])
    declare(severity_id=severity("Critical"))
    drain()
    run = WorkflowRun.objects.get()
    page = opened(desk, "workflows_workflowrun_change", run.pk)
    assert "Incident → Severity" in page
    assert "it was “Critical”" in page
    assert "Create an action" in page
    assert StepRun.objects.get().did in page


def test_a_failed_step_says_why(desk: Desk) -> None:
    run = run_of(written(), state=RunState.ERROR, error="Step 1 failed")
    call_of(run)
    page = opened(desk, "workflows_workflowrun_change", run.pk)
    assert "Step 1 failed" in page
    assert "The line went dead" in page
    assert "Not done" in page


def test_a_run_that_failed_is_tried_again(desk: Desk) -> None:
    run = run_of(written(), state=RunState.ERROR)
    desk.post("workflows_workflowrun_retry", run.pk)
    run.refresh_from_db()
    assert run.state == RunState.PENDING
    assert [event.type for event in desk.events()] == ["workflow_run.retried"]


@pytest.mark.parametrize(
    ("action", "state"), [("confirm", RunState.PENDING), ("cancel", RunState.CANCELLED), ("retry", RunState.ASKING)]
)
def test_a_run_that_waits_is_let_go_or_stopped(desk: Desk, action: str, state: str) -> None:
    run = run_of(written(), state=RunState.ASKING)
    desk.post(f"workflows_workflowrun_{action}", run.pk)
    run.refresh_from_db()
    assert run.state == state


def test_a_run_stopped_meanwhile_is_not_stopped_twice(desk: Desk) -> None:
    run = run_of(written())
    cancel_run(SYSTEM, run)
    assert desk.post("workflows_workflowrun_cancel", run.pk).status_code == 403
    assert listed(desk, RUNS, "?state__exact=cancelled") == [run]


def test_the_ledger_shows_calls_by_their_state(desk: Desk, declare: Any, nora: User) -> None:
    workflow = written()
    lost, arrived = (call_of(run_of(workflow), state) for state in (CallState.UNKNOWN, CallState.DONE))
    hidden = call_of(run_of(workflow, declare(nora.actor, visibility="private")))
    assert listed(desk, LEDGER) == [arrived, lost]
    assert listed(desk, LEDGER, "?state__exact=unknown") == [lost]
    assert "The line went dead" in opened(desk, "workflows_effect_change", lost.pk)
    assert desk.get("workflows_effect_change", hidden.pk).status_code == 302
    assert desk.post("workflows_effect_send_again", hidden.pk).status_code == 404


def test_what_is_sealed_is_never_shown(desk: Desk) -> None:
    call = call_of(run_of(written()))
    Effect.objects.filter(pk=call.pk).update(sealed='{"secret": "hush"}')
    assert "hush" not in opened(desk, "workflows_effect_change", call.pk)


def test_a_call_is_made_again(desk: Desk, drain: Any, declare: Any, receiver: Receiver) -> None:
    receiver.script = [answer(410)]
    on("incident.created", steps=[step("webhook.send", {"value": {"literal": receiver.url}})])
    declare()
    drain()
    call = Effect.objects.get()
    assert (call.state, WorkflowRun.objects.get().state) == (CallState.NOT_DONE, RunState.ERROR)
    assert b"under the same key" in desk.get("workflows_effect_send_again", call.pk).content
    desk.post("workflows_effect_send_again", call.pk)
    drain()
    call.refresh_from_db()
    assert (call.state, WorkflowRun.objects.get().state) == (CallState.DONE, RunState.COMPLETE)


def test_people_say_that_a_call_arrived(desk: Desk) -> None:
    call = call_of(run_of(written(), state=RunState.ERROR))
    desk.post("workflows_effect_arrived", call.pk)
    call.refresh_from_db()
    assert call.state == CallState.DONE
    assert "effect.settled" in [event.type for event in desk.events()]


def test_ticked_calls_are_judged_together(desk: Desk) -> None:
    runs = [run_of(written(), state=RunState.ERROR) for _ in range(2)]
    lost, done = call_of(runs[0]), call_of(runs[1], CallState.DONE)
    said = {"action": "arrived_selected", "_selected_action": [lost.pk, done.pk]}
    page = desk.client.post(reverse(f"admin:{LEDGER}"), said, follow=True).content.decode()
    assert "Taken as done: 1" in page
    assert "it is done" in page


def test_the_ledger_is_called_so(desk: Desk) -> None:
    assert desk.get("workflows_effect_changelist").context["title"] == "Ledger"
