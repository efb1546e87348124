"""Declaring: permissive about what is missing, clear about what is wrong, once per key for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.models import IncidentType
from catalog.severities import archive_severity
from events.models import Event
from events.record import fold, plain
from incidents.changing import own_state
from incidents.models import Incident, IncidentUpdate, Membership
from tests.conftest import SYSTEM, ApiClient

BARE = {"idempotency_key": "zendesk-4711", "visibility": "public"}


@pytest.fixture
def zendesk(api: Callable[..., ApiClient]) -> ApiClient:
    return api("incident_creator")


def severity(name: str) -> str:
    return next(pk for pk, row in snapshot.current().severities.items() if row.name == name)


def test_a_key_and_a_visibility_are_enough(zendesk: ApiClient) -> None:
    answer = zendesk.post("/v1/incidents", BARE)
    assert answer.status_code == 200
    incident = answer.json()["incident"]
    assert incident["reference"] == f"INC-{Incident.objects.get().number}"
    assert incident["status"] == "triage"
    assert incident["mode"] == "real"
    assert incident["name"]
    assert "severity" not in incident
    assert "summary" not in incident
    assert "Idempotent-Replayed" not in answer


def test_the_zendesk_trigger_of_the_readme(zendesk: ApiClient, nora: User) -> None:
    said = {"name": "Checkout fails", "summary": "Three customers", "severity_id": severity("Major")}
    lead = next(pk for pk, row in snapshot.current().roles.items() if row.role_type == "lead")
    said["incident_role_assignments"] = [{"incident_role_id": lead, "assignee": {"slack_user_id": "U0NORA"}}]
    incident = zendesk.post("/v1/incidents", BARE | said).json()["incident"]
    assert incident["name"] == "Checkout fails"
    assert incident["severity"]["name"] == "Major"
    assert incident["creator"] == {"api_key": {"id": zendesk.key.id, "name": "Zendesk"}}
    roles = {entry["role"]["role_type"]: entry.get("assignee") for entry in incident["incident_role_assignments"]}
    assert roles["lead"]["email"] == nora.email
    assert roles["reporter"] is None


def test_the_same_key_again_is_the_same_incident_whatever_the_body(zendesk: ApiClient) -> None:
    first = zendesk.post("/v1/incidents", BARE | {"name": "First"})
    again = zendesk.post("/v1/incidents", BARE | {"name": "Second", "severity_id": "rubbish"})
    assert again.status_code == 200
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Incident.objects.count() == 1


def test_a_refusal_burns_neither_the_key_nor_a_number(zendesk: ApiClient) -> None:
    refused = zendesk.post("/v1/incidents", BARE | {"status": "fixing"})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {
            "code": "is_required",
            "message": "A severity is required to open an incident",
            "source": {"field": "severity_id", "pointer": "severity_id"},
        }
    ]
    number = zendesk.post("/v1/incidents", BARE).json()["incident"]["reference"]
    zendesk.post("/v1/incidents", BARE | {"status": "fixing"})
    zendesk.post("/v1/incidents", BARE | {"idempotency_key": "another", "status": "fixing"})
    after = zendesk.post("/v1/incidents", BARE | {"idempotency_key": "another"}).json()["incident"]["reference"]
    assert int(after[4:]) == int(number[4:]) + 1


def test_every_mistake_is_told_at_once(zendesk: ApiClient) -> None:
    unknown = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
    wrong = {"severity_id": unknown, "incident_type_id": unknown}
    wrong["custom_field_entries"] = [{"custom_field_id": unknown, "values": []}]
    answer = zendesk.post("/v1/incidents", BARE | wrong)
    pointers = [error["source"]["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["incident_type_id", "severity_id", "custom_field_entries.0.custom_field_id"]


def test_null_is_the_same_as_leaving_out(zendesk: ApiClient) -> None:
    nulls = dict.fromkeys(["name", "summary", "severity_id", "custom_field_entries", "status", "mode"])
    assert zendesk.post("/v1/incidents", BARE | nulls).status_code == 200


def test_an_archived_severity_cannot_be_chosen(zendesk: ApiClient) -> None:
    minor = severity("Minor")
    archive_severity(SYSTEM, snapshot.current().severities[minor])
    answer = zendesk.post("/v1/incidents", BARE | {"severity_id": minor})
    assert answer.status_code == 422


def test_a_private_incident_is_replayed_to_its_own_key_only(zendesk: ApiClient, api: Callable[..., ApiClient]) -> None:
    private = BARE | {"visibility": "private", "name": "Breach"}
    made = zendesk.post("/v1/incidents", private).json()["incident"]
    stranger = api("incident_creator", name="Datadog").post("/v1/incidents", private)
    assert stranger.status_code == 409
    assert b"Breach" not in stranger.content
    assert made["id"].encode() not in stranger.content
    trusted = api("incident_creator", "global_access", name="Trusted").post("/v1/incidents", private)
    assert trusted.json()["incident"]["id"] == made["id"]
    assert zendesk.post("/v1/incidents", private).json()["incident"] == made


def test_a_type_may_force_triage_and_privacy(zendesk: ApiClient) -> None:
    kind = IncidentType.objects.create(name="Security", create_in_triage="always", private_incidents_only=True)
    words = {"incident_type_id": kind.id, "status": "fixing", "severity_id": severity("Minor")}
    snapshot._latest = None
    incident = zendesk.post("/v1/incidents", BARE | words).json()["incident"]
    assert incident["status"] == "triage"
    assert incident["visibility"] == "private"


@pytest.mark.parametrize(
    ("asked", "name"), [("investigating", "Investigating"), ("fixing", "Fixing"), ("monitoring", "Monitoring"),
                        ("closed", "Closed"), ("declined", "Declined"), ("triage", "Triage")]
)  # fmt: skip
def test_a_v1_status_starts_the_incident_there(zendesk: ApiClient, asked: str, name: str) -> None:
    body = BARE | {"status": asked, "severity_id": severity("Minor")}
    incident = zendesk.post("/v1/incidents", body).json()["incident"]
    assert incident["status"] == asked
    assert Incident.objects.get(pk=incident["id"]).incident_status.name == name


def test_the_event_of_a_declare_adds_up_to_the_incident(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(nora.actor, visibility="private", severity_id=severity("Major"))
    event = Event.objects.get(subject_id=incident.id)
    state = fold([event])
    own = {name: plain(value) for name, value in own_state(incident).items() if value is not None}
    assert {name: value for name, value in state.items() if "." not in name} == own
    assert (event.type, event.number, event.actor_id) == ("incident.created", 1, nora.id)
    reporter = snapshot.current().reporter_role
    assert reporter is not None
    assert state[f"incident_role_assignments.{reporter.id}"] == nora.id
    assert state[f"memberships.{nora.id}"] == Membership.objects.get().id
    assert state[f"updates.{IncidentUpdate.objects.get().id}"]["new_incident_status_id"] == incident.incident_status_id


def test_a_nameless_incident_takes_its_name_from_the_summary(declare: Callable[..., Incident]) -> None:
    assert declare(name="", summary="\n  Search is slow\nsince noon").name == "Search is slow"
    assert declare(name=" ", summary="x" * 300).name.endswith("…")
    assert "-" in declare(name="", summary="").name


def test_statements_do_not_grow_with_what_is_said(
    zendesk: ApiClient, django_assert_max_num_queries: Any, nora: User
) -> None:
    zendesk.post("/v1/incidents", BARE)
    with django_assert_max_num_queries(14 + 2):  # two are the savepoint of the test's own transaction
        zendesk.post("/v1/incidents", BARE | {"idempotency_key": "another", "severity_id": severity("Minor")})
    with django_assert_max_num_queries(4):
        zendesk.post("/v1/incidents", BARE)
