"""incident.io's own Python client: declaring, showing, editing and listing incidents in V2."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from incident_io.api.custom_field_options_v1 import custom_field_options_v1_create
from incident_io.api.custom_fields_v2 import custom_fields_v2_create
from incident_io.api.incident_roles_v2 import incident_roles_v2_list
from incident_io.api.incident_statuses_v1 import incident_statuses_v1_list
from incident_io.api.incident_timestamps_v2 import incident_timestamps_v2_list
from incident_io.api.incidents_v2 import (
    incidents_v2_create,
    incidents_v2_edit,
    incidents_v2_import_postmortem_document,
    incidents_v2_list,
    incidents_v2_show,
)
from incident_io.api.severities_v1 import severities_v1_list
from incident_io.models import (
    CustomFieldOptionsCreatePayloadV1,
    CustomFieldsCreatePayloadV2,
    IncidentsCreatePayloadV2,
    IncidentsEditPayloadV2,
    IncidentsImportPostmortemDocumentPayloadV2,
    IncidentsV2ListCreatedAt,
    IncidentsV2ListCustomField,
    IncidentsV2ListFilterMode,
    IncidentsV2ListIncidentRole,
    IncidentsV2ListIncidentType,
    IncidentsV2ListMode,
    IncidentsV2ListSeverity,
    IncidentsV2ListSortBy,
    IncidentsV2ListStatus,
    IncidentsV2ListStatusCategory,
    IncidentsV2ListUpdatedAt,
    IncidentV2,
)
from incident_io.types import UNSET

from accounts.models import User
from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
Declared = Callable[..., IncidentV2]
FILTERS = {
    "status": IncidentsV2ListStatus,
    "status_category": IncidentsV2ListStatusCategory,
    "created_at": IncidentsV2ListCreatedAt,
    "updated_at": IncidentsV2ListUpdatedAt,
    "severity": IncidentsV2ListSeverity,
    "incident_type": IncidentsV2ListIncidentType,
    "incident_role": IncidentsV2ListIncidentRole,
    "custom_field": IncidentsV2ListCustomField,
    "mode": IncidentsV2ListMode,
}
EVERYONE = ["Checkout is down", "Quiet", "Secret"]
TODAY = datetime.now(UTC).date().isoformat()
STARTED = "2026-03-01T08:30:00.123456+00:00"


@pytest.fixture
def words(sdk: Sdk) -> SimpleNamespace:
    """The ids of what the hub is configured with, by name."""
    field = {"name": "Product", "description": "", "field_type": "single_select"}
    made = sdk(custom_fields_v2_create, body=CustomFieldsCreatePayloadV2.from_dict(field)).custom_field
    option = CustomFieldOptionsCreatePayloadV1(custom_field_id=made.id, value="Checkout")
    roles = sdk(incident_roles_v2_list).incident_roles
    return SimpleNamespace(
        field=made.id,
        option=sdk(custom_field_options_v1_create, body=option).custom_field_option.id,
        lead=next(role.id for role in roles if role.role_type == "lead"),
        reporter=next(role.id for role in roles if role.role_type == "reporter"),
        severities={row.name: row.id for row in sdk(severities_v1_list).severities},
        statuses={row.name: row.id for row in sdk(incident_statuses_v1_list).incident_statuses},
        timestamps={row.name: row.id for row in sdk(incident_timestamps_v2_list).incident_timestamps},
    )


def everything(words: SimpleNamespace, nora: User) -> dict[str, Any]:
    """Every optional part of a declare that needs no special right."""
    return {
        "name": "Checkout is down",
        "summary": "Nobody can pay\n\n*at all*",
        "severity_id": words.severities["Critical"],
        "incident_status_id": words.statuses["Fixing"],
        "mode": "standard",
        "custom_field_entries": [{"custom_field_id": words.field, "values": [{"value_option_id": words.option}]}],
        "incident_role_assignments": [{"incident_role_id": words.lead, "assignee": {"email": nora.email}}],
        "incident_timestamp_values": [
            {"incident_timestamp_id": words.timestamps["Impact started at"], "value": STARTED}
        ],
    }


def listed(sdk: Sdk, **filters: Any) -> list[str]:
    """The names of the incidents a filtered list has, oldest first."""
    asked = {name: FILTERS[name].from_dict(value) if name in FILTERS else value for name, value in filters.items()}
    oldest = IncidentsV2ListSortBy.CREATED_AT_OLDEST_FIRST
    return [row.name for row in sdk(incidents_v2_list, sort_by=oldest, **asked).incidents]


def test_a_declared_incident_says_all_that_was_said(declared: Declared, words: SimpleNamespace, nora: User) -> None:
    made = declared(**everything(words, nora))
    assert (made.name, made.summary) == ("Checkout is down", "Nobody can pay\n\n*at all*")
    assert (made.severity.name, made.incident_status.name, made.mode) == ("Critical", "Fixing", "standard")
    assert made.incident_status.category == "live"
    entry = next(entry for entry in made.custom_field_entries if entry.custom_field.id == words.field)
    assert entry.values[0].value_option.value == "Checkout"
    assert [option.value for option in entry.custom_field.options] == ["Checkout"]
    lead = next(held for held in made.incident_role_assignments if held.role.id == words.lead)
    assert (lead.assignee.id, lead.assignee.email, lead.role.required) == (nora.id, nora.email, False)
    stamps = {stamp.incident_timestamp.name: stamp.value for stamp in made.incident_timestamp_values}
    assert stamps["Impact started at"].value == datetime.fromisoformat(STARTED)
    assert stamps["Reported at"].value <= made.created_at
    assert stamps["Closed at"] is UNSET


def test_a_bare_incident_leaves_out_what_it_has_not(sdk: Sdk, declared: Declared) -> None:
    made = declared()
    assert (made.reference, made.incident_status.category) == ("INC-1", "triage")
    assert {made.severity, made.summary, made.call_url} == {UNSET}
    assert made.creator.api_key.name == "Zendesk"
    assert made.creator.user is UNSET
    assert (made.slack_channel_id, made.slack_team_id, made.team_ids, made.has_debrief) == ("", "", [], False)
    assert made.incident_type.is_default
    assert made.permalink == f"http://hub.test/incidents/{made.id}"
    assert made.created_at <= made.last_activity_at <= datetime.now(UTC)
    assert sdk(incidents_v2_show, id=made.id).incident == made
    assert sdk(incidents_v2_show, id="1").incident == made


def test_a_repeated_declare_is_the_same_incident(sdk: Sdk, declared: Declared) -> None:
    made = declared(idempotency_key="alert-1")
    body = {"idempotency_key": "alert-1", "visibility": "public", "name": "Another name"}
    again = sdk.detailed(incidents_v2_create, body=IncidentsCreatePayloadV2.from_dict(body))
    assert again.parsed.incident.id == made.id
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_retrospective_incident_starts_closed(declared: Declared, words: SimpleNamespace) -> None:
    options = {"postmortem_document_url": "https://wiki.test/postmortem"}
    severity = words.severities["Minor"]
    made = declared(mode="retrospective", severity_id=severity, retrospective_incident_options=options)
    assert (made.mode, made.incident_status.category) == ("retrospective", "closed")
    assert made.postmortem_document_url == "https://wiki.test/postmortem"


def test_an_edit_changes_what_it_names(sdk: Sdk, declared: Declared, words: SimpleNamespace, nora: User) -> None:
    made = declared(**everything(words, nora))
    said = {
        "name": "Checkout is back",
        "call_url": "https://meet.test/1",
        "severity_id": words.severities["Minor"],
        "incident_status_id": words.statuses["Monitoring"],
        "custom_field_entries": [{"custom_field_id": words.field, "values": []}],
        "incident_role_assignments": [{"incident_role_id": words.lead}],
        "incident_timestamp_values": [{"incident_timestamp_id": words.timestamps["Impact started at"]}],
    }
    body = IncidentsEditPayloadV2.from_dict({"incident": said, "notify_incident_channel": False})
    edited = sdk(incidents_v2_edit, id=made.id, body=body).incident
    assert (edited.name, edited.call_url, edited.summary) == ("Checkout is back", "https://meet.test/1", made.summary)
    assert (edited.severity.name, edited.incident_status.name) == ("Minor", "Monitoring")
    assert next(entry.values for entry in edited.custom_field_entries if entry.custom_field.id == words.field) == []
    assert next(held.assignee for held in edited.incident_role_assignments if held.role.id == words.lead) is UNSET
    assert edited.updated_at > made.updated_at
    assert sdk(incidents_v2_show, id=made.id).incident == edited


def test_the_reporter_cannot_be_assigned_later(
    sdk: Sdk, declared: Declared, words: SimpleNamespace, nora: User
) -> None:
    said = {"incident_role_assignments": [{"incident_role_id": words.reporter, "assignee": {"id": nora.id}}]}
    body = IncidentsEditPayloadV2.from_dict({"incident": said, "notify_incident_channel": False})
    refusal = sdk.refusal(incidents_v2_edit, id=declared().id, body=body)
    assert (refusal.status, refusal.type_) == (422, "validation_error")
    assert refusal.errors[0].source.pointer.startswith("incident.incident_role_assignments")


def test_each_filter_finds_what_it_should(sdk: Sdk, declared: Declared, words: SimpleNamespace, nora: User) -> None:
    full = declared(**everything(words, nora))
    declared(name="Quiet")
    declared(name="Rehearsal", mode="test")
    declared(name="Secret", visibility="private", severity_id=words.severities["Minor"])
    assert listed(sdk) == listed(sdk, incident_type={"one_of": [full.incident_type.id]}) == EVERYONE
    for name, operators, expected in [
        ("status", {"one_of": [words.statuses["Fixing"], words.statuses["Closed"]]}, ["Checkout is down"]),
        ("status", {"not_in": [words.statuses["Triage"]]}, ["Checkout is down"]),
        ("status_category", {"one_of": ["live", "learning"]}, ["Checkout is down"]),
        ("status_category", {"not_in": ["live"]}, ["Quiet", "Secret"]),
        ("severity", {"gte": [words.severities["Major"]]}, ["Checkout is down"]),
        ("severity", {"one_of": [words.severities["Minor"], words.severities["Major"]]}, ["Secret"]),
        ("incident_type", {"not_in": [full.incident_type.id]}, []),
        ("incident_role", {words.lead: {"one_of": [nora.id]}}, ["Checkout is down"]),
        ("incident_role", {words.lead: {"is_blank": ["true"]}}, ["Quiet", "Secret"]),
        ("custom_field", {words.field: {"one_of": [words.option]}}, ["Checkout is down"]),
        ("mode", {"one_of": ["test"]}, ["Rehearsal"]),
    ]:
        assert listed(sdk, **{name: operators}) == expected, (name, operators)


def test_instants_bound_a_list(sdk: Sdk, declared: Declared) -> None:
    first, second = declared(name="First"), declared(name="Second")
    for name in ("created_at", "updated_at"):
        instant = getattr(second, name).isoformat()
        assert listed(sdk, **{name: {"gte": [instant]}}) == ["Second"]
        assert listed(sdk, **{name: {"lte": [getattr(first, name).isoformat()]}}) == ["First"]
        assert listed(sdk, **{name: {"lte": [TODAY]}}) == ["First", "Second"]
        assert listed(sdk, **{name: {"date_range": [f"2024-12-02~{TODAY}"]}}) == ["First", "Second"]
        assert listed(sdk, **{name: {"date_range": ["2024-12-02~2024-12-08"]}}) == []


def test_filters_narrow_or_widen(sdk: Sdk, declared: Declared, words: SimpleNamespace) -> None:
    declared(name="Minor", severity_id=words.severities["Minor"])
    declared(name="Fixing", incident_status_id=words.statuses["Fixing"], severity_id=words.severities["Major"])
    both = {"severity": {"one_of": [words.severities["Minor"]]}, "status_category": {"one_of": ["live"]}}
    assert listed(sdk, **both) == []
    assert listed(sdk, filter_mode=IncidentsV2ListFilterMode.ANY, **both) == ["Minor", "Fixing"]


@pytest.mark.parametrize("order", list(IncidentsV2ListSortBy))
def test_both_ways_of_paging_end(sdk: Sdk, declared: Declared, order: IncidentsV2ListSortBy) -> None:
    made = [declared().id for _ in range(4)]
    if order is IncidentsV2ListSortBy.CREATED_AT_NEWEST_FIRST:
        made.reverse()
    first = sdk(incidents_v2_list, page_size=2, sort_by=order)
    last = sdk(incidents_v2_list, page_size=2, sort_by=order, after=first.pagination_meta.after)
    assert [row.id for row in first.incidents + last.incidents] == made
    assert first.pagination_meta.total_record_count == 4
    assert last.pagination_meta.after is UNSET
    beyond = sdk(incidents_v2_list, page_size=2, sort_by=order, after=made[-1])
    assert (beyond.incidents, beyond.pagination_meta.after) == ([], UNSET)


def test_it_imports_a_postmortem(sdk: Sdk, declared: Declared) -> None:
    body = IncidentsImportPostmortemDocumentPayloadV2(title="What we learnt", content="# Learnt\n\nA lot.")
    incident = declared()
    document = sdk(incidents_v2_import_postmortem_document, id=incident.id, body=body).postmortem_document
    assert (document.title, document.incident_id) == ("What we learnt", incident.id)
    assert sdk(incidents_v2_show, id=incident.id).incident.postmortem_document_ids == [document.id]


def test_it_understands_our_refusals(sdk: Sdk) -> None:
    refusal = sdk.refusal(incidents_v2_show, id="01HZZZZZZZZZZZZZZZZZZZZZZZ")
    assert (refusal.status, refusal.type_, refusal.errors[0].code) == (404, "not_found", "not_found")
    unknown = IncidentsV2ListSeverity.from_dict({"one_of": ["01HZZZZZZZZZZZZZZZZZZZZZZZ"]})
    refusal = sdk.refusal(incidents_v2_list, severity=unknown)
    assert (refusal.status, refusal.errors[0].source.pointer) == (422, "severity[one_of]")
