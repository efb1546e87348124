"""The community's Python client of 2025: strict about every enumerated value, unaware of anything newer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from incident_io_client import AuthenticatedClient
from incident_io_client.api.actions_v1 import actions_v1_list, actions_v1_show
from incident_io_client.api.actions_v2 import actions_v2_list, actions_v2_show
from incident_io_client.api.alert_events_v2 import alert_events_v2_create_http
from incident_io_client.api.catalog_v2 import (
    catalog_v2_create_entry,
    catalog_v2_create_type,
    catalog_v2_destroy_entry,
    catalog_v2_destroy_type,
    catalog_v2_list_entries,
    catalog_v2_list_resources,
    catalog_v2_list_types,
    catalog_v2_show_entry,
    catalog_v2_show_type,
    catalog_v2_update_entry,
    catalog_v2_update_type,
    catalog_v2_update_type_schema,
)
from incident_io_client.api.custom_field_options_v1 import (
    custom_field_options_v1_create,
    custom_field_options_v1_delete,
    custom_field_options_v1_list,
    custom_field_options_v1_show,
    custom_field_options_v1_update,
)
from incident_io_client.api.custom_fields_v1 import custom_fields_v1_list, custom_fields_v1_show
from incident_io_client.api.custom_fields_v2 import (
    custom_fields_v2_create,
    custom_fields_v2_delete,
    custom_fields_v2_list,
    custom_fields_v2_show,
    custom_fields_v2_update,
)
from incident_io_client.api.follow_ups_v2 import follow_ups_v2_list, follow_ups_v2_show
from incident_io_client.api.incident_attachments_v1 import (
    incident_attachments_v1_create,
    incident_attachments_v1_delete,
    incident_attachments_v1_list,
)
from incident_io_client.api.incident_memberships_v1 import (
    incident_memberships_v1_create,
    incident_memberships_v1_revoke,
)
from incident_io_client.api.incident_roles_v1 import incident_roles_v1_list
from incident_io_client.api.incident_roles_v2 import (
    incident_roles_v2_create,
    incident_roles_v2_delete,
    incident_roles_v2_list,
    incident_roles_v2_show,
    incident_roles_v2_update,
)
from incident_io_client.api.incident_statuses_v1 import (
    incident_statuses_v1_create,
    incident_statuses_v1_delete,
    incident_statuses_v1_list,
)
from incident_io_client.api.incident_timestamps_v2 import incident_timestamps_v2_list, incident_timestamps_v2_show
from incident_io_client.api.incident_types_v1 import incident_types_v1_list, incident_types_v1_show
from incident_io_client.api.incident_updates_v2 import incident_updates_v2_list
from incident_io_client.api.incidents_v1 import incidents_v1_create, incidents_v1_list, incidents_v1_show
from incident_io_client.api.incidents_v2 import (
    incidents_v2_create,
    incidents_v2_edit,
    incidents_v2_list,
    incidents_v2_show,
)
from incident_io_client.api.managed_resources_v2 import managed_resources_v2_create_managed_resource
from incident_io_client.api.severities_v1 import (
    severities_v1_create,
    severities_v1_delete,
    severities_v1_list,
    severities_v1_show,
    severities_v1_update,
)
from incident_io_client.api.users_v2 import users_v2_list, users_v2_show
from incident_io_client.api.utilities_v1 import utilities_v1_identity, utilities_v1_open_apiv3
from incident_io_client.api.workflows_v2 import (
    workflows_v2_create_workflow,
    workflows_v2_destroy_workflow,
    workflows_v2_list_workflows,
    workflows_v2_show_workflow,
    workflows_v2_update_workflow,
)
from incident_io_client.errors import UnexpectedStatus
from incident_io_client.models import (
    AlertEventsV2CreateHTTPRequestBody,
    CatalogV2CreateEntryRequestBody,
    CatalogV2CreateTypeRequestBody,
    CatalogV2UpdateEntryRequestBody,
    CatalogV2UpdateTypeRequestBody,
    CatalogV2UpdateTypeSchemaRequestBody,
    CreateWorkflowPayload,
    CustomFieldOptionsV1CreateRequestBody,
    CustomFieldOptionsV1UpdateRequestBody,
    CustomFieldsV2CreateRequestBody,
    CustomFieldsV2UpdateRequestBody,
    IdentityV1RolesItem,
    IncidentAttachmentsV1CreateRequestBody,
    IncidentCreatePayloadV2,
    IncidentMembershipsV1CreateRequestBody,
    IncidentMembershipsV1RevokeRequestBody,
    IncidentRolesV2CreateRequestBody,
    IncidentRolesV2UpdateRequestBody,
    IncidentStatusesV1CreateRequestBody,
    IncidentsV1CreateRequestBody,
    IncidentsV2EditRequestBody,
    IncidentV2,
    ManagedResourcesV2CreateManagedResourceRequestBody,
    SeveritiesV1CreateRequestBody,
    SeveritiesV1UpdateRequestBody,
    UpdateWorkflowPayload,
)
from incident_io_client.types import UNSET

from accounts.models import User
from incidents.actions import create_action
from incidents.alert_sources import create_alert_source
from incidents.follow_ups import create_follow_up
from tests.clients.conftest import Sdk
from tests.conftest import SYSTEM, ApiClient

pytestmark = pytest.mark.django_db(transaction=True)
ROLES = [role.value for role in IdentityV1RolesItem]
TELL = {
    "name": "Tell",
    "once_for": ["incident"],
    "condition_groups": [],
    "expressions": [],
    "steps": [],
    "runs_on_incident_modes": ["standard"],
    "runs_on_incidents": "newly_created",
    "continue_on_step_error": False,
    "include_private_incidents": False,
}
Declared = Callable[..., IncidentV2]


@pytest.fixture
def older(api: Callable[..., ApiClient], live_server: object, noted: Any) -> Iterator[Sdk]:
    """The client with a key of the roles it knows: others would be too much for it."""
    token = api(*ROLES).token or ""
    hooks = {"event_hooks": {"response": [noted]}}
    with AuthenticatedClient(
        base_url=str(live_server), token=token, raise_on_unexpected_status=True, httpx_args=hooks
    ) as client:
        yield Sdk(client)


@pytest.fixture
def declared(older: Sdk) -> Declared:
    def make(key: str, **said: Any) -> IncidentV2:
        said = {"idempotency_key": key, "visibility": "public"} | said
        return older(incidents_v2_create, body=IncidentCreatePayloadV2.from_dict(said)).incident

    return make


def test_it_knows_itself(older: Sdk) -> None:
    identity = older(utilities_v1_identity).identity
    assert (identity.name, identity.dashboard_url) == ("Zendesk", "http://hub.test")
    assert {role.value for role in identity.roles} == set(ROLES)
    assert older.detailed(utilities_v1_open_apiv3).status_code == 200


def test_it_declares_as_before(older: Sdk) -> None:
    body = IncidentsV1CreateRequestBody.from_dict({"idempotency_key": "z", "visibility": "public", "name": "Till"})
    made = older(incidents_v1_create, body=body).incident
    assert (made.name, made.status, made.creator.api_key.name) == ("Till", "triage", "Zendesk")
    assert older(incidents_v1_create, body=body).incident == made
    assert older(incidents_v1_show, id=made.id).incident == made
    assert older(incidents_v1_list, status=["triage", "fixing"]).incidents == [made]


def test_it_declares_edits_and_lists(older: Sdk, declared: Declared, nora: User) -> None:
    severity = older(severities_v1_list).severities[2]
    lead = older(incident_roles_v2_list).incident_roles[0]
    held = [{"incident_role_id": lead.id, "assignee": {"email": nora.email}}]
    made = declared("a", name="Till", severity_id=severity.id, incident_role_assignments=held)
    assert (made.name, made.severity.name, made.incident_status.category) == ("Till", "Critical", "triage")
    assert next(row.assignee.name for row in made.incident_role_assignments if row.role.id == lead.id) == nora.name
    said = {"incident": {"name": "Tills"}, "notify_incident_channel": False}
    edited = older(incidents_v2_edit, id=made.id, body=IncidentsV2EditRequestBody.from_dict(said)).incident
    assert (edited.name, edited.severity) == ("Tills", made.severity)
    assert older(incidents_v2_show, id=made.id).incident == edited
    second = declared("b", mode="retrospective", severity_id=severity.id)
    page = older(incidents_v2_list, page_size=1)
    assert (page.incidents, page.pagination_meta.total_record_count) == ([second], 2)
    last = older(incidents_v2_list, page_size=1, after=page.pagination_meta.after)
    assert (last.incidents, last.pagination_meta.after) == ([edited], UNSET)


def test_it_reads_what_was_done(older: Sdk, declared: Declared, nora: User) -> None:
    incident = declared("a").id
    action = create_action(nora.actor, incident, description="Fail over", assignee_id=nora.id)
    follow_up = create_follow_up(nora.actor, incident, title="Write it down")
    shown = older(actions_v2_show, id=action.id).action
    assert (shown.description, shown.assignee.name, shown.status) == ("Fail over", nora.name, "outstanding")
    assert older(actions_v2_list, incident_id=incident).actions == [shown]
    shown = older(follow_ups_v2_show, id=follow_up.id).follow_up
    assert (shown.title, shown.assignee, shown.incident_id) == ("Write it down", UNSET, incident)
    assert older(follow_ups_v2_list, incident_id=incident).follow_ups == [shown]
    assert {row.follow_up for row in older(actions_v1_list, incident_id=incident).actions} == {True, False}
    assert older(actions_v1_show, id=action.id).action.description == "Fail over"
    (update,) = older(incident_updates_v2_list, incident_id=incident).incident_updates
    assert (update.new_incident_status.category, update.updater.api_key.name) == ("triage", "Zendesk")
    stamps = older(incident_timestamps_v2_list).incident_timestamps
    assert older(incident_timestamps_v2_show, id=stamps[0].id).incident_timestamp.name == "Reported at"


def test_it_attaches_and_lets_in(older: Sdk, declared: Declared, nora: User) -> None:
    incident = declared("a", visibility="private")
    ticket = {"incident_id": incident.id, "resource": {"resource_type": "zendesk_ticket", "external_id": "4711"}}
    body = IncidentAttachmentsV1CreateRequestBody.from_dict(ticket)
    made = older(incident_attachments_v1_create, body=body).incident_attachment
    assert (made.resource.external_id, made.resource.resource_type) == ("4711", "zendesk_ticket")
    assert older(incident_attachments_v1_list, incident_id=incident.id).incident_attachments == [made]
    assert older.detailed(incident_attachments_v1_delete, id=made.id).status_code == 204
    membership = {"incident_id": incident.id, "user_id": nora.id}
    body = IncidentMembershipsV1CreateRequestBody.from_dict(membership)
    assert older(incident_memberships_v1_create, body=body).incident_membership.user.id == nora.id
    body = IncidentMembershipsV1RevokeRequestBody.from_dict(membership)
    assert older.detailed(incident_memberships_v1_revoke, body=body).status_code == 204


def test_it_configures_severities_and_statuses(older: Sdk) -> None:
    body = SeveritiesV1CreateRequestBody(name="Odd", description="*odd*", rank=1)
    made = older(severities_v1_create, body=body).severity
    assert (made.rank, made.description) == (1, "*odd*")
    body = SeveritiesV1UpdateRequestBody(name="Odd", description="", rank=0)
    assert older(severities_v1_update, id=made.id, body=body).severity.rank == 0
    assert older(severities_v1_show, id=made.id).severity.description == ""
    assert older.detailed(severities_v1_delete, id=made.id).status_code == 202
    said = {"name": "Odd", "description": "", "category": "live"}
    status = older(incident_statuses_v1_create, body=IncidentStatusesV1CreateRequestBody.from_dict(said))
    assert status.incident_status in older(incident_statuses_v1_list).incident_statuses
    assert older.detailed(incident_statuses_v1_delete, id=status.incident_status.id).status_code == 202
    (default,) = older(incident_types_v1_list).incident_types
    assert older(incident_types_v1_show, id=default.id).incident_type == default


def test_it_configures_roles(older: Sdk) -> None:
    said = {"name": "Scribe", "description": "Writes", "instructions": "", "shortform": "scribe"}
    made = older(incident_roles_v2_create, body=IncidentRolesV2CreateRequestBody.from_dict(said)).incident_role
    body = IncidentRolesV2UpdateRequestBody.from_dict(said | {"instructions": "Write"})
    changed = older(incident_roles_v2_update, id=made.id, body=body).incident_role
    assert (changed.instructions, changed.role_type) == ("Write", "custom")
    assert older(incident_roles_v2_show, id=made.id).incident_role == changed
    assert len(older(incident_roles_v1_list).incident_roles) == 3
    assert older.detailed(incident_roles_v2_delete, id=made.id).status_code == 204


def test_it_configures_fields_and_options(older: Sdk) -> None:
    said = {"name": "Product", "description": "", "field_type": "single_select"}
    field = older(custom_fields_v2_create, body=CustomFieldsV2CreateRequestBody.from_dict(said)).custom_field
    body = CustomFieldOptionsV1CreateRequestBody(custom_field_id=field.id, value="Tills", sort_key=0)
    option = older(custom_field_options_v1_create, body=body).custom_field_option
    body = CustomFieldOptionsV1UpdateRequestBody(value="Checkout", sort_key=5)
    option = older(custom_field_options_v1_update, id=option.id, body=body).custom_field_option
    assert (option.value, option.sort_key) == ("Checkout", 5)
    assert older(custom_field_options_v1_show, id=option.id).custom_field_option == option
    assert older(custom_field_options_v1_list, custom_field_id=field.id).custom_field_options == [option]
    assert [row.value for row in older(custom_fields_v1_show, id=field.id).custom_field.options] == ["Checkout"]
    assert older(custom_fields_v1_list).custom_fields[0].required == "never"
    body = CustomFieldsV2UpdateRequestBody(name="Products", description="")
    assert older(custom_fields_v2_update, id=field.id, body=body).custom_field.name == "Products"
    assert older(custom_fields_v2_list).custom_fields == [older(custom_fields_v2_show, id=field.id).custom_field]
    assert older.detailed(custom_field_options_v1_delete, id=option.id).status_code == 204
    assert older.detailed(custom_fields_v2_delete, id=field.id).status_code == 204


def test_it_catalogues(older: Sdk) -> None:
    kind = CatalogV2CreateTypeRequestBody.from_dict({"name": "Service", "description": "", "color": "pink"})
    made = older(catalog_v2_create_type, body=kind).catalog_type
    attributes = [{"name": "Tier", "type": "String", "array": False}]
    body = CatalogV2UpdateTypeSchemaRequestBody.from_dict({"version": 1, "attributes": attributes})
    (tier,) = older(catalog_v2_update_type_schema, id=made.id, body=body).catalog_type.schema.attributes
    assert (tier.name, tier.type, tier.array) == ("Tier", "String", False)
    said = {"name": "Checkout", "attribute_values": {tier.id: {"value": {"literal": "1"}}}}
    body = CatalogV2CreateEntryRequestBody.from_dict(said | {"catalog_type_id": made.id, "aliases": ["till"]})
    entry = older(catalog_v2_create_entry, body=body).catalog_entry
    assert (entry.aliases, entry.attribute_values[tier.id].value.literal) == (["till"], "1")
    body = CatalogV2UpdateEntryRequestBody.from_dict(said | {"name": "Tills"})
    assert older(catalog_v2_update_entry, id=entry.id, body=body).catalog_entry.name == "Tills"
    assert older(catalog_v2_show_entry, id=entry.id).catalog_entry.name == "Tills"
    assert len(older(catalog_v2_list_entries, catalog_type_id=made.id).catalog_entries) == 1
    assert older.detailed(catalog_v2_destroy_entry, id=entry.id).status_code == 204


def test_it_keeps_types(older: Sdk) -> None:
    made = older(
        catalog_v2_create_type, body=CatalogV2CreateTypeRequestBody(name="Service", description="")
    ).catalog_type
    body = CatalogV2UpdateTypeRequestBody.from_dict({"name": "Services", "description": "Ours", "icon": "server"})
    changed = older(catalog_v2_update_type, id=made.id, body=body).catalog_type
    assert (changed.name, changed.icon, changed.type_name) == ("Services", "server", made.type_name)
    assert older(catalog_v2_show_type, id=made.id).catalog_type == changed
    assert changed in older(catalog_v2_list_types).catalog_types
    assert made.type_name in {row.type for row in older(catalog_v2_list_resources).resources}
    assert older.detailed(catalog_v2_destroy_type, id=made.id).status_code == 204
    with pytest.raises(UnexpectedStatus, match="404"):
        older(catalog_v2_show_type, id=made.id)


def test_it_sends_alerts(older: Sdk) -> None:
    source = create_alert_source(SYSTEM, name="Nagios", source_type="http")
    body = AlertEventsV2CreateHTTPRequestBody.from_dict({"title": "CPU", "status": "firing"})
    told = older(alert_events_v2_create_http, alert_source_config_id=source.id, token=source.secret, body=body)
    assert (told.status, bool(told.deduplication_key)) == ("success", True)


def test_it_automates(older: Sdk) -> None:
    body = CreateWorkflowPayload.from_dict(TELL | {"trigger": "incident.updated", "state": "active"})
    made = older(workflows_v2_create_workflow, body=body).workflow
    assert (made.trigger.name, made.state, made.include_private_incidents) == ("incident.updated", "active", False)
    body = UpdateWorkflowPayload.from_dict(TELL | {"name": "Say"})
    changed = older(workflows_v2_update_workflow, id=made.id, body=body).workflow
    assert (changed.name, changed.version) == ("Say", 2)
    claim = {"resource_type": "workflow", "resource_id": made.id, "annotations": {"incident.io/terraform/version": "5"}}
    body = ManagedResourcesV2CreateManagedResourceRequestBody.from_dict(claim)
    claimed = older(managed_resources_v2_create_managed_resource, body=body).managed_resource
    assert (claimed.managed_by, claimed.resource_type) == ("terraform", "workflow")
    assert older(workflows_v2_show_workflow, id=made.id).management_meta.managed_by == "terraform"
    assert [row.name for row in older(workflows_v2_list_workflows).workflows] == ["Say"]
    assert older.detailed(workflows_v2_destroy_workflow, id=made.id).status_code == 204


def test_it_finds_people(older: Sdk, nora: User) -> None:
    (found,) = older(users_v2_list, email=nora.email).users
    assert (found.id, found.name, found.role, found.base_role.slug) == (nora.id, nora.name, "responder", "responder")
    assert older(users_v2_show, id=nora.id).user == found
