"""A private incident leaves no trace for a key without global access: on any call, in any answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern

from accounts.models import User
from apikeys.roles import ROLES
from incidentio.core.requests import API_PATH
from incidentio.urls import urlpatterns
from incidents.actions import create_action
from incidents.attachments import Resource, attach
from incidents.follow_ups import create_follow_up
from incidents.memberships import grant
from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM, ApiClient
from tests.workflows.writing import run_of, written
from workflows.models import Effect, StepRun

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
NAME = "Layoffs leaked to the press"
URL = "https://leak.example.com/layoffs"


@dataclass
class Secret:
    """A private incident with everything that can belong to one, and the public incident it is related to."""

    ids: dict[str, str]
    public: Incident

    def words(self) -> list[str]:
        return [*self.ids.values(), NAME, URL, "Call the lawyers", "Find the leak"]


@pytest.fixture
def secret(declare: Callable[..., Incident], nora: User) -> Secret:
    incident = declare(name=NAME, visibility="private", idempotency_key="leak-1")
    public = declare(name="Checkout is down")
    ids = {
        "incident": incident.id,
        "action": create_action(SYSTEM, incident.id, description="Call the lawyers").id,
        "follow_up": create_follow_up(SYSTEM, incident.id, title="Find the leak").id,
        "attachment": attach(SYSTEM, incident.id, Resource("arbitrary_url", url=URL)).id,
        "membership": grant(SYSTEM, incident.id, nora.id).id,
        "relationship": relate(SYSTEM, incident.id, public.id).id,
        "run": run_of(written(), incident).id,
        "effect": called(incident).id,
    }
    return Secret(ids, public)


def called(incident: Incident) -> Effect:
    """A call that a workflow made because of the incident."""
    steps = StepRun.objects.filter(run__incident=incident)
    effect: Effect = Effect.objects.create(step_run=steps[0], place=0, key="leak", target="t", step_name="webhook.send")
    return effect


@pytest.fixture
def outsider(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller with every role but those that open private things."""
    return api(*(name for name in ROLES if "private" not in name and name != "global_access"))


