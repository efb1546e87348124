"""What an entry may hold."""

from typing import Any

import pytest

from catalog.entry_values import LONGEST_LITERAL, MOST_VALUES, check_values
from catalog.models import CatalogType
from incidentio.core.errors import Invalid
from tests.catalog.service import SERVICE, attribute, backlink, bindings, path

ROW = CatalogType(
    name="Service",
    type_name=SERVICE,
    attributes=[
        attribute("tier", mode=""),
        attribute("note", "Text", mode="api"),
        attribute("cost", "Number", mode="dashboard"),
        attribute("live", "Bool", mode="external"),
        attribute("tags", array=True, mode="dynamic"),
        attribute("sizes", "Number", array=True, mode="internal"),
        attribute("needs", SERVICE, array=True, mode=""),
        backlink("needed", SERVICE, "needs"),
        path("deeper", SERVICE, "needs", "needs"),
    ],
)


def refusals(said: dict[str, Any]) -> list[str | None]:
    with pytest.raises(Invalid) as refused:
        check_values(ROW, said, "attribute_values")
    return [problem.pointer for problem in refused.value.problems]


@pytest.mark.parametrize(
    "text", ["", " ", "\t a \r\n", "e\u0301 é \u200b\ufeff", "😀", '"\\u0041"', "null", "\x01\x7f"]
)
def test_literals_are_kept_as_they_were_written(text: str) -> None:
    said = bindings(tier=text, note=text, tags=[text, text], needs=[text])
    assert check_values(ROW, said, "") == said


def test_numbers_and_flags_are_kept_as_they_were_written() -> None:
    said = bindings(cost="+01.50", live="false", sizes=["1e3", "", ".5"])
    assert check_values(ROW, said, "") == said
    assert check_values(ROW, bindings(cost="", live=""), "") == bindings(cost="", live="")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"tier": {}},
        {"tier": {"value": {}}},
        {"tier": {"array_value": []}},
        {"tags": {"array_value": []}},
        {"tags": {"value": {}}},
        {"needed": {"array_value": []}},
        {"deeper": {"value": {}}},
    ],
)
def test_what_says_nothing_is_left_out(said: dict[str, Any]) -> None:
    assert check_values(ROW, said, "") == {}


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (bindings(colour="red"), "colour"),
        (bindings(tier=["1"]), "tier"),
        (bindings(tags="a"), "tags"),
        (bindings(cost="cheap"), "cost.value.literal"),
        (bindings(sizes=["1", "big"]), "sizes.array_value.1.literal"),
        (bindings(live="True"), "live.value.literal"),
        (bindings(note="x" * (LONGEST_LITERAL + 1)), "note.value.literal"),
        (bindings(tags=["x"] * (MOST_VALUES + 1)), "tags.array_value"),
        ({"tags": {"array_value": [{"literal": "a"}, {}]}}, "tags.array_value.1.literal"),
        (bindings(needed=["a"]), "needed"),
        (bindings(deeper="a"), "deeper"),
    ],
)
def test_what_does_not_fit_is_pointed_at(said: dict[str, Any], at: str) -> None:
    assert refusals(said) == [f"attribute_values.{at}"]


@pytest.mark.parametrize("attribute_id", ["tier", "tags", "needed"])
def test_references_stand_for_nothing_here(attribute_id: str) -> None:
    reference = {"reference": "incident.name"}
    assert refusals({attribute_id: {"value": reference}}) == [f"attribute_values.{attribute_id}.value.reference"]
    several = {attribute_id: {"array_value": [{"literal": "a"}, reference | {"literal": "b"}]}}
    assert refusals(several) == [f"attribute_values.{attribute_id}.array_value.1.reference"]


def test_all_mistakes_are_told_at_once() -> None:
    assert refusals(bindings(colour="red", tier="1", cost="?")) == [
        "attribute_values.colour",
        "attribute_values.cost.value.literal",
    ]
