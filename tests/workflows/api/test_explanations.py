"""Why workflows ran on an incident and why not, over HTTP."""

from collections.abc import Callable
from typing import Any

from incidents.models import Incident
from tests.conftest import ApiClient
from tests.workflows.asking import ask, edit, on
from tests.workflows.writing import asking, severity


def told(client: ApiClient, incident: Incident, query: str = "") -> Any:
    answer: Any = client.get(f"/v2/incidents/{incident.number}/workflow_explanations{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_what_started_and_what_did_not_is_told_with_the_values_compared(
    api: Callable[..., ApiClient], declare: Callable[..., Incident]
) -> None:
    critical = asking("incident.severity", "one_of", severity("Critical"))
    on("incident.created", name="Page", condition_groups=[{"conditions": [critical]}])
    on("incident.created", name="Greet")
    incident = declare(severity_id=severity("Minor"))
    (run,) = ask()
    found = {one["workflow"]["name"]: one for one in told(api("workflows_viewer"), incident)["workflow_explanations"]}
    assert (found["Greet"]["started"], found["Greet"]["workflow_run_id"]) == (True, run.pk)
    assert not found["Page"]["started"]
    assert found["Page"]["condition_groups"][0]["conditions"] == [
        {
            "subject": {"reference": "incident.severity", "label": "Incident → Severity"},
            "operation": {"value": "one_of", "label": "is one of"},
            "expected": ["Critical"],
            "actual": "Minor",
            "met": False,
        }
    ]


def test_pages_follow_the_cursor(api: Callable[..., ApiClient], declare: Callable[..., Incident]) -> None:
    on("incident.updated")
    incident = declare()
    edit(incident, name="Till")
    ask()
    client = api("workflows_viewer")
    first = told(client, incident, "?page_size=1")
    after = first["pagination_meta"]["after"]
    rest = told(client, incident, f"?page_size=1&after={after}")
    types = [one["event"]["type"] for page in (first, rest) for one in page["workflow_explanations"]]
    assert types == ["incident.updated", "incident.created"]
    assert "after" not in rest["pagination_meta"]


def test_a_private_incident_is_not_there(api: Callable[..., ApiClient], declare: Callable[..., Incident]) -> None:
    incident = declare(visibility="private")
    assert api("workflows_viewer").get(f"/v2/incidents/{incident.id}/workflow_explanations").status_code == 404
    seen = api("workflows_viewer", "global_access", name="All")
    assert seen.get(f"/v2/incidents/{incident.id}/workflow_explanations").status_code == 200
