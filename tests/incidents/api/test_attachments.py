"""/v1/incident_attachments: list, attach, detach."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.attachments import Resource, attach
from incidents.models import Attachment, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

PATH = "/v1/incident_attachments"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
TICKET = {"resource_type": "zendesk_ticket", "external_id": "48"}


def body(incident: Incident, **resource: Any) -> dict[str, Any]:
    return {"incident_id": incident.id, "resource": TICKET | resource}


def listed(client: ApiClient, query: str) -> list[str]:
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 200, response.content
    return [attachment["resource"]["external_id"] for attachment in response.json()["incident_attachments"]]


def test_a_ticket_is_attached_once(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident = declare()
    first = everyone.post(PATH, body(incident))
    again = everyone.post(PATH, body(incident, title=None, url=""))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {
        "incident_attachment": {
            "id": Attachment.objects.get().id,
            "incident_id": incident.id,
            "resource": {"resource_type": "zendesk_ticket", "external_id": "48", "title": "48", "permalink": ""},
        }
    }  # fmt: skip


def test_it_is_detached(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    attachment = attach(SYSTEM, declare().id, Resource(**TICKET))
    gone = everyone.delete(f"{PATH}/{attachment.id}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert everyone.delete(f"{PATH}/{attachment.id}").status_code == 404


def test_the_list_is_that_of_an_incident_or_of_a_resource(
    declare: Callable[..., Incident], everyone: ApiClient
) -> None:
    incident, other = declare(), declare()
    for on, number in ((incident, "48"), (incident, "49"), (other, "48")):
        attach(SYSTEM, on.id, Resource("zendesk_ticket", external_id=number))
    attach(SYSTEM, other.id, Resource("jira_issue", external_id="48"))
    assert listed(everyone, f"incident_id={incident.id}") == ["48", "49"]
    assert listed(everyone, "resource_type=zendesk_ticket&external_id=48") == ["48", "48"]
    assert listed(everyone, f"incident_id={other.id}&resource_type=jira_issue") == ["48"]
    assert listed(everyone, "resource_type=zendesk_ticket&external_id=50") == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 422, "external_id"),
        ("external_id=48", 422, "resource_type"),
        ("resource_type=zendesk_ticket", 422, "external_id"),
        ("external_id=48&resource_type=pigeon", 422, "resource_type"),
        (f"incident_id={UNKNOWN}", 404, "incident_id"),
        ("incident_id=INC-1", 404, "incident_id"),
    ],
)
def test_a_list_of_everything_is_refused(everyone: ApiClient, query: str, status: int, field: str) -> None:
    response = everyone.get(f"{PATH}?{query}")
    assert (response.status_code, response.json()["errors"][0]["source"]["field"]) == (status, field)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"resource_type": "pigeon"}, "resource.resource_type"),
        ({"resource_type": None}, "resource.resource_type"),
        ({"external_id": 48}, "resource.external_id"),
        ({"external_id": None}, "resource.external_id"),
        ({"url": "https://a.example"}, "resource.url"),
        ({"title": "Ticket"}, "resource.title"),
        ({"external_id": "x" * 501}, "resource.external_id"),
        ({"external_id": "4\0"}, "resource.external_id"),
    ],
)
def test_a_wrong_resource_is_named(
    declare: Callable[..., Incident], everyone: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    response = everyone.post(PATH, body(declare(), **wrong))
    assert response.status_code == 422
    assert response.json()["errors"][0]["source"]["pointer"] == pointer


@pytest.mark.parametrize("incident_id", [UNKNOWN, UNKNOWN.lower(), "", 7, None])
def test_an_unknown_incident_in_the_body_is_a_wrong_value(everyone: ApiClient, incident_id: Any) -> None:
    response = everyone.post(PATH, {"incident_id": incident_id, "resource": TICKET})
    assert (response.status_code, response.json()["errors"][0]["source"]["field"]) == (422, "incident_id")


def test_a_longer_list_costs_no_more_statements(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident = declare()
    assert statements(everyone, f"{PATH}?incident_id={incident.id}") == 3
    for number in range(20):
        attach(SYSTEM, incident.id, Resource("zendesk_ticket", external_id=str(number)))
    assert statements(everyone, f"{PATH}?incident_id={incident.id}") == 3
