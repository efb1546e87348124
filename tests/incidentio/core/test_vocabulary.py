"""Bindings and expressions told with labels, in a place that knows nothing but what it is given."""

from typing import Any

import pytest

from incidentio.core.vocabulary import Meaning, Vocabulary, binding_v2, expression_v2

TEAM = {"team": Meaning("Team", "Team", array=True)}


def expression(reference: str, root: str, *operations: dict[str, Any]) -> dict[str, Any]:
    return {"label": reference.title(), "reference": reference, "root_reference": root, "operations": list(operations)}


def returns(type: str, *, array: bool = False) -> dict[str, Any]:
    return {"returns": {"type": type, "array": array}}


@pytest.mark.parametrize(
    ("operation", "returned"),
    [
        ({"operation_type": "count"}, ("Number", False)),
        ({"operation_type": "sum"}, ("Number", False)),
        ({"operation_type": "random"}, ("Team", False)),
        ({"operation_type": "filter", "filter": {"condition_groups": []}}, ("Team", True)),
        ({"operation_type": "concatenate", "concatenate": {"reference": "team"}}, ("Team", True)),
        ({"operation_type": "cast", "cast": returns("String", array=True)}, ("String", True)),
        ({"operation_type": "parse", "parse": returns("Bool") | {"source": "$.x"}}, ("Bool", False)),
        ({"operation_type": "branches", "branches": returns("User") | {"branches": []}}, ("User", False)),
    ],
)
def test_each_operation_says_what_comes_out(operation: dict[str, Any], returned: tuple[str, bool]) -> None:
    wire = expression_v2(expression("it", "team", operation), Vocabulary(given=TEAM))
    assert (wire["returns"]["type"], wire["returns"]["array"]) == returned
    assert wire["operations"][0]["returns"] == wire["returns"]


def test_expressions_know_each_other_by_label() -> None:
    words = Vocabulary([expression("one", 'expressions["two"]'), expression("two", "team")], TEAM)
    assert words.meaning('expressions["one"]') == Meaning("One", "Team", array=True)
    concatenating = expression("all", "team", {"operation_type": "concatenate", "concatenate": {"reference": "team"}})
    told = expression_v2(concatenating, words)["operations"][0]["concatenate"]
    assert told == {"reference": "team", "reference_label": "Team"}


@pytest.mark.parametrize(
    "reference", ["moon", "team.moon", 'expressions["none"]', 'expressions["it"]', "", "..", 'team["x', "team..name"]
)
def test_what_nobody_knows_is_called_what_it_says(reference: str) -> None:
    words = Vocabulary([expression("it", 'expressions["it"]')], TEAM)
    assert words.meaning(reference) == Meaning(reference, known=False)
    assert binding_v2({"value": {"reference": reference}}, words)["value"]["reference"] == reference


def test_a_binding_keeps_its_shape() -> None:
    words = Vocabulary(given=TEAM)
    assert binding_v2({}, words) == {}
    assert binding_v2({"value": {}}, words) == {"value": {"label": ""}}
    many = {"array_value": [{"literal": ""}, {"reference": "team"}]}
    assert binding_v2(many, words) == {
        "array_value": [{"literal": "", "label": ""}, {"reference": "team", "label": "Team"}]
    }