@pytest.fixture
def insider(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller that may see everything."""
    return api("viewer", "global_access")


def readable() -> list[str]:
    """Every path of the API that can be read, as urls.py has it."""
    patterns = [entry for entry in urlpatterns if isinstance(entry, URLPattern)]
    views = {str(entry.pattern): entry.callback for entry in patterns if API_PATH.match(f"/{entry.pattern}")}
    return sorted(path for path, view in views.items() if "get" in view.actions)


QUERIES = {
    "v1/incidents": ["", "status=triage", "page_size=500"],
    "v1/actions": ["", "is_follow_up=true", "is_follow_up=false", "incident_id={public}"],
    "v1/incident_attachments": [f"resource_type=arbitrary_url&external_id={URL}", "incident_id={public}"],
    "v1/incident_relationships": ["incident_id={public}"],
    "v1/custom_field_options": [],
    "v2/actions": ["", "incident_id={public}"],
    "v2/follow_ups": ["", "incident_id={public}"],
    "v2/incidents": ["", "status_category[one_of]=triage", "filter_mode=any", "sort_by=created_at_oldest_first"],
    "v2/incident_participants": ["incident_id={public}"],
    "v2/incident_updates": ["", "incident_id={public}"],
    "v2/alerts": ["page_size=50"],
    "v2/incident_alerts": ["page_size=50", "page_size=50&incident_id={public}"],
    "v2/status_page_incidents": [],
    "v2/catalog_entries": [],
    "v3/catalog_entries": [],
    "v3/actions": ["", "incident_id={public}"],
    "v3/follow_ups": ["", "incident_id={public}"],
}


@pytest.mark.parametrize("path", [path for path in readable() if "<" not in path])
def test_no_list_shows_it(path: str, secret: Secret, outsider: ApiClient) -> None:
    for query in QUERIES.get(path, [""]):
        response = outsider.get(f"/{path}?{query.format(public=secret.public.id)}")
        assert response.status_code == 200, response.content
        text = response.content.decode()
        assert not [word for word in secret.words() if word in text]


@pytest.mark.parametrize("path", [path for path in readable() if "<" in path])
def test_no_path_leads_to_it(path: str, secret: Secret, outsider: ApiClient) -> None:
    for pk in secret.ids.values():
        response = outsider.get("/" + re.sub("<str:[a-z_]+>", pk, path))
        assert response.status_code == 404
        assert not [word for word in secret.words() if word != pk and word in response.content.decode()]


CALLS: list[tuple[str, str, Any]] = [
    ("get", "/v1/incidents/{incident}", None),
    ("get", "/v1/actions/{action}", None),
    ("get", "/v1/actions/{follow_up}", None),
    ("get", "/v1/actions?incident_id={incident}", None),
    ("get", "/v1/incident_attachments?incident_id={incident}", None),
    ("get", "/v1/incident_relationships?incident_id={incident}", None),
    ("get", "/v2/incidents/{incident}", None),
    ("get", "/v2/actions/{action}", None),
    ("get", "/v2/actions?incident_id={incident}", None),
    ("get", "/v2/follow_ups/{follow_up}", None),
    ("get", "/v2/follow_ups?incident_id={incident}", None),
    ("get", "/v2/incident_updates?incident_id={incident}", None),
    ("get", "/v2/incident_participants?incident_id={incident}", None),
    ("get", "/v2/incident_alerts?page_size=50&incident_id={incident}", None),
    ("get", "/v2/workflow_runs?incident_id={incident}", None),
    ("get", "/v2/workflow_runs/{run}", None),
    ("post", "/v2/workflow_runs/{run}/actions/cancel", None),
    ("get", "/v2/workflow_effects/{effect}", None),
    ("post", "/v2/workflow_effects/{effect}/actions/redrive", None),
    ("get", "/v2/incidents/{incident}/workflow_explanations", None),
    ("get", "/v3/actions?incident_id={incident}", None),
    ("get", "/v3/follow_ups/{follow_up}", None),
    ("post", "/v2/incidents/{incident}/actions/edit", {"incident": {"name": "Mine"}, "notify_incident_channel": False}),
    ("post", "/v2/incidents/{incident}/actions/import_postmortem_document", {"title": "Mine", "content": "Mine"}),
    ("post", "/v2/actions", {"incident_id": "{incident}", "description": "Mine"}),
    ("put", "/v2/actions/{action}", {"description": "Mine", "status": "completed"}),
    ("delete", "/v2/actions/{action}", None),
    ("post", "/v2/follow_ups", {"incident_id": "{incident}", "title": "Mine"}),
    ("put", "/v2/follow_ups/{follow_up}", {"title": "Mine", "status": "completed"}),
    ("delete", "/v2/follow_ups/{follow_up}", None),
    (
        "post",
        "/v2/incident_updates",
        {"idempotency_key": "mine", "incident_id": "{incident}", "message": "Mine"},
    ),
    ("delete", "/v1/incident_attachments/{attachment}", None),
    (
        "post",
        "/v1/incident_attachments",
        {"incident_id": "{incident}", "resource": {"resource_type": "jira_issue", "external_id": "1"}},
    ),
    ("post", "/v1/incident_memberships", {"incident_id": "{incident}", "user_id": "{user}"}),
    ("post", "/v1/incident_memberships/actions/revoke", {"incident_id": "{incident}", "user_id": "{user}"}),
]


def filled(template: Any, names: dict[str, str]) -> Any:
    if isinstance(template, dict):
        return {key: filled(value, names) for key, value in template.items()}
    return template.format(**names) if isinstance(template, str) else template


@pytest.mark.parametrize("call", CALLS)
def test_every_call_answers_as_if_it_did_not_exist(
    call: tuple[str, str, Any], secret: Secret, outsider: ApiClient, nora: User
) -> None:
    method, path, body = call

    def answer(ids: dict[str, str]) -> tuple[int, str]:
        names = ids | {"user": nora.id}
        response = outsider.request(method, filled(path, names), filled(body, names))
        wire = response.json()
        del wire["request_id"]
        return response.status_code, str(wire).replace(ids["incident"], "…")

    private = answer(secret.ids)
    assert private == answer(dict.fromkeys(secret.ids, UNKNOWN))
    assert private[0] in (404, 422)
    assert Incident.objects.get(name=NAME).version == 4


def test_its_idempotency_key_tells_nothing_of_it(secret: Secret, outsider: ApiClient) -> None:
    response = outsider.post("/v1/incidents", {"idempotency_key": "leak-1", "visibility": "public"})
    assert response.status_code == 409
    assert not [word for word in secret.words() if word in response.content.decode()]


def test_with_global_access_it_is_all_there(secret: Secret, insider: ApiClient) -> None:
    assert insider.get(f"/v1/incidents/{secret.ids['incident']}").json()["incident"]["name"] == NAME
    for path, kind in (("v1/incidents", "incident"), ("v1/actions", "action"), ("v1/actions", "follow_up")):
        assert secret.ids[kind] in insider.get(f"/{path}").content.decode()
    attachments = insider.get(f"/v1/incident_attachments?{QUERIES['v1/incident_attachments'][0]}")
    assert secret.ids["attachment"] in attachments.content.decode()
    related = insider.get(f"/v1/incident_relationships?incident_id={secret.public.id}")
    assert secret.ids["incident"] in related.content.decode()
