"""Whole runs of workflows that page: what fails at PagerDuty holds nothing else back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident
from tests.integrations.pagerduty.fake import PagerDuty
from tests.integrations.standing_in import Fault, done_in_silence, says, silent
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import of, step
from workflows.models import RunState, WorkflowRun

Declare = Callable[..., Incident]
Drain = Callable[[], None]


def literal(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def test_parameters_are_read_by_their_places(pager: PagerDuty, declare: Declare, drain: Drain, nora: User) -> None:
    page = step("pagerduty.escalate", of("incident"), literal("{{ incident.name }}, please"), literal("low"), id="a")
    escalate = step("escalate", of("incident"), {}, {"array_value": [{"literal": nora.pk}]}, id="b")
    on("incident.created", steps=[page, escalate, step("pagerduty.resolve", of("incident"), id="c")])
    incident = declare()
    drain()
    run = WorkflowRun.objects.get()
    assert (run.state, [row.did for row in run.steps.order_by("place")]) == (
        RunState.COMPLETE,
        ["Paged by PagerDuty", "Paged by PagerDuty", "Resolved the alert at PagerDuty"],
    )
    assert pager.alerts == [{"key": incident.pk, "state": "resolved", "summary": "Checkout is down, please"}]
    assert "asked for: Nora Lind" in json.dumps(pager.asked[1].body)


@pytest.mark.parametrize("fault", [says(401), says(500), says(429, retry_after="600"), silent, done_in_silence])
def test_other_workflows_go_on(pager: PagerDuty, declare: Declare, drain: Drain, fault: Fault) -> None:
    pager.script = [fault]
    on("incident.created", name="Page", steps=[step("pagerduty.escalate", of("incident"))])
    on("incident.created", name="Note", steps=[NOTE])
    incident = declare()
    drain()
    assert incident.actions.count() == 1
    assert WorkflowRun.objects.get(workflow__name="Note").state == RunState.COMPLETE


def test_a_workflow_may_go_on_although_nobody_was_paged(pager: PagerDuty, declare: Declare, drain: Drain) -> None:
    pager.script = [says(400, {"status": "invalid event", "message": "Event object is invalid"})]
    steps = [step("pagerduty.escalate", of("incident")), {**NOTE, "id": "then"}]
    on("incident.created", steps=steps, continue_on_step_error=True)
    incident = declare()
    drain()
    run = WorkflowRun.objects.get()
    assert (run.state, incident.actions.count()) == (RunState.ERROR, 1)
    assert "PagerDuty refused the event: Event object is invalid (400)" in run.error
