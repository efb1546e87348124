"""Custom fields on the wire."""

from typing import Any

import pytest

from catalog.custom_fields import archive_option, create_custom_field, create_option
from catalog.models import CatalogType, CustomField
from catalog.words import configuring, make
from events.models import Event
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM, ApiClient

PATH = "/v1/custom_fields"
SHOWN = {"show_before_creation": True, "show_before_closure": False, "show_before_update": False}
TICKET = {"name": "Ticket", "description": "", "field_type": "link"} | SHOWN


def test_a_field_is_made_changed_and_deleted(terraform: ApiClient) -> None:
    answer = terraform.post(PATH, TICKET | {"required_v2": "always", "show_in_announcement_post": True})
    made = answer.json()["custom_field"]
    assert (answer.status_code, made["required"], made["required_v2"], made["options"]) == (201, "always", "always", [])
    changed = terraform.put(f"{PATH}/{made['id']}", {"name": "Tickets", "description": "All"} | SHOWN)
    after = changed.json()["custom_field"]
    assert (changed.status_code, after["name"], after["required"]) == (200, "Tickets", "always")
    assert (after["field_type"], after["show_in_announcement_post"]) == ("link", True)
    assert terraform.delete(f"{PATH}/{made['id']}").status_code == 204
    assert terraform.get(f"{PATH}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({}, "never"),
        ({"required": "before_closure"}, "before_resolution"),
        ({"required_v2": "before_resolution"}, "before_resolution"),
        ({"required": "before_closure", "required_v2": "before_resolution"}, "before_resolution"),
        ({"required": "always", "required_v2": None}, "always"),
    ],
)
def test_closure_in_one_name_is_resolution_in_the_other(
    terraform: ApiClient, sent: dict[str, Any], stored: str
) -> None:
    made = terraform.post(PATH, TICKET | sent).json()["custom_field"]
    assert made["required_v2"] == stored
    assert made["required"] == {"before_resolution": "before_closure"}.get(stored, stored)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": "Product"}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"field_type": "date"}, "field_type"),
        ({"field_type": None}, "field_type"),
        ({"show_before_creation": "true"}, "show_before_creation"),
        ({"show_before_creation": False, "required": "always"}, "show_before_creation"),
        ({"required": "sometimes"}, "required"),
        ({"required": "always", "required_v2": "never"}, "required_v2"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    terraform: ApiClient, product: CustomField, wrong: dict[str, Any], pointer: str
) -> None:
    refused = terraform.post(PATH, TICKET | wrong)
    assert refused.status_code == 422
    assert [error["source"]["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_the_type_of_a_field_is_for_ever(terraform: ApiClient, product: CustomField) -> None:
    changed = terraform.put(f"{PATH}/{product.id}", TICKET)
    assert changed.json()["custom_field"]["field_type"] == "single_select"


def test_fields_show_the_options_they_offer_in_their_order(terraform: ApiClient, product: CustomField) -> None:
    for value, key in (("Search", 20), ("Checkout", 10), ("Login", 20)):
        create_option(SYSTEM, product, value=value, sort_key=key)
    archive_option(SYSTEM, create_option(SYSTEM, product, value="Gone", sort_key=0))
    (listed,) = terraform.get(PATH).json()["custom_fields"]
    assert [option["value"] for option in listed["options"]] == ["Checkout", "Login", "Search"]
    assert terraform.get(f"{PATH}/{product.id}").json()["custom_field"] == listed


def test_the_list_costs_the_same_however_long_it_is(terraform: ApiClient, django_assert_max_num_queries: Any) -> None:
    terraform.get(PATH)
    for number in range(10):
        made = create_custom_field(SYSTEM, name=f"Field {number}", description="", field_type="multi_select")
        create_option(SYSTEM, made, value="Yes")
    with django_assert_max_num_queries(3):
        assert len(terraform.get(PATH).json()["custom_fields"]) == 10


V2 = "/v2/custom_fields"
SERVICES = {"name": "Services", "description": "", "field_type": "multi_select"}


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A catalog type: what tier a service has, and which service it is part of."""
    attributes = [
        {"id": "tier", "name": "Tier", "type": "String", "array": False, "mode": "api"},
        {"id": "parent", "name": "Part of", "type": 'Custom["Service"]', "array": False, "mode": "api"},
        {"id": "owner", "name": "Owner", "type": 'Custom["Team"]', "array": False, "mode": "api"},
        {"id": "lead", "name": "Lead", "type": "User", "array": False, "mode": "api"},
    ]
    with configuring():
        row = CatalogType(name="Service", type_name='Custom["Service"]', attributes=attributes)
        return make(SYSTEM, "catalog_type", row)


@pytest.fixture
def system(service: CatalogType) -> CustomField:
    """A field whose choices are services."""
    return create_custom_field(
        SYSTEM, name="System", description="", field_type="single_select", catalog_type_id=service.id
    )


@pytest.fixture
def choosing(system: CustomField) -> dict[str, Any]:
    """Every way to say which services a field offers."""
    return {
        "filter_by": {"custom_field_id": system.id, "catalog_attribute_id": "parent"},
        "fixed_filter": {"catalog_attribute_id": "owner", "values": ["b", "a", "b"]},
        "group_by_catalog_attribute_id": "owner",
        "helptext_catalog_attribute_id": "tier",
    }


def test_what_v2_writes_comes_back_and_what_it_leaves_out_is_cleared(
    terraform: ApiClient, service: CatalogType, choosing: dict[str, Any]
) -> None:
    sent = SERVICES | {"catalog_type_id": service.id} | choosing
    answer = terraform.post(V2, sent)
    made = answer.json()["custom_field"]
    assert (answer.status_code, sent.items() <= made.items()) == (201, True)
    assert terraform.get(f"{V2}/{made['id']}").json()["custom_field"] == made
    again = terraform.put(f"{V2}/{made['id']}", {"name": "Services", "description": ""} | choosing)
    assert again.json()["custom_field"] == made
    assert Event.objects.filter(subject_id=made["id"]).count() == 1
    bare = terraform.put(f"{V2}/{made['id']}", {"name": "Services", "description": "", "filter_by": None})
    assert bare.json()["custom_field"].keys() == made.keys() - choosing.keys()


def test_one_store_has_two_views_that_leave_each_other_alone(
    terraform: ApiClient, service: CatalogType, choosing: dict[str, Any]
) -> None:
    sent = SERVICES | {"catalog_type_id": service.id} | choosing
    pk = terraform.post(V2, sent).json()["custom_field"]["id"]
    words = {"name": "Parts", "description": "All"}
    old = terraform.put(f"{PATH}/{pk}", words | SHOWN | {"required": "always"}).json()["custom_field"]
    assert (old["catalog_type_id"], old["options"], old["required_v2"]) == (service.id, [], "always")
    new = terraform.get(f"{V2}/{pk}").json()["custom_field"]
    assert (sent | words).items() <= new.items()
    terraform.put(f"{V2}/{pk}", words)
    assert terraform.get(f"{PATH}/{pk}").json()["custom_field"]["required"] == "always"


def test_a_field_of_v2_is_never_asked_for_in_v1(terraform: ApiClient) -> None:
    pk = terraform.post(V2, SERVICES).json()["custom_field"]["id"]
    shown = terraform.get(f"{PATH}/{pk}").json()["custom_field"]
    assert (shown["required"], shown["show_before_creation"], shown["show_before_update"]) == ("never", False, False)
    assert terraform.delete(f"{V2}/{pk}").status_code == 204
    assert terraform.get(f"{V2}/{pk}").status_code == terraform.get(f"{PATH}/{pk}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"field_type": "text"}, "catalog_type_id"),
        ({"catalog_type_id": new_id()}, "catalog_type_id"),
        ({"catalog_type_id": "service"}, "catalog_type_id"),
        ({"group_by_catalog_attribute_id": "colour"}, "group_by_catalog_attribute_id"),
        ({"helptext_catalog_attribute_id": ""}, "helptext_catalog_attribute_id"),
        ({"fixed_filter": {"catalog_attribute_id": "tier", "values": []}}, "fixed_filter.catalog_attribute_id"),
        ({"fixed_filter": {"catalog_attribute_id": "lead", "values": []}}, "fixed_filter.catalog_attribute_id"),
        ({"fixed_filter": {"catalog_attribute_id": "owner", "values": [7]}}, "fixed_filter.values.0"),
        ({"filter_by": {"catalog_attribute_id": "parent"}}, "filter_by.custom_field_id"),
        ({"filter_by": {"catalog_attribute_id": "parent", "custom_field_id": new_id()}}, "filter_by.custom_field_id"),
    ],
)
def test_what_does_not_fit_the_catalog_is_pointed_at(
    terraform: ApiClient, service: CatalogType, wrong: dict[str, Any], pointer: str
) -> None:
    refused = terraform.post(V2, SERVICES | {"catalog_type_id": service.id} | wrong)
    assert refused.status_code == 422
    assert [error["source"]["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_a_field_is_narrowed_down_by_another_one_of_the_type_pointed_at(
    terraform: ApiClient, service: CatalogType, system: CustomField, product: CustomField
) -> None:
    sent = SERVICES | {"catalog_type_id": service.id}
    for attribute, other in (("owner", system.id), ("parent", product.id)):
        by = {"filter_by": {"custom_field_id": other, "catalog_attribute_id": attribute}}
        (error,) = terraform.post(V2, sent | by).json()["errors"]
        assert error["source"]["pointer"] == "filter_by.custom_field_id"
    itself = {"filter_by": {"custom_field_id": system.id, "catalog_attribute_id": "parent"}}
    assert terraform.put(f"{V2}/{system.id}", {"name": "System", "description": ""} | itself).status_code == 422


def test_only_catalog_backed_fields_have_catalog_attributes(terraform: ApiClient) -> None:
    refused = terraform.post(V2, SERVICES | {"group_by_catalog_attribute_id": "tier"})
    assert refused.json()["errors"][0]["source"]["pointer"] == "group_by_catalog_attribute_id"


def test_a_catalog_backed_field_has_no_options(terraform: ApiClient, system: CustomField) -> None:
    refused = terraform.post("/v1/custom_field_options", {"custom_field_id": system.id, "value": "Billing"})
    assert (refused.status_code, refused.json()["errors"][0]["source"]["pointer"]) == (422, "custom_field_id")
    assert terraform.get(f"/v1/custom_field_options?custom_field_id={system.id}").json()["custom_field_options"] == []


def test_the_list_of_v2_costs_the_same_however_long_it_is(
    terraform: ApiClient, service: CatalogType, django_assert_max_num_queries: Any
) -> None:
    terraform.get(V2)
    for number in range(12):
        terraform.post(V2, SERVICES | {"name": f"Field {number}", "catalog_type_id": service.id})
    with django_assert_max_num_queries(2):
        assert len(terraform.get(V2).json()["custom_fields"]) == 12
