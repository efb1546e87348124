"""People start workflows by hand, with a form."""

from collections.abc import Callable
from typing import Any

import pytest

from events.models import Event
from incidentio.core.errors import Conflict, Invalid
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step, written
from workflows.models import RunState, WorkflowRun
from workflows.starting import start_workflow

Declare = Callable[..., Incident]
REASON = {"key": "reason", "title": "Why", "type": "String", "required": True}


def test_the_form_can_be_referred_to(declare: Declare, drain: Callable[[], None]) -> None:
    note = step("incident.create_action", {}, {"value": {"literal": "Because {{ form.reason }}"}})
    workflow = on("manual", steps=[note], form_fields=[REASON])
    incident = declare()
    start_workflow(SYSTEM, workflow, incident, {"reason": "of the rain"})
    drain()
    assert incident.actions.get().description == "Because of the rain"
    assert Event.objects.filter(type="workflow_run.started").exists()


@pytest.mark.parametrize(
    ("form", "pointer"),
    [({}, "form.reason"), ({"reason": "x", "more": "y"}, "form.more"), ({"reason": ["x"]}, "form.reason")],
)
def test_wrong_answers_are_refused(declare: Declare, form: dict[str, Any], pointer: str) -> None:
    workflow, incident = on("manual", form_fields=[REASON]), declare()
    with pytest.raises(Invalid) as refusal:
        start_workflow(SYSTEM, workflow, incident, form)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_it_runs_once_if_it_says_so(declare: Declare) -> None:
    workflow, incident = on("manual", once_for=["incident"], steps=[NOTE]), declare()
    start_workflow(SYSTEM, workflow, incident, {})
    with pytest.raises(Conflict, match="once already"):
        start_workflow(SYSTEM, workflow, incident, {})


def test_nobody_is_asked_to_confirm_what_they_start(declare: Declare) -> None:
    workflow = on("manual", auto_run_mode="confirm_before_running")
    assert start_workflow(SYSTEM, workflow, declare(), {}).state == RunState.PENDING


def test_what_starts_by_itself_or_is_switched_off_is_not_started(declare: Declare) -> None:
    incident = declare()
    for workflow in (on("incident.created"), written("manual", state="disabled")):
        with pytest.raises(Conflict):
            start_workflow(SYSTEM, workflow, incident, {})
    assert not WorkflowRun.objects.exists()


def test_it_keeps_to_the_incidents_it_runs_on(declare: Declare) -> None:
    workflow = on("manual", runs_on_incident_modes=["test"])
    with pytest.raises(Conflict, match="mode"):
        start_workflow(SYSTEM, workflow, declare(), {})


def test_over_http_it_takes_the_permission_to_edit_incidents(api: Callable[..., ApiClient], declare: Declare) -> None:
    workflow, incident = on("manual"), declare()
    body = {"workflow_id": workflow.id, "incident_id": incident.id}
    assert api("workflows_viewer", name="Viewer").post("/v2/workflow_runs", body).status_code == 403
    made: Any = api("incident_editor", name="Editor").post("/v2/workflow_runs", body)
    assert made.status_code == 201, made.content
    assert made.json()["workflow_run"]["state"] == "pending"
