"""/v2/incident_updates: what was said of incidents as they went on."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.models import IncidentStatus, Severity
from incidents.edit import Edit, edit_incident
from incidents.models import Incident, IncidentUpdate
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

PATH = "/v2/incident_updates"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def say(incident: Incident, message: str, actor: Any = SYSTEM) -> None:
    edit_incident(actor, incident.id, Edit(message=message), snapshot.current())


def said(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [update.get("message", "") for update in response.json()["incident_updates"]]


def test_an_update_is_shared_and_shown(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident, major = declare(), Severity.objects.get(name="Major").id
    fixing = IncidentStatus.objects.get(name="Fixing").id
    body = {"idempotency_key": "one", "incident_id": incident.id, "message": " On it\n", "to_severity_id": major}
    made = everyone.post(PATH, body | {"to_incident_status_id": fixing})
    shown = made.json()["incident_update"]
    assert (made.status_code, made.headers.get("Idempotent-Replayed")) == (201, None)
    assert (shown["message"], shown["new_severity"]["name"]) == (" On it\n", "Major")
    assert (shown["new_incident_status"]["id"], shown["updater"]["api_key"]["name"]) == (fixing, "Zendesk")
    again = everyone.post(PATH, body | {"message": None, "to_severity_id": None})
    assert again.status_code == 422
    again = everyone.post(PATH, body)
    assert (again.status_code, again.content) == (201, made.content)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_they_are_listed_oldest_first_of_one_incident_or_all(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient
) -> None:
    incident, other = declare(), declare()
    say(incident, "Looking", nora.actor)
    say(other, "Elsewhere")
    say(incident, "Found it")
    assert said(everyone.get(PATH)) == ["", "", "Looking", "Elsewhere", "Found it"]
    of_one = everyone.get(f"{PATH}?incident_id={incident.id}")
    assert said(of_one) == ["", "Looking", "Found it"]
    first, looking, _ = of_one.json()["incident_updates"]
    assert looking["updater"]["user"]["email"] == "nora@example.com"
    assert not first.keys() & {"message", "new_severity", "merged_into_incident_id"}


def test_pages_follow_one_another_without_a_gap(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident, seen, after = declare(), list[str](), ""
    for number in range(4):
        say(incident, str(number))
    while True:
        page = everyone.get(f"{PATH}?page_size=2&after={after}")
        seen += said(page)
        after = page.json()["pagination_meta"].get("after", "")
        if not after:
            break
    assert seen == ["", "0", "1", "2", "3"]
    assert said(everyone.get(f"{PATH}?after={page.json()['incident_updates'][-1]['id']}")) == []


def test_private_incidents_leave_no_trace(
    declare: Callable[..., Incident], everyone: ApiClient, api: Callable[..., ApiClient]
) -> None:
    public, private = declare(), declare(visibility="private")
    IncidentUpdate.objects.filter(incident=public).update(merged_into_incident=private)
    (shown,) = everyone.get(PATH).json()["incident_updates"]
    assert (shown["incident_id"], "merged_into_incident_id" in shown) == (public.id, False)
    assert everyone.get(f"{PATH}?incident_id={private.id}").status_code == 404
    body = {"idempotency_key": "secret", "incident_id": private.id, "message": "Hush"}
    assert everyone.post(PATH, body).status_code == 422
    insider = api("viewer", "incident_editor", "global_access")
    assert insider.get(PATH).json()["incident_updates"][0]["merged_into_incident_id"] == private.id
    assert insider.post(PATH, body).status_code == 201
    taken = everyone.post(PATH, body | {"incident_id": public.id})
    assert (taken.status_code, b"Hush" in taken.content) == (409, False)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({}, "message"),
        ({"message": 7}, "message"),
        ({"message": "nul\0"}, "message"),
        ({"message": "x" * 100_001}, "message"),
        ({"message": "On it", "idempotency_key": ""}, "idempotency_key"),
        ({"message": "On it", "idempotency_key": "x" * 501}, "idempotency_key"),
        ({"message": "On it", "incident_id": UNKNOWN}, "incident_id"),
        ({"to_incident_status_id": UNKNOWN}, "to_incident_status_id"),
        ({"to_severity_id": UNKNOWN}, "to_severity_id"),
        ({"to_severity_id": "major"}, "to_severity_id"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(
    declare: Callable[..., Incident], everyone: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    answer = everyone.post(PATH, {"idempotency_key": "one", "incident_id": declare().id} | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer


def test_whoever_may_only_view_shares_nothing(declare: Callable[..., Incident], api: Callable[..., ApiClient]) -> None:
    body = {"idempotency_key": "one", "incident_id": declare().id, "message": "Hello"}
    assert api("viewer").post(PATH, body).status_code == 403


def test_a_longer_list_costs_no_more_statements(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient
) -> None:
    incident = declare()
    path = f"{PATH}?incident_id={incident.id}&page_size=250"
    few = statements(everyone, path)
    for number in range(12):
        say(incident, str(number), nora.actor)
    assert statements(everyone, path) == few == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [(f"incident_id={UNKNOWN}", 404), ("incident_id=%00", 422), ("page_size=251", 422), ("after=INC-1", 422)],
)
def test_a_wrong_question_is_told(everyone: ApiClient, query: str, status: int) -> None:
    assert everyone.get(f"{PATH}?{query}").status_code == status
