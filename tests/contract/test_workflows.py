"""Workflows and their runs, claims and rich text, on the wire."""

import pytest

from accounts.models import User
from incidents.models import Incident
from tests.contract.contract import Walk
from tests.workflows.writing import change_of, plain, realistic, run_of, step
from workflows.models import CallState, Effect, Workflow, WorkflowRun
from workflows.working import work

PROVES = ("/v2/workflows", "/v2/workflow_runs", "/v2/workflow_effects", "/v2/managed_resources", "/v1/rich_text")


@pytest.fixture
def workflow_id(walk: Walk, nora: User) -> str:
    """A workflow with everything in it, written and read in every way."""
    body = realistic(nora.id) | {"owning_team_ids": [], "shortform": "csm", "auto_run_mode": "confirm_before_running"}
    body["form_fields"][0] |= {"array": False, "required": False}
    pk: str = walk("post", "/v2/workflows", body)["workflow"]["id"]
    walk("get", "/v2/workflows/{id}", id=pk)
    walk("get", "/v2/workflows/{id}", query="?skip_step_upgrades=true", id=pk)
    walk("put", "/v2/workflows/{id}", change_of(body) | {"skip_step_upgrades": True}, id=pk)
    return pk


def walk_others(walk: Walk) -> None:
    """Workflows with unknown names, and with nothing optional."""
    walk("post", "/v2/workflows", plain(trigger="moon.full", once_for=["moon"]))
    pk = walk("post", "/v2/workflows", plain(form_fields=[], private_incident_scope="all"))["workflow"]["id"]
    walk("get", "/v2/workflows")
    walk("delete", "/v2/workflows/{id}", id=pk)


def walk_previews(walk: Walk, workflow_id: str) -> None:
    """The past, asked by a stored workflow and by a draft."""
    walk("post", "/v2/workflows/{id}/actions/preview", {}, id=workflow_id)
    note = step("incident.create_action", {}, {"value": {"literal": "Look at {{ incident.name }}"}})
    body = {"workflow": plain(steps=[note], private_incident_scope="all"), "days": 7, "page_size": 1}
    walk("post", "/v2/workflows/actions/preview", body)


def walk_work(walk: Walk, incident: Incident, nowhere: str) -> None:
    """Runs that people start, confirm, stop and repeat, and the calls they make."""
    call = step("webhook.send", {"value": {"literal": nowhere}})
    manual = plain(trigger="manual", steps=[call], state="active", private_incident_scope="all")
    started = {"workflow_id": walk("post", "/v2/workflows", manual)["workflow"]["id"], "incident_id": incident.id}
    run_id = walk("post", "/v2/workflow_runs", started)["workflow_run"]["id"]
    work.call(started["workflow_id"])
    (effect,) = walk("get", "/v2/workflow_effects", query="?state=pending&page_size=1")["workflow_effects"]
    Effect.objects.update(state=CallState.UNKNOWN)
    walk("post", "/v2/workflow_effects/{id}/actions/redrive", id=effect["id"])
    Effect.objects.update(state=CallState.NOT_DONE)
    walk("post", "/v2/workflow_effects/{id}/actions/call_it_done", id=effect["id"])
    walk("get", "/v2/workflow_effects/{id}", id=effect["id"])
    for verb, state in (("confirm", "asking"), ("cancel", "pending"), ("retry", "error")):
        WorkflowRun.objects.filter(pk=run_id).update(state=state)
        walk("post", f"/v2/workflow_runs/{{id}}/actions/{verb}", id=run_id)


def test_every_operation_takes_and_answers_what_the_contract_says(
    walk: Walk, workflow_id: str, incident: Incident
) -> None:
    walk_others(walk)
    workflow = Workflow.objects.get(pk=workflow_id)
    run_of(workflow, cancelled_at=incident.created_at, enqueued_at=incident.created_at, error="Stopped")
    run = run_of(workflow, incident)
    walk("get", "/v2/workflow_runs")
    walk("get", "/v2/workflow_runs/{id}", id=run.id)
    for claimed in ({}, {"incident.io/terraform/version": "6.4.0"}, {"team": "Platform"}):
        body = {"resource_type": "workflow", "resource_id": workflow_id, "annotations": claimed}
        walk("post", "/v2/managed_resources", body)
    walk_previews(walk, workflow_id)
    walk_work(walk, incident, "http://127.0.0.1:1/")
    walk("post", "/v1/rich_text/actions/parse_markdown", {"markdown": "# *Hi* {{ a }}", "feature_set": "mrkdwn"})
    assert walk.left_out(PROVES) == set()


@pytest.fixture
def incident(declare: object) -> Incident:
    """A private one."""
    made: Incident = declare(visibility="private")  # type: ignore[operator]
    return made
