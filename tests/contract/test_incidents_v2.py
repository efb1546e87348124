"""Incidents of V2 against the published contract."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.custom_fields import create_custom_field, create_option
from catalog.models import CatalogAlias, CatalogEntry, CatalogType, IncidentStatus, IncidentTimestamp
from events.actors import Actor
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.contract.contract import Walk

PROVES = ("/v2/incidents",)
LITERALS = {
    "text": {"value_text": "as is "},
    "link": {"value_link": "https://zendesk.test/tickets/7"},
    "numeric": {"value_numeric": "123.4560"},
}


@pytest.fixture
def entries() -> list[dict[str, Any]]:
    """What sets a field of each type, one of them to an entry of the catalog."""
    made = []
    for kind, value in LITERALS.items():
        field = create_custom_field(SYSTEM, name=f"A {kind}", description="", field_type=kind)
        made.append({"custom_field_id": field.pk, "values": [value]})
    for kind in ("single_select", "multi_select"):
        field = create_custom_field(SYSTEM, name=f"A {kind}", description="", field_type=kind)
        option = create_option(SYSTEM, field, value="One")
        made.append({"custom_field_id": field.pk, "values": [{"value_option_id": option.pk}]})
    service = CatalogType.objects.create(name="Service", type_name='Custom["Service"]')
    entry = CatalogEntry.objects.create(name="Payments", catalog_type=service, external_id="payments")
    CatalogAlias.objects.create(catalog_type=service, entry=entry, place=0, value="pay")
    field = create_custom_field(
        SYSTEM, name="Affected", description="", field_type="multi_select", catalog_type_id=service.pk
    )
    create_custom_field(SYSTEM, name="Unset", description="", field_type="text")
    return [*made, {"custom_field_id": field.pk, "values": [{"value_catalog_entry_id": "pay"}]}]


@pytest.fixture
def full(entries: list[dict[str, Any]], nora: User) -> dict[str, Any]:
    """What a declare and an edit can both say."""
    words = snapshot.current()
    lead = next(pk for pk, role in words.roles.items() if role.role_type == "lead")
    stamp = IncidentTimestamp.objects.get(name="Impact started at")
    return {
        "name": "Checkout is down",
        "summary": "Nobody can pay",
        "severity_id": next(iter(words.severities)),
        "incident_status_id": IncidentStatus.objects.get(name="Fixing").pk,
        "custom_field_entries": entries,
        "incident_role_assignments": [{"incident_role_id": lead, "assignee": {"id": nora.pk}}],
        "incident_timestamp_values": [{"incident_timestamp_id": stamp.pk, "value": "2026-11-24T04:00:00.5Z"}],
        "slack_channel_name_override": "inc-checkout",
    }


def walk_declares(walk: Walk, full: dict[str, Any]) -> tuple[str, str]:
    """One incident that says everything, one that says nothing and is private."""
    shared = {"visibility": "public", "mode": "retrospective", "slack_team_id": "T1"}
    options = {"external_id": 4711, "postmortem_document_url": "https://docs.test/1", "slack_channel_id": "C1"}
    body = full | shared | {"idempotency_key": "full", "retrospective_incident_options": options}
    public = walk("post", "/v2/incidents", body)["incident"]
    bare = walk("post", "/v2/incidents", {"idempotency_key": "bare", "visibility": "private"})["incident"]
    for mode in ("standard", "test", "tutorial"):
        walk("post", "/v2/incidents", {"idempotency_key": mode, "visibility": "public", "mode": mode})
    return public["id"], bare["id"]


def walk_edits(walk: Walk, pk: str, full: dict[str, Any]) -> None:
    path = "/v2/incidents/{id}/actions/edit"
    edited = full | {"call_url": "https://meet.test/1"}
    walk("post", path, {"incident": edited, "notify_incident_channel": True}, id=pk)
    cleared = {
        "custom_field_entries": [entry | {"values": []} for entry in full["custom_field_entries"]],
        "incident_role_assignments": [
            {"incident_role_id": part["incident_role_id"]} for part in full["incident_role_assignments"]
        ],
        "incident_timestamp_values": [
            {"incident_timestamp_id": entry["incident_timestamp_id"]} for entry in full["incident_timestamp_values"]
        ],
    }
    walk("post", path, {"incident": cleared, "notify_incident_channel": False}, id=pk)
    closed = {"incident_status_id": IncidentStatus.objects.get(name="Closed").pk}
    walk("post", path, {"incident": closed, "notify_incident_channel": False}, id=pk)


def test_every_operation_takes_and_answers_what_the_contract_says(
    walk: Walk, full: dict[str, Any], nora: User, declare: Callable[..., Incident]
) -> None:
    public, private = walk_declares(walk, full)
    for actor in (nora.actor, Actor("workflow", public, "Escalate"), Actor("alert", public, "CPU")):
        declare(actor)
    walk_edits(walk, private, full)
    document = {"title": "What we learned", "content": "# It was DNS\n"}
    walk("post", "/v2/incidents/{id}/actions/import_postmortem_document", document, id=private)
    for named in (public, private, "4711"):
        walk("get", "/v2/incidents/{id}", id=named)
    walk("get", "/v2/incidents", query="?page_size=250")
    walk("get", "/v2/incidents/{id}/workflow_explanations", id=public)
    walk("get", "/v2/incidents", query="?page_size=1&mode[one_of]=retrospective")
    assert walk.left_out(PROVES) == set()
