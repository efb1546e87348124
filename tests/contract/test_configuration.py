"""What a team configures, on the wire of V2."""

from typing import Any

import pytest

from catalog.models import CatalogType
from tests.contract.contract import Walk

PROVES = ("/v2/incident_roles", "/v2/custom_fields")


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A catalog type with a text, and a link to entries of its own kind."""
    attributes = [
        {"id": "tier", "name": "Tier", "type": "String", "array": False, "mode": "api"},
        {"id": "parent", "name": "Part of", "type": 'Custom["Service"]', "array": False, "mode": "api"},
    ]
    row: CatalogType = CatalogType.objects.create(name="Service", type_name='Custom["Service"]', attributes=attributes)
    return row


def walk_roles(walk: Walk) -> None:
    body = {"name": "Scribe", "description": "Writes", "instructions": "", "shortform": "scribe"}
    pk = walk("post", "/v2/incident_roles", body)["incident_role"]["id"]
    walk("get", "/v2/incident_roles")
    walk("get", "/v2/incident_roles/{id}", id=pk)
    walk("put", "/v2/incident_roles/{id}", body | {"instructions": "Note\n it down "}, id=pk)
    walk("delete", "/v2/incident_roles/{id}", id=pk)


def walk_fields(walk: Walk, catalog_type_id: str) -> None:
    product = {"name": "Product", "description": "", "field_type": "single_select", "catalog_type_id": catalog_type_id}
    other = walk("post", "/v2/custom_fields", product)["custom_field"]["id"]
    choosing: dict[str, Any] = {
        "filter_by": {"custom_field_id": other, "catalog_attribute_id": "parent"},
        "fixed_filter": {"catalog_attribute_id": "parent", "values": ["one", "two"]},
        "group_by_catalog_attribute_id": "parent",
        "helptext_catalog_attribute_id": "tier",
    }
    full = product | {"name": "Services", "description": "*All*", "field_type": "multi_select"} | choosing
    pk = walk("post", "/v2/custom_fields", full)["custom_field"]["id"]
    for kind in ("single_select", "multi_select", "text", "link", "numeric"):
        walk("post", "/v2/custom_fields", {"name": kind, "description": "", "field_type": kind})
    walk("get", "/v2/custom_fields")
    walk("get", "/v1/custom_fields")
    walk("get", "/v2/custom_fields/{id}", id=pk)
    walk("put", "/v2/custom_fields/{id}", {"name": "Parts", "description": ""} | choosing, id=pk)
    walk("put", "/v2/custom_fields/{id}", {"name": "Parts", "description": ""}, id=pk)
    walk("delete", "/v2/custom_fields/{id}", id=pk)


def test_every_operation_takes_and_answers_what_the_contract_says(walk: Walk, service: CatalogType) -> None:
    walk_roles(walk)
    walk_fields(walk, service.id)
    assert walk.left_out(PROVES) == set()
