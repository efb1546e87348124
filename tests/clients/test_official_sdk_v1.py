"""incident.io's own Python client: what it can ask of V1."""

import pytest
from incident_io import AuthenticatedClient
from incident_io.api.api_keys_v1 import (
    api_keys_v1_create,
    api_keys_v1_delete,
    api_keys_v1_list,
    api_keys_v1_rotate,
    api_keys_v1_show,
    api_keys_v1_update,
)
from incident_io.api.custom_field_options_v1 import custom_field_options_v1_create, custom_field_options_v1_list
from incident_io.api.custom_fields_v1 import (
    custom_fields_v1_create,
    custom_fields_v1_delete,
    custom_fields_v1_list,
    custom_fields_v1_show,
    custom_fields_v1_update,
)
from incident_io.api.incident_attachments_v1 import incident_attachments_v1_create, incident_attachments_v1_list
from incident_io.api.incident_roles_v1 import (
    incident_roles_v1_create,
    incident_roles_v1_delete,
    incident_roles_v1_list,
    incident_roles_v1_show,
    incident_roles_v1_update,
)
from incident_io.api.incident_statuses_v1 import incident_statuses_v1_create, incident_statuses_v1_list
from incident_io.api.incident_types_v1 import incident_types_v1_list
from incident_io.api.incidents_v1 import incidents_v1_create, incidents_v1_list, incidents_v1_show
from incident_io.api.severities_v1 import (
    severities_v1_create,
    severities_v1_delete,
    severities_v1_list,
    severities_v1_update,
)
from incident_io.api.utilities_v1 import utilities_v1_identity
from incident_io.models import (
    APIKeysCreatePayloadV1,
    APIKeysRotatePayloadV1,
    APIKeysUpdatePayloadV1,
    CustomFieldOptionsCreatePayloadV1,
    CustomFieldsCreatePayloadV1,
    CustomFieldsUpdatePayloadV1,
    ErrorResponse,
    IncidentAttachmentsCreatePayloadV1,
    IncidentRolesCreatePayloadV1,
    IncidentRolesUpdatePayloadV1,
    IncidentsCreatePayloadV1,
    IncidentStatusesCreatePayloadV1,
    SeveritiesCreatePayloadV1,
    SeveritiesUpdatePayloadV1,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
SHOWN = dict.fromkeys(("show_before_creation", "show_before_closure", "show_before_update"), False)


def ticket_declare(client: AuthenticatedClient) -> IncidentsCreatePayloadV1:
    """A declare with a link field that was made for it."""
    field = {"name": "Ticket", "description": "", "field_type": "link"} | SHOWN
    made = custom_fields_v1_create.sync(client=client, body=CustomFieldsCreatePayloadV1.from_dict(field)).custom_field
    entry = {"custom_field_id": made.id, "values": [{"value_link": "https://zendesk.test/1"}]}
    said = {"idempotency_key": "zendesk-1", "visibility": "public", "custom_field_entries": [entry]}
    return IncidentsCreatePayloadV1.from_dict(said)


def test_it_declares_shows_and_lists(client: AuthenticatedClient) -> None:
    payload = ticket_declare(client)
    made = incidents_v1_create.sync(client=client, body=payload).incident
    again = incidents_v1_create.sync_detailed(client=client, body=payload)
    assert (made.status, made.severity) == ("triage", UNSET)
    assert made.creator.api_key.name == "Zendesk"
    assert made.custom_field_entries[0].values[0].value_link == "https://zendesk.test/1"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.parsed.incident.id == made.id
    assert incidents_v1_show.sync(id=made.id, client=client).incident == made
    assert [row.id for row in incidents_v1_list.sync(client=client).incidents] == [made.id]


def test_it_follows_pages_to_the_end(client: AuthenticatedClient) -> None:
    for number in range(5):
        body = IncidentsCreatePayloadV1.from_dict({"idempotency_key": f"k{number}", "visibility": "public"})
        incidents_v1_create.sync(client=client, body=body)
    seen, after = [], UNSET
    while True:
        page = incidents_v1_list.sync(client=client, page_size=2, after=after)
        seen += [row.id for row in page.incidents]
        after = page.pagination_meta.after
        if after is UNSET:
            break
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


def test_it_configures(client: AuthenticatedClient) -> None:
    body = SeveritiesCreatePayloadV1(name="Odd", description="*odd*")
    severity = severities_v1_create.sync(client=client, body=body).severity
    assert severity.rank == 3
    moved = SeveritiesUpdatePayloadV1(name="Odd", description="*odd*", rank=0)
    assert severities_v1_update.sync(id=severity.id, client=client, body=moved).severity.rank == 0
    names = [row.name for row in severities_v1_list.sync(client=client).severities]
    assert names == ["Odd", "Minor", "Major", "Critical"]
    assert severities_v1_delete.sync_detailed(id=severity.id, client=client).status_code == 202
    status = IncidentStatusesCreatePayloadV1.from_dict({"name": "Odd", "description": "", "category": "live"})
    assert incident_statuses_v1_create.sync(client=client, body=status).incident_status.rank == 4
    assert len(incident_statuses_v1_list.sync(client=client).incident_statuses) == 12
    role = IncidentRolesCreatePayloadV1(
        name="Scribe", description="Writes", instructions="", shortform="scribe", required=False
    )
    assert incident_roles_v1_create.sync(client=client, body=role).incident_role.role_type == "custom"
    assert len(incident_roles_v1_list.sync(client=client).incident_roles) == 3
    assert incident_types_v1_list.sync(client=client).incident_types[0].is_default


def test_it_configures_select_fields(client: AuthenticatedClient) -> None:
    select = {"name": "Product", "description": "", "field_type": "single_select"} | SHOWN
    body = CustomFieldsCreatePayloadV1.from_dict(select)
    field = custom_fields_v1_create.sync(client=client, body=body).custom_field
    option = CustomFieldOptionsCreatePayloadV1(custom_field_id=field.id, value="Checkout", sort_key=0)
    made = custom_field_options_v1_create.sync(client=client, body=option).custom_field_option
    listed = custom_field_options_v1_list.sync(client=client, custom_field_id=field.id)
    assert listed.custom_field_options == [made]
    assert custom_fields_v1_list.sync(client=client).custom_fields[0].options == [made]


def test_it_attaches_and_manages_keys(client: AuthenticatedClient) -> None:
    body = IncidentsCreatePayloadV1.from_dict({"idempotency_key": "k", "visibility": "public"})
    incident = incidents_v1_create.sync(client=client, body=body).incident
    ticket = {"incident_id": incident.id, "resource": {"resource_type": "zendesk_ticket", "external_id": "4711"}}
    made = incident_attachments_v1_create.sync(client=client, body=IncidentAttachmentsCreatePayloadV1.from_dict(ticket))
    listed = incident_attachments_v1_list.sync(client=client, incident_id=incident.id)
    assert listed.incident_attachments == [made.incident_attachment]
    key = APIKeysCreatePayloadV1.from_dict(
        {"name": "Looker", "role_names": ["viewer"], "team_ids": [], "team_role_names": []}
    )
    issued = api_keys_v1_create.sync(client=client, body=key)
    rotated = api_keys_v1_rotate.sync(
        id=issued.api_key.id, client=client, body=APIKeysRotatePayloadV1(grace_period_minutes=0)
    )
    assert rotated.token != issued.token
    assert len(api_keys_v1_list.sync(client=client).api_keys) == 2
    assert api_keys_v1_delete.sync_detailed(id=issued.api_key.id, client=client).status_code == 204
    assert utilities_v1_identity.sync(client=client).identity.name


def test_it_understands_our_refusals(client: AuthenticatedClient) -> None:
    body = IncidentsCreatePayloadV1.from_dict(
        {"idempotency_key": "k", "visibility": "public", "severity_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ"}
    )
    refusal = incidents_v1_create.sync(client=client, body=body)
    assert isinstance(refusal, ErrorResponse)
    assert refusal.errors[0].source.pointer == "severity_id"
    assert isinstance(incidents_v1_show.sync(id="nope", client=client), ErrorResponse)


def test_a_role_lives_in_v1(sdk: Sdk) -> None:
    said = {"name": "Scribe", "description": "Writes", "instructions": "", "shortform": "scribe"}
    body = IncidentRolesCreatePayloadV1.from_dict(said | {"required": False})
    made = sdk(incident_roles_v1_create, body=body).incident_role
    body = IncidentRolesUpdatePayloadV1.from_dict(said | {"name": "Writer", "required": False})
    changed = sdk(incident_roles_v1_update, id=made.id, body=body).incident_role
    assert (changed.name, changed.required, changed.created_at) == ("Writer", False, made.created_at)
    assert sdk(incident_roles_v1_show, id=made.id).incident_role == changed
    assert sdk.detailed(incident_roles_v1_delete, id=made.id).status_code == 204
    assert sdk.refusal(incident_roles_v1_show, id=made.id).status == 404


def test_a_custom_field_lives_in_v1(sdk: Sdk) -> None:
    said = {"name": "Ticket", "description": "Where", "field_type": "link"} | SHOWN
    made = sdk(custom_fields_v1_create, body=CustomFieldsCreatePayloadV1.from_dict(said)).custom_field
    said = {"name": "Tickets", "description": "", "required": "before_closure"} | SHOWN
    body = CustomFieldsUpdatePayloadV1.from_dict(said | {"show_before_closure": True})
    changed = sdk(custom_fields_v1_update, id=made.id, body=body).custom_field
    assert (changed.name, changed.required, changed.required_v2) == ("Tickets", "before_closure", "before_resolution")
    assert (changed.field_type, changed.options, changed.show_before_closure) == ("link", [], True)
    assert sdk(custom_fields_v1_show, id=made.id).custom_field == changed
    assert sdk.detailed(custom_fields_v1_delete, id=made.id).status_code == 204
    assert sdk.refusal(custom_fields_v1_show, id=made.id).status == 404


def test_a_key_is_shown_and_changed(sdk: Sdk) -> None:
    said = {"name": "Looker", "role_names": ["viewer"], "team_ids": [], "team_role_names": []}
    made = sdk(api_keys_v1_create, body=APIKeysCreatePayloadV1.from_dict(said)).api_key
    said |= {"role_names": ["viewer", "catalog_viewer"], "comments": "For *looking*"}
    changed = sdk(api_keys_v1_update, id=made.id, body=APIKeysUpdatePayloadV1.from_dict(said)).api_key
    assert [role.name for role in changed.roles] == ["viewer", "catalog_viewer"]
    assert (changed.comments, changed.creator.api_key.name, changed.last_used_at) == ("For *looking*", "Zendesk", UNSET)
    assert sdk(api_keys_v1_show, id=made.id).api_key == changed
