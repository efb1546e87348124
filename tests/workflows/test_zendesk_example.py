"""The mission's example on real sockets: Zendesk declares an incident, and its agent is brought into it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest

from accounts.models import User
from apikeys.models import ApiKey
from incidents.models import Incident, Membership
from tests.chaos.workers import wait_until, workers
from tests.conftest import ApiClient
from tests.mailbox import serving
from tests.processes import web_server
from tests.workflows.writing import asking, of, plain, step
from workflows.models import Cursor, RunState, WorkflowRun

REPORTER = {"reference": "incident.reporter"}
MESSAGE = "See {{ incident.url }}"


def call(url: str, token: str, body: Any = None) -> Any:
    """What the hub answers, over a socket."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(url, json.dumps(body).encode() if body is not None else None, headers)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ticket(number: int, agent: User, reporter_role: str) -> dict[str, Any]:
    """What the trigger on a ticket sends; the agent who ticked the box is its reporter."""
    return {
        "idempotency_key": f"zendesk-{number}",
        "visibility": "private",
        "name": "Nobody can pay",
        "summary": "Three customers cannot pay by card",
        "incident_role_assignments": [{"incident_role_id": reporter_role, "assignee": {"email": agent.email}}],
    }


def workflow(key: ApiKey) -> dict[str, Any]:
    """Only for incidents from this key: the agent who reported it is subscribed, and told so."""
    return plain(
        name="Add the Zendesk agent to the incident",
        trigger="incident.created",
        condition_groups=[{"conditions": [asking("incident.creator.api_key", "one_of", key.id)]}],
        steps=[
            step("incident.subscribe_user_to_incident", of("incident"), {"array_value": [REPORTER]}),
            step(
                "incident.notify_reporter", of("incident"), {"value": {"literal": "See {{ incident.url }}"}}, id="tell"
            ),
        ],
        private_incident_scope="all",
        state="active",
    )


@pytest.mark.django_db(transaction=True)
def test_a_ticket_from_zendesk_brings_its_agent_and_one_from_elsewhere_does_not(
    api: Callable[..., ApiClient], nora: User
) -> None:
    zendesk, other = (api("incident_creator", name=name) for name in ("Zendesk", "Datadog"))
    writer = api("viewer", "workflows_editor", "private_workflows_editor", "global_access", name="Omar")
    with serving() as mail, web_server(processes=1) as url:
        roles = call(f"{url}/v2/incident_roles", writer.token or "")["incident_roles"]
        reporter = next(role["id"] for role in roles if role["role_type"] == "reporter")
        call(f"{url}/v2/workflows", writer.token or "", workflow(zendesk.key))
        for number, client in enumerate((zendesk, other)):
            call(f"{url}/v1/incidents", client.token or "", ticket(number, nora, reporter))
        with workers(EMAIL_URL=f"smtp://127.0.0.1:{mail.port}"):
            wait_until(lambda: WorkflowRun.objects.filter(state=RunState.COMPLETE).exists(), "the run")
            wait_until(lambda: Cursor.objects.get().position > 0, "the asking")
        check(call, url, writer.token or "")
    by_zendesk = Incident.objects.get(creator_label="Zendesk")
    assert Membership.objects.filter(incident=by_zendesk, user=nora).exists()
    bodies = [message.get_body(["plain"]) for message in mail.arrived]
    assert any(body and f"/incidents/{by_zendesk.id}" in body.get_content() for body in bodies)
    assert set(mail.recipients) == {nora.email}


def check(get: Callable[..., Any], url: str, token: str) -> None:
    """The run names its reason; of the other incident it is said why there is none."""
    (run,) = get(f"{url}/v2/workflow_runs", token)["workflow_runs"]
    shown = get(f"{url}/v2/workflow_runs/{run['id']}", token)["workflow_run"]
    assert [step["status"] for step in shown["progress"]] == ["complete", "complete"]
    assert shown["explanation"][0]["conditions"][0]["actual"] == "Zendesk"
    elsewhere = Incident.objects.get(creator_label="Datadog")
    (why,) = get(f"{url}/v2/incidents/{elsewhere.id}/workflow_explanations", token)["workflow_explanations"]
    (compared,) = why["condition_groups"][0]["conditions"]
    assert (why["started"], compared["expected"], compared["actual"]) == (False, ["Zendesk"], "Datadog")
