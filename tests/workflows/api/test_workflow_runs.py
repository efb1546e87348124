"""Runs of workflows over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.models import Event
from incidents.models import Incident
from tests.conftest import ApiClient
from tests.incidents.counting import statements
from tests.workflows.writing import DELIVERY, run_of, written
from workflows.models import StepRun, WorkflowRun

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def viewer(api: Callable[..., ApiClient]) -> ApiClient:
    return api("workflows_viewer")


def listed(client: ApiClient, query: str = "") -> Any:
    answer: Any = client.get(f"/v2/workflow_runs{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(client: ApiClient, query: str = "") -> list[str]:
    return [run["id"] for run in listed(client, query)["workflow_runs"]]


def test_a_run_is_shown_with_what_it_has(viewer: ApiClient, declare: Callable[..., Incident]) -> None:
    incident, workflow = declare(), written(name="Page")
    run = run_of(workflow, incident)
    shown: Any = viewer.get(f"/v2/workflow_runs/{run.id}").json()["workflow_run"]  # type: ignore[attr-defined]
    assert (shown["workflow_name"], shown["workflow_version_number"]) == ("Page", 1)
    on = {"incident_id": incident.id, "incident_reference": incident.reference}
    assert on.items() <= shown.items()
    call, waiting = shown["progress"]
    assert waiting == on | {"step": "incident.accept", "status": "pending"}
    assert (call["step"], call["status"], call["error"]) == ("webhook.send", "error", "500")
    assert (call["webhook_delivery_state"], call["webhook_delivery"]) == ("available", DELIVERY)


def test_the_list_leaves_the_detail_of_calls_out(viewer: ApiClient) -> None:
    run_of(written())
    call = listed(viewer)["workflow_runs"][0]["progress"][0]["webhook_delivery"]
    assert call == {name: value for name, value in DELIVERY.items() if name not in ("request", "response")}


def test_calls_are_kept_for_a_week(viewer: ApiClient) -> None:
    run, gone = run_of(written()), run_of(written())
    StepRun.objects.filter(run=run).update(completed_at=timezone.now() - timedelta(days=8))
    StepRun.objects.filter(run=gone).update(delivery=None)
    calls = [run["progress"][0] for run in listed(viewer)["workflow_runs"]]
    assert [call["webhook_delivery_state"] for call in calls] == ["unavailable", "expired"]
    assert not any("webhook_delivery" in call for call in calls)


def test_pages_go_from_new_to_old(viewer: ApiClient) -> None:
    workflow = written()
    runs = [run_of(workflow).id for _ in range(3)]
    first = listed(viewer, "?page_size=2")
    assert first["pagination_meta"] == {"page_size": 2, "after": runs[1], "total_record_count": 3}
    assert [run["id"] for run in first["workflow_runs"]] == [runs[2], runs[1]]
    last = listed(viewer, f"?page_size=2&after={runs[1]}")
    assert last["pagination_meta"] == {"page_size": 2, "total_record_count": 3}
    assert ids(viewer, f"?after={runs[0]}") == []


def test_cancelled_runs_are_shown_and_not_listed(viewer: ApiClient) -> None:
    run = run_of(written(), cancelled_at=timezone.now())
    assert (ids(viewer), listed(viewer)["pagination_meta"]["total_record_count"]) == ([], 0)
    assert viewer.get(f"/v2/workflow_runs/{run.id}").status_code == 200
    assert ids(viewer, f"?after={run.id}") == []


def test_filters_narrow(viewer: ApiClient, declare: Callable[..., Incident]) -> None:
    incident, workflow = declare(), written()
    run, other = run_of(workflow, incident), run_of(written())
    WorkflowRun.objects.filter(pk=other.pk).update(created_at="2024-01-02T10:00:00Z")
    assert ids(viewer, f"?workflow_id={workflow.id}") == [run.id]
    assert ids(viewer, f"?incident_id={incident.id}&created_at[gte]=2024-01-01") == [run.id]
    assert ids(viewer, "?created_at[date_range]=2024-01-01~2024-01-02") == [other.id]
    assert ids(viewer, "?created_at[lte]=2024-01-02T09:00:00Z") == []


def test_runs_on_private_incidents_leave_no_trace(
    api: Callable[..., ApiClient], viewer: ApiClient, declare: Callable[..., Incident]
) -> None:
    hidden = declare(visibility="private")
    run, everyone = run_of(written(), hidden), api("workflows_viewer", "global_access")
    assert (ids(viewer), ids(everyone)) == ([], [run.id])
    for path in (f"/{run.id}", f"?after={run.id}", f"?incident_id={hidden.id}"):
        assert viewer.get(f"/v2/workflow_runs{path}").status_code == 404
        assert everyone.get(f"/v2/workflow_runs{path}").status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"?after={UNKNOWN}", 404),
        ("?after=nobody", 404),
        (f"?workflow_id={UNKNOWN}", 404),
        ("?workflow_id=%00", 422),
        (f"?incident_id={UNKNOWN}", 404),
        ("?page_size=51", 422),
        ("?created_at[gte]=soon", 422),
        ("?created_at[near]=2024-01-01", 422),
        (f"/{UNKNOWN}", 404),
        ("/x", 404),
    ],
)
def test_odd_questions(viewer: ApiClient, query: str, status: int) -> None:
    assert viewer.get(f"/v2/workflow_runs{query}").status_code == status


def test_many_runs_cost_what_few_do(viewer: ApiClient, declare: Callable[..., Incident]) -> None:
    workflow, incident = written(), declare()
    run_of(workflow, incident)
    few = statements(viewer, "/v2/workflow_runs?page_size=50")
    for _ in range(11):
        run_of(workflow, incident)
    assert statements(viewer, "/v2/workflow_runs?page_size=50") == few <= 6


def act(client: ApiClient, run: WorkflowRun, verb: str) -> Any:
    answer: Any = client.post(f"/v2/workflow_runs/{run.pk}/actions/{verb}")
    return answer


def test_a_run_is_stopped_confirmed_and_tried_again(api: Callable[..., ApiClient]) -> None:
    editor, run = api("workflows_editor", name="Editor"), run_of(written(), state="asking")
    assert act(editor, run, "confirm").json()["workflow_run"]["state"] == "pending"
    assert act(editor, run, "retry").status_code == 409
    assert act(editor, run, "cancel").json()["workflow_run"]["state"] == "cancelled"
    WorkflowRun.objects.update(state="error")
    assert act(editor, run, "retry").json()["workflow_run"]["state"] == "pending"
    types = Event.objects.filter(subject_id=run.pk).order_by("number").values_list("type", flat=True)
    assert list(types) == [f"workflow_run.{verb}" for verb in ("confirmed", "cancelled", "retried")]


def test_a_run_says_why_it_ran(viewer: ApiClient) -> None:
    run = run_of(written(), explanation=[{"met": True, "conditions": []}])
    shown: Any = viewer.get(f"/v2/workflow_runs/{run.id}").json()["workflow_run"]  # type: ignore[attr-defined]
    assert shown["explanation"] == [{"met": True, "conditions": []}]
