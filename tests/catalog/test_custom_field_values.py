"""Is this value allowed in this field?"""

from typing import Any

import pytest

from catalog.custom_field_values import Choices, TypedValue, typed_values
from catalog.models import CatalogEntry, CatalogType, CustomField, CustomFieldOption
from incidentio.core.errors import Invalid

HERE = "custom_field_entries.0.values"
PRODUCT = CustomField(name="Product", field_type="single_select")
REGIONS = CustomField(name="Regions", field_type="multi_select")
SERVICE = CatalogType(id="service")
SERVICES = CustomField(name="Services", field_type="multi_select", catalog_type=SERVICE)
ENTRIES = {"service": {name: CatalogEntry(id="billing") for name in ("billing", "svc-7", "money")}}
OPTIONS = {
    "europe": CustomFieldOption(id="europe", custom_field=REGIONS, value="Europe"),
    "asia": CustomFieldOption(id="asia", custom_field=REGIONS, value="Asia"),
    "atlantis": CustomFieldOption(id="atlantis", custom_field=REGIONS, archived_at="2026-01-01"),
    "checkout": CustomFieldOption(id="checkout", custom_field=PRODUCT, value="Checkout"),
}
FIELDS = {kind: CustomField(name=kind.title(), field_type=kind) for kind in ("text", "link", "numeric")} | {
    "single_select": PRODUCT,
    "multi_select": REGIONS,
    "catalog": SERVICES,
}


def typed(kind: str, *values: dict[str, Any]) -> list[TypedValue]:
    return typed_values(FIELDS[kind], Choices(OPTIONS, ENTRIES), values, HERE)


def pointers(kind: str, *values: dict[str, Any]) -> list[str | None]:
    with pytest.raises(Invalid) as refusal:
        typed(kind, *values)
    assert all(problem.message for problem in refusal.value.problems)
    return [problem.pointer for problem in refusal.value.problems]


@pytest.mark.parametrize("kind", FIELDS)
def test_no_values_clear_a_field_of_any_type(kind: str) -> None:
    assert typed(kind) == []


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("single_select", "value_option_id", "checkout"),
        ("text", "value_text", "  as it is\n"),
        ("text", "value_text", "x" * 10_000),
        ("link", "value_link", "https://zendesk.test/tickets/4711?a=b#c"),
        ("link", "value_link", "HTTP://[::1]:8080/"),
        ("link", "value_link", "slack://channel?id=C1"),
        ("link", "value_link", "mailto:omar@example.com"),
        ("numeric", "value_numeric", "123.4560"),
        ("numeric", "value_numeric", "-.5"),
        ("numeric", "value_numeric", "1e-07"),
    ],
)
def test_a_value_of_the_fields_type_is_kept_as_sent(kind: str, key: str, value: str) -> None:
    assert typed(kind, {key: value, "id": "ignored"}) == [TypedValue(key, value)]


def test_a_multi_select_takes_several_options_each_once() -> None:
    sent = [{"value_option_id": pk} for pk in ("europe", "asia", "europe")]
    assert [value.value for value in typed("multi_select", *sent)] == ["europe", "asia"]


@pytest.mark.parametrize("kind", ["single_select", "text", "link", "numeric"])
def test_other_types_take_one_value(kind: str) -> None:
    assert pointers(kind, {"value_text": "a"}, {"value_text": "b"}) == [HERE]


@pytest.mark.parametrize(
    "link",
    ["", "zendesk.test/1", "localhost:3000", "https://", "https:zendesk.test", "https:///1", "//zendesk.test",
     "javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:",
     "https://a b.test", "https://a.test/\x01", "http://[", "https://a.test/" + "x" * 10_000],
)  # fmt: skip
def test_what_is_not_a_link_is_refused(link: str) -> None:
    assert pointers("link", {"value_link": link}) == [f"{HERE}.0.value_link"]


@pytest.mark.parametrize(
    "number", ["", "many", "NaN", "Infinity", "1,5", "1_000", " 1", "1\n", "0x10", ".", "1e9999", "１２", "1" * 101]
)
def test_what_is_not_a_decimal_is_refused(number: str) -> None:
    assert pointers("numeric", {"value_numeric": number}) == [f"{HERE}.0.value_numeric"]


@pytest.mark.parametrize("text", ["", "x" * 10_001])
def test_an_empty_or_endless_text_is_refused(text: str) -> None:
    assert pointers("text", {"value_text": text}) == [f"{HERE}.0.value_text"]


@pytest.mark.parametrize("pk", ["checkout", "atlantis", "nowhere", ""])
def test_an_option_that_is_foreign_archived_or_unknown_is_refused(pk: str) -> None:
    sent = [{"value_option_id": "asia"}, {"value_option_id": pk}]
    assert pointers("multi_select", *sent) == [f"{HERE}.1.value_option_id"]


@pytest.mark.parametrize(
    "value",
    [{}, {"id": "x"}, {"value_link": "https://a.test"}, {"value_text": "a", "value_link": "https://a.test"},
     {"value_catalog_entry_id": "x"}, {"value_timestamp": "2026-11-24T00:00:00Z"}],
)  # fmt: skip
def test_a_value_has_the_one_key_of_its_fields_type(value: dict[str, Any]) -> None:
    assert pointers("text", value) == [f"{HERE}.0"]


def test_an_entry_is_named_by_whatever_identifies_it_and_kept_once() -> None:
    sent = [{"value_catalog_entry_id": name} for name in ("svc-7", "money", "billing")]
    assert typed("catalog", *sent) == [TypedValue("value_catalog_entry_id", "billing")]


def test_what_names_no_entry_is_refused_and_so_is_an_option() -> None:
    assert pointers("catalog", {"value_catalog_entry_id": "nothing"}) == [f"{HERE}.0.value_catalog_entry_id"]
    assert pointers("catalog", {"value_option_id": "checkout"}) == [f"{HERE}.0"]
    assert pointers("single_select", {"value_catalog_entry_id": "billing"}) == [f"{HERE}.0"]


def test_every_mistake_is_told_at_once() -> None:
    sent = [{"value_option_id": "x"}, {"value_option_id": "asia"}, {"value_text": "Asia"}]
    assert pointers("multi_select", *sent) == [f"{HERE}.0.value_option_id", f"{HERE}.2"]
