"""Custom fields on the wire of V1."""

from typing import Any

import pytest

from catalog.custom_fields import archive_option, create_custom_field, create_option
from catalog.models import CustomField
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
