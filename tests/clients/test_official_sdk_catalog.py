"""incident.io's own Python client: types, schemas and entries of the catalog, in V2 and V3."""

from types import SimpleNamespace
from typing import Any

import pytest
from incident_io.api.catalog_v2 import (
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
from incident_io.api.catalog_v3 import (
    catalog_v3_bulk_update_entries,
    catalog_v3_create_entry,
    catalog_v3_create_type,
    catalog_v3_destroy_entry,
    catalog_v3_destroy_type,
    catalog_v3_list_entries,
    catalog_v3_list_resources,
    catalog_v3_list_types,
    catalog_v3_show_entry,
    catalog_v3_show_type,
    catalog_v3_update_entry,
    catalog_v3_update_type,
    catalog_v3_update_type_schema,
)
from incident_io.models import (
    CatalogBulkUpdateEntriesPayloadV3,
    CatalogCreateEntryPayloadV2,
    CatalogCreateEntryPayloadV3,
    CatalogCreateTypePayloadV2,
    CatalogCreateTypePayloadV3,
    CatalogEntryV3,
    CatalogTypeV3,
    CatalogUpdateEntryPayloadV2,
    CatalogUpdateEntryPayloadV3,
    CatalogUpdateTypePayloadV2,
    CatalogUpdateTypePayloadV3,
    CatalogUpdateTypeSchemaPayloadV2,
    CatalogUpdateTypeSchemaPayloadV3,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = {
    "name": "Service",
    "description": "What we *run*",
    "type_name": 'Custom["Service"]',
    "annotations": {"incident.io/catalog-importer/sync-id": "shop"},
    "categories": ["service"],
    "color": "violet",
    "icon": "server",
    "ranked": True,
    "source_repo_url": "https://github.com/acme/catalog",
}
ATTRIBUTES = [
    {"id": "tier", "name": "Tier", "type": "String", "array": False},
    {"id": "languages", "name": "Languages", "type": "String", "array": True},
    {"id": "needs", "name": "Needs", "type": 'Custom["Service"]', "array": True},
]


@pytest.fixture
def service(sdk: Sdk) -> CatalogTypeV3:
    """A type with a schema."""
    body = CatalogCreateTypePayloadV3.from_dict(SERVICE | {"use_name_as_identifier": True})
    made = sdk(catalog_v3_create_type, body=body).catalog_type
    said = {"version": made.schema.version, "attributes": ATTRIBUTES}
    body = CatalogUpdateTypeSchemaPayloadV3.from_dict(said)
    return sdk(catalog_v3_update_type_schema, id=made.id, body=body).catalog_type


@pytest.fixture
def shop(sdk: Sdk, service: CatalogTypeV3) -> SimpleNamespace:
    """Two services, of which one needs the other."""
    stock = entry(sdk, service, "Stock", external_id="stock")
    values = {
        "tier": {"value": {"literal": "1 "}},
        "languages": {"array_value": [{"literal": "go"}, {"literal": "elm"}]},
        "needs": {"array_value": [{"literal": "stock"}]},
    }
    checkout = entry(sdk, service, "Checkout", values, aliases=["till", "pay"], external_id="checkout", rank=3)
    return SimpleNamespace(stock=stock, checkout=checkout)


def entry(sdk: Sdk, service: CatalogTypeV3, name: str, values: Any = None, **said: Any) -> CatalogEntryV3:
    body = {"catalog_type_id": service.id, "name": name, "attribute_values": values or {}} | said
    return sdk(catalog_v3_create_entry, body=CatalogCreateEntryPayloadV3.from_dict(body)).catalog_entry


def test_a_type_says_all_that_was_said(sdk: Sdk, service: CatalogTypeV3) -> None:
    shown = service.to_dict()
    assert {key: shown[key] for key in SERVICE} == SERVICE
    assert (service.use_name_as_identifier, service.is_editable, service.schema.version) == (True, True, 2)
    assert [(found.id, found.type_, found.array) for found in service.schema.attributes] == [
        ("tier", "String", False),
        ("languages", "String", True),
        ("needs", 'Custom["Service"]', True),
    ]
    assert sdk(catalog_v3_show_type, id=service.id).catalog_type == service
    assert service in sdk(catalog_v3_list_types).catalog_types
    stale = CatalogUpdateTypeSchemaPayloadV3.from_dict({"version": 1, "attributes": []})
    assert sdk.refusal(catalog_v3_update_type_schema, id=service.id, body=stale).status in (409, 422)


def test_a_bare_type_leaves_out_what_it_has_not(sdk: Sdk) -> None:
    body = CatalogCreateTypePayloadV3(name="Odd thing", description="")
    made = sdk(catalog_v3_create_type, body=body).catalog_type
    assert (made.annotations.to_dict(), made.categories, made.ranked) == ({}, [], False)
    assert (made.source_repo_url, made.schema.attributes, made.schema.version) == (UNSET, [], 1)
    assert made.type_name.startswith('Custom["')
    body = CatalogUpdateTypePayloadV3.from_dict({"name": "Odder thing", "description": "Odd", "color": "pink"})
    changed = sdk(catalog_v3_update_type, id=made.id, body=body).catalog_type
    assert (changed.name, changed.color, changed.type_name) == ("Odder thing", "pink", made.type_name)
    assert sdk.detailed(catalog_v3_destroy_type, id=made.id).status_code == 204
    assert sdk.refusal(catalog_v3_show_type, id=made.id).status == 404


def test_an_entry_says_all_that_was_said(sdk: Sdk, service: CatalogTypeV3, shop: SimpleNamespace) -> None:
    checkout, values = shop.checkout, shop.checkout.attribute_values
    assert (checkout.name, checkout.external_id, checkout.rank) == ("Checkout", "checkout", 3)
    assert (checkout.aliases, shop.stock.aliases) == (["till", "pay"], [])
    assert values["tier"].value.literal == "1 "
    assert [value.literal for value in values["languages"].array_value] == ["go", "elm"]
    (needed,) = values["needs"].array_value
    assert (needed.label, needed.literal) == ("Stock", "stock")
    shown = sdk(catalog_v3_show_entry, id=checkout.id, expand=False)
    assert (shown.catalog_entry, shown.catalog_type.id) == (checkout, service.id)
    for expand in (UNSET, True):
        assert sdk(catalog_v3_show_entry, id=checkout.id, expand=expand).catalog_entry.id == checkout.id


def test_entries_come_in_pages(sdk: Sdk, service: CatalogTypeV3, shop: SimpleNamespace) -> None:
    page = sdk(catalog_v3_list_entries, catalog_type_id=service.id, page_size=1)
    assert (page.catalog_type.id, page.pagination_meta.total_record_count) == (service.id, 2)
    rest = sdk(catalog_v3_list_entries, catalog_type_id=service.id, page_size=1, after=page.pagination_meta.after)
    assert {row.id for row in page.catalog_entries + rest.catalog_entries} == {shop.stock.id, shop.checkout.id}
    assert rest.pagination_meta.after is UNSET
    last = rest.catalog_entries[-1].id
    assert sdk(catalog_v3_list_entries, catalog_type_id=service.id, page_size=250, after=last).catalog_entries == []
    for identifier in (shop.checkout.id, "checkout", "till", "Checkout"):
        found = sdk(catalog_v3_list_entries, catalog_type_id=service.id, page_size=1, identifier=identifier)
        assert [row.id for row in found.catalog_entries] == [shop.checkout.id], identifier


def test_an_entry_is_changed_and_deleted(sdk: Sdk, shop: SimpleNamespace) -> None:
    said = {"name": "Tills", "attribute_values": {"tier": {"value": {"literal": "2"}}}, "update_attributes": ["tier"]}
    body = CatalogUpdateEntryPayloadV3.from_dict(said | {"external_id": "checkout", "aliases": ["pay"]})
    changed = sdk(catalog_v3_update_entry, id=shop.checkout.id, body=body).catalog_entry
    assert (changed.name, changed.aliases, changed.attribute_values["tier"].value.literal) == ("Tills", ["pay"], "2")
    assert changed.attribute_values["languages"] == shop.checkout.attribute_values["languages"]
    body = CatalogUpdateEntryPayloadV3.from_dict({"name": "Tills", "attribute_values": {}})
    bare = sdk(catalog_v3_update_entry, id=shop.checkout.id, body=body).catalog_entry
    assert "tier" not in bare.attribute_values
    assert sdk.detailed(catalog_v3_destroy_entry, id=shop.checkout.id).status_code == 204
    assert sdk.refusal(catalog_v3_show_entry, id=shop.checkout.id).status == 404


def test_an_external_id_is_created_once(sdk: Sdk, service: CatalogTypeV3, shop: SimpleNamespace) -> None:
    again = entry(sdk, service, "Stocks", external_id="stock")
    assert (again.id, again.name) == (shop.stock.id, "Stocks")


def test_many_entries_change_at_once(sdk: Sdk, service: CatalogTypeV3, shop: SimpleNamespace) -> None:
    tier = {"tier": {"value": {"literal": "9"}}}
    entries = [{"entry_id": row.id, "attribute_values": tier} for row in (shop.stock, shop.checkout)]
    said = {"catalog_type_id": service.id, "entries": entries, "update_attributes": ["tier"]}
    body = CatalogBulkUpdateEntriesPayloadV3.from_dict(said)
    assert sdk.detailed(catalog_v3_bulk_update_entries, body=body).status_code == 204
    page = sdk(catalog_v3_list_entries, catalog_type_id=service.id, page_size=250)
    assert {row.attribute_values["tier"].value.literal for row in page.catalog_entries} == {"9"}
    assert {row.name: row.aliases for row in page.catalog_entries} == {"Stock": [], "Checkout": ["till", "pay"]}


def test_resources_say_what_attributes_may_be(sdk: Sdk, service: CatalogTypeV3) -> None:
    for operation in (catalog_v2_list_resources, catalog_v3_list_resources):
        found = {row.type_: row for row in sdk(operation).resources}
        assert {"String", "Text", "Number", "Bool", service.type_name} <= found.keys()
        assert (found["String"].category, found[service.type_name].category) == ("primitive", "custom")
        assert found[service.type_name].label == "Service"


def test_a_type_lives_in_v2(sdk: Sdk) -> None:
    made = sdk(catalog_v2_create_type, body=CatalogCreateTypePayloadV2.from_dict(SERVICE)).catalog_type
    assert {key: made.to_dict()[key] for key in SERVICE} == SERVICE
    assert made.semantic_type == ""
    manual = {"name": "Tier", "type": "String", "array": False, "mode": "manual"}
    body = CatalogUpdateTypeSchemaPayloadV2.from_dict({"version": made.schema.version, "attributes": [manual]})
    (attribute,) = sdk(catalog_v2_update_type_schema, id=made.id, body=body).catalog_type.schema.attributes
    assert (attribute.name, attribute.mode) == ("Tier", "manual")
    body = CatalogUpdateTypePayloadV2.from_dict({"name": "Services", "description": ""})
    changed = sdk(catalog_v2_update_type, id=made.id, body=body).catalog_type
    assert (changed.name, changed.schema.version) == ("Services", 2)
    assert sdk(catalog_v2_show_type, id=made.id).catalog_type == changed
    assert changed in sdk(catalog_v2_list_types).catalog_types
    assert sdk.detailed(catalog_v2_destroy_type, id=made.id).status_code == 204
    assert sdk.refusal(catalog_v2_show_type, id=made.id).status == 404


def test_an_entry_lives_in_v2(sdk: Sdk, service: CatalogTypeV3) -> None:
    said = {"name": "Stock", "attribute_values": {"tier": {"value": {"literal": "1"}}}}
    body = CatalogCreateEntryPayloadV2.from_dict(said | {"catalog_type_id": service.id, "aliases": ["shelf"]})
    made = sdk(catalog_v2_create_entry, body=body).catalog_entry
    assert (made.name, made.aliases, made.rank) == ("Stock", ["shelf"], 0)
    assert made.attribute_values["tier"].value.literal == "1"
    body = CatalogUpdateEntryPayloadV2.from_dict(said | {"name": "Stocks"})
    changed = sdk(catalog_v2_update_entry, id=made.id, body=body).catalog_entry
    assert changed.name == "Stocks"
    assert sdk(catalog_v2_show_entry, id=made.id).catalog_entry.name == "Stocks"
    listed = sdk(catalog_v2_list_entries, catalog_type_id=service.id, page_size=250)
    assert ([row.id for row in listed.catalog_entries], listed.catalog_type.id) == ([made.id], service.id)
    assert listed.pagination_meta.after is UNSET
    assert sdk.detailed(catalog_v2_destroy_entry, id=made.id).status_code == 204
    assert sdk.refusal(catalog_v2_show_entry, id=made.id).status == 404
