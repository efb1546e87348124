"""incident.io's own Python client: roles, custom fields and their options."""

import pytest
from incident_io.api.custom_field_options_v1 import (
    custom_field_options_v1_create,
    custom_field_options_v1_delete,
    custom_field_options_v1_list,
    custom_field_options_v1_show,
    custom_field_options_v1_update,
)
from incident_io.api.custom_fields_v2 import (
    custom_fields_v2_create,
    custom_fields_v2_delete,
    custom_fields_v2_list,
    custom_fields_v2_show,
    custom_fields_v2_update,
)
from incident_io.api.incident_roles_v2 import (
    incident_roles_v2_create,
    incident_roles_v2_delete,
    incident_roles_v2_list,
    incident_roles_v2_show,
    incident_roles_v2_update,
)
from incident_io.api.incident_statuses_v1 import (
    incident_statuses_v1_create,
    incident_statuses_v1_delete,
    incident_statuses_v1_show,
    incident_statuses_v1_update,
)
from incident_io.api.incident_types_v1 import incident_types_v1_list, incident_types_v1_show
from incident_io.api.severities_v1 import severities_v1_create, severities_v1_delete, severities_v1_show
from incident_io.models import (
    CustomFieldOptionsCreatePayloadV1,
    CustomFieldOptionsUpdatePayloadV1,
    CustomFieldsCreatePayloadV2,
    CustomFieldsUpdatePayloadV2,
    CustomFieldV2,
    IncidentRolesCreatePayloadV2,
    IncidentRolesUpdatePayloadV2,
    IncidentStatusesCreatePayloadV1,
    IncidentStatusesUpdatePayloadV1,
    SeveritiesCreatePayloadV1,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(sdk: Sdk) -> CustomFieldV2:
    said = {"name": "Product", "description": "Which *product*", "field_type": "multi_select"}
    return sdk(custom_fields_v2_create, body=CustomFieldsCreatePayloadV2.from_dict(said)).custom_field


def test_a_role_lives_in_v2(sdk: Sdk) -> None:
    said = {"name": "Scribe", "description": "Writes\ndown", "instructions": "", "shortform": "scribe"}
    made = sdk(incident_roles_v2_create, body=IncidentRolesCreatePayloadV2.from_dict(said)).incident_role
    assert (made.name, made.description, made.instructions) == ("Scribe", "Writes\ndown", "")
    assert (made.shortform, made.role_type) == ("scribe", "custom")
    body = IncidentRolesUpdatePayloadV2.from_dict(said | {"instructions": "Write"})
    changed = sdk(incident_roles_v2_update, id=made.id, body=body).incident_role
    assert (changed.instructions, changed.created_at) == ("Write", made.created_at)
    assert changed.updated_at > made.updated_at
    assert sdk(incident_roles_v2_show, id=made.id).incident_role == changed
    roles = sdk(incident_roles_v2_list).incident_roles
    assert {role.role_type.value for role in roles} == {"lead", "reporter", "custom"}
    assert changed in roles
    assert sdk.detailed(incident_roles_v2_delete, id=made.id).status_code == 204
    assert sdk.refusal(incident_roles_v2_show, id=made.id).status == 404


def test_a_custom_field_lives_in_v2(sdk: Sdk, product: CustomFieldV2) -> None:
    assert (product.name, product.description, product.field_type) == ("Product", "Which *product*", "multi_select")
    assert {product.catalog_type_id, product.filter_by, product.fixed_filter} == {UNSET}
    body = CustomFieldsUpdatePayloadV2(name="Products", description="")
    changed = sdk(custom_fields_v2_update, id=product.id, body=body).custom_field
    assert (changed.name, changed.description, changed.field_type) == ("Products", "", "multi_select")
    assert sdk(custom_fields_v2_show, id=product.id).custom_field == changed
    assert sdk(custom_fields_v2_list).custom_fields == [changed]
    assert sdk.detailed(custom_fields_v2_delete, id=product.id).status_code == 204
    assert sdk(custom_fields_v2_list).custom_fields == []
    assert sdk.refusal(custom_fields_v2_show, id=product.id).status == 404


def test_options_come_in_pages(sdk: Sdk, product: CustomFieldV2) -> None:
    made = []
    for value in ("Checkout", "Payments", "Stock"):
        body = CustomFieldOptionsCreatePayloadV1(custom_field_id=product.id, value=value)
        made.append(sdk(custom_field_options_v1_create, body=body).custom_field_option)
    assert [option.sort_key for option in made] == [1000] * 3
    page = sdk(custom_field_options_v1_list, custom_field_id=product.id, page_size=2)
    assert page.custom_field_options == made[:2]
    last = sdk(custom_field_options_v1_list, custom_field_id=product.id, page_size=2, after=page.pagination_meta.after)
    assert (last.custom_field_options, last.pagination_meta.after) == (made[2:], UNSET)
    beyond = sdk(custom_field_options_v1_list, custom_field_id=product.id, after=made[-1].id)
    assert beyond.custom_field_options == []


def test_an_option_is_changed_and_deleted(sdk: Sdk, product: CustomFieldV2) -> None:
    body = CustomFieldOptionsCreatePayloadV1(custom_field_id=product.id, value="Checkout", sort_key=0)
    made = sdk(custom_field_options_v1_create, body=body).custom_field_option
    assert (made.sort_key, made.custom_field_id) == (0, product.id)
    body = CustomFieldOptionsUpdatePayloadV1(value="Tills", sort_key=7)
    changed = sdk(custom_field_options_v1_update, id=made.id, body=body).custom_field_option
    assert (changed.value, changed.sort_key) == ("Tills", 7)
    assert sdk(custom_field_options_v1_show, id=made.id).custom_field_option == changed
    assert sdk.detailed(custom_field_options_v1_delete, id=made.id).status_code == 204
    assert sdk.refusal(custom_field_options_v1_show, id=made.id).status == 404


def test_statuses_severities_and_types_are_shown(sdk: Sdk) -> None:
    said = IncidentStatusesCreatePayloadV1.from_dict({"name": "Odd", "description": "*odd*", "category": "learning"})
    status = sdk(incident_statuses_v1_create, body=said).incident_status
    body = IncidentStatusesUpdatePayloadV1(name="Odder", description=" ")
    changed = sdk(incident_statuses_v1_update, id=status.id, body=body).incident_status
    assert (changed.name, changed.description, changed.category) == ("Odder", " ", "learning")
    assert sdk(incident_statuses_v1_show, id=status.id).incident_status == changed
    assert sdk.detailed(incident_statuses_v1_delete, id=status.id).status_code == 202
    severity = sdk(severities_v1_create, body=SeveritiesCreatePayloadV1(name="Odd", description="")).severity
    assert sdk(severities_v1_show, id=severity.id).severity == severity
    assert sdk.detailed(severities_v1_delete, id=severity.id).status_code == 202
    assert sdk.refusal(severities_v1_show, id=severity.id).status == 404
    (default,) = sdk(incident_types_v1_list).incident_types
    assert sdk(incident_types_v1_show, id=default.id).incident_type == default
