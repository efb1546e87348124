"""Custom field options on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.custom_fields import archive_custom_field, create_option
from catalog.models import CustomField
from catalog.snapshot import current
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient

PATH = "/v1/custom_field_options"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def test_an_option_is_made_changed_and_deleted(terraform: ApiClient, product: CustomField) -> None:
    answer = terraform.post(PATH, {"custom_field_id": product.id, "value": "Checkout"})
    made = answer.json()["custom_field_option"]
    assert (answer.status_code, made["custom_field_id"], made["sort_key"]) == (201, product.id, 1000)
    changed = terraform.put(f"{PATH}/{made['id']}", {"value": "Till", "sort_key": 0})
    assert changed.json()["custom_field_option"] == made | {"value": "Till", "sort_key": 0}
    assert terraform.delete(f"{PATH}/{made['id']}").status_code == 204
    assert terraform.get(f"{PATH}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"value": "Checkout"}, "value"),
        ({"value": " x"}, "value"),
        ({"value": "a\tb"}, "value"),
        ({"sort_key": "1"}, "sort_key"),
        ({"custom_field_id": UNKNOWN}, "custom_field_id"),
        ({"custom_field_id": "x"}, "custom_field_id"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    terraform: ApiClient, product: CustomField, wrong: dict[str, Any], pointer: str
) -> None:
    create_option(SYSTEM, product, value="Checkout")
    refused = terraform.post(PATH, {"custom_field_id": product.id, "value": "Search"} | wrong)
    assert refused.status_code == 422
    assert [error["source"]["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_an_update_says_value_and_sort_key(terraform: ApiClient, product: CustomField) -> None:
    option = create_option(SYSTEM, product, value="Checkout")
    refused = terraform.put(f"{PATH}/{option.id}", {"value": "Till"})
    assert [error["source"]["pointer"] for error in refused.json()["errors"]] == ["sort_key"]


def test_pages_follow_the_order_in_which_options_were_made(terraform: ApiClient, product: CustomField) -> None:
    made = [create_option(SYSTEM, product, value=f"Option {n}", sort_key=-n).id for n in range(5)]
    seen, after = [], ""
    while True:
        page = terraform.get(f"{PATH}?custom_field_id={product.id}&page_size=2&after={after}").json()
        seen += [option["id"] for option in page["custom_field_options"]]
        if "after" not in page["pagination_meta"]:
            break
        after = page["pagination_meta"]["after"]
    assert seen == made
    beyond = terraform.get(f"{PATH}?custom_field_id={product.id}&after={made[-1]}").json()
    assert beyond == {"custom_field_options": [], "pagination_meta": {"page_size": 25}}


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), (f"custom_field_id={UNKNOWN}", 404), ("custom_field_id=%00", 422), ("custom_field_id=x", 404)],
)
def test_a_list_is_of_one_known_field(terraform: ApiClient, query: str, status: int) -> None:
    refused = terraform.get(f"{PATH}?{query}")
    assert refused.status_code == status
    assert refused.json()["errors"][0]["source"]["pointer"] == "custom_field_id"


@pytest.mark.parametrize("wrong", ["page_size=251", "page_size=0", "page_size=x", "after=x"])
def test_a_page_is_of_a_known_size_and_start(terraform: ApiClient, product: CustomField, wrong: str) -> None:
    assert terraform.get(f"{PATH}?custom_field_id={product.id}&{wrong}").status_code == 422


def test_the_options_of_a_deleted_field_are_gone_but_stay_in_its_incidents(
    terraform: ApiClient, product: CustomField, declare: Callable[..., Incident]
) -> None:
    option = create_option(SYSTEM, product, value="Checkout")
    entry = {"custom_field_id": product.id, "values": [{"value_option_id": option.id}]}
    incident = declare(custom_field_entries=[entry])
    archive_custom_field(SYSTEM, current().fields[product.id])
    assert terraform.get(f"{PATH}/{option.id}").status_code == 404
    assert terraform.get(f"{PATH}?custom_field_id={product.id}").status_code == 404
    (shown,) = terraform.get(f"/v1/incidents/{incident.id}").json()["incident"]["custom_field_entries"]
    assert shown["values"][0]["value_option"]["value"] == "Checkout"
    assert [offered["value"] for offered in shown["custom_field"]["options"]] == ["Checkout"]
