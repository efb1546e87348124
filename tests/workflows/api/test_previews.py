"""The time machine over HTTP."""

from collections.abc import Callable
from typing import Any

from incidents.models import Incident
from tests.conftest import ApiClient
from tests.workflows.asking import on
from tests.workflows.writing import asking, plain, severity, step


def asked(client: ApiClient, path: str, **body: Any) -> Any:
    answer: Any = client.post(path, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_draft_says_what_it_would_have_caught(
    api: Callable[..., ApiClient], declare: Callable[..., Incident]
) -> None:
    bad, fine = declare(severity_id=severity("Critical"), name="Till"), declare(severity_id=severity("Minor"))
    note = step("incident.create_action", {}, {"value": {"literal": "Look at {{ incident.name }}"}})
    groups = [{"conditions": [asking("incident.severity", "one_of", severity("Critical"))]}]
    workflow = plain(trigger="incident.created", condition_groups=groups, steps=[note])
    found = asked(api("workflows_viewer"), "/v2/workflows/actions/preview", workflow=workflow, days=7)
    matched = {one["incident"]["id"]: one["matched"] for one in found["previews"]}
    assert matched == {bad.id: True, fine.id: False}
    (run,) = found["previews"][0]["runs"]
    assert run["steps"][0]["params"] == [{"label": "Description", "value": "Look at Till"}]


def test_a_stored_workflow_is_asked_by_its_id(api: Callable[..., ApiClient], declare: Callable[..., Incident]) -> None:
    workflow = on("incident.created")
    for _ in range(3):
        declare()
    client, path = api("workflows_viewer"), f"/v2/workflows/{workflow.id}/actions/preview"
    first = asked(client, path, page_size=2)
    rest = asked(client, path, page_size=2, after=first["pagination_meta"]["after"])
    assert (len(first["previews"]), len(rest["previews"])) == (2, 1)
    assert first["pagination_meta"]["total_record_count"] == 3


def test_what_cannot_be_saved_cannot_be_tried(api: Callable[..., ApiClient]) -> None:
    workflow = plain(steps=[step("incident.set_severity", {}, {"value": {"literal": "nope"}})])
    answer: Any = api("workflows_viewer").post("/v2/workflows/actions/preview", {"workflow": workflow})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["source"]["pointer"] == "steps.0.param_bindings.1.value.literal"


def test_private_incidents_stay_hidden(api: Callable[..., ApiClient], declare: Callable[..., Incident]) -> None:
    declare(visibility="private")
    workflow = plain(trigger="incident.created", private_incident_scope="all")
    hidden = asked(api("workflows_viewer"), "/v2/workflows/actions/preview", workflow=workflow)
    seen = asked(
        api("workflows_viewer", "global_access", name="All"), "/v2/workflows/actions/preview", workflow=workflow
    )
    assert (len(hidden["previews"]), len(seen["previews"])) == (0, 1)
