"""What expressions work out."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from catalog.models import FollowUpPriority
from incidentio.core.vocabulary import Stored
from tests.workflows.supposing import supposed, telling, words_of
from tests.workflows.writing import asking, branches, expression, severity
from workflows.conditions import compile_groups
from workflows.facts import Facts
from workflows.values import as_text, reader

FORM = [
    {"key": key, "title": key, "type": type, "array": array}
    for key, type, array in (
        ("numbers", "Number", True), ("number", "Number", False), ("texts", "String", True), ("text", "Text", False),
        ("severities", "IncidentSeverity", True), ("priorities", "FollowUpPriority", True), ("people", "User", True),
        ("times", "Timestamp", True),
    )
]  # fmt: skip


def worked_out(facts: Facts, root: str, *operations: Stored, part: str = "", **said: Any) -> Any:
    """What one expression comes to."""
    words = words_of("manual", form_fields=FORM, expressions=[expression("it", root, *operations, **said)])
    return reader(words, f'expressions["it"]{part}')(facts)


def simple(kind: str) -> Stored:
    return {"operation_type": kind}


def filtered(*conditions: Stored) -> Stored:
    return {"operation_type": "filter", "filter": {"condition_groups": [{"conditions": list(conditions)}]}}


def returning(kind: str, type: str, *, array: bool = False, **said: Any) -> Stored:
    return {"operation_type": kind, kind: said | {"returns": {"type": type, "array": array}}}


def navigated(reference: str) -> Stored:
    return {"operation_type": "navigate", "navigate": {"reference": reference}}


NUMBERS = {"form.numbers": ["3", "10", "-1.5", "none"]}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("count", 3), ("sum", Decimal("11.5")), ("min", Decimal("-1.5")), ("max", 10), ("first", 3)],
)
def test_many_come_to_one(kind: str, expected: Any) -> None:
    assert worked_out(telling(**NUMBERS), "form.numbers", simple(kind)) == expected


@pytest.mark.parametrize(("kind", "expected"), [("count", 0), ("sum", 0), ("min", None), ("random", None)])
def test_nothing_comes_to_nothing(kind: str, expected: Any) -> None:
    assert worked_out(telling(), "form.numbers", simple(kind)) == expected
    assert worked_out(telling(), "form.number", simple(kind)) == expected


def test_the_largest_numbers_add_up() -> None:
    told = {"form.numbers": ["1e999", "-1e999", "1e-999", "1e9999", "NaN", "Infinity", "9" * 100]}
    assert worked_out(telling(**told), "form.numbers", simple("sum")) > 0


def test_what_has_a_rank_is_compared_by_it() -> None:
    names = ["Major", "Minor", "Critical"]
    told = {"form.severities": [severity(name) for name in names] + ["gone"]}
    assert worked_out(telling(**told), "form.severities", simple("max")) == severity("Critical")
    assert worked_out(telling(**told), "form.severities", simple("min")) == "gone"
    priorities = {row.name: row.id for row in FollowUpPriority.objects.all()}
    told = {"form.priorities": [priorities["Low"], priorities["Urgent"], priorities["High"]]}
    assert worked_out(telling(**told), "form.priorities", simple("max")) == priorities["Urgent"]


def test_random_is_the_same_for_the_same_incident() -> None:
    told = {"form.texts": [str(number) for number in range(50)]}
    drawn = {worked_out(telling(**told), "form.texts", simple("random")) for _ in range(5)}
    assert len(drawn) == 1
    assert drawn < {*told["form.texts"]}


def test_a_part_of_what_came_before(nora: User) -> None:
    facts = telling(**{"form.people": [nora.id, "nobody"]})
    assert worked_out(facts, "form.people", navigated("name")) == ["Nora Lind"]
    assert worked_out(facts, "form.people", simple("first"), navigated("email")) == "nora@example.com"
    assert worked_out(facts, "form.people", simple("first"), part=".slack_user_id") == "U0NORA"
    assert worked_out(facts, "incident.creator", navigated("user")) is None
    assert worked_out(facts, "incident", navigated("severity.name")) == "Major"
    assert worked_out(facts, "incident", navigated("moon")) is None


def test_a_filter_keeps_what_it_asks_for(nora: User) -> None:
    facts = telling(**{"form.people": [nora.id, "nobody"], **NUMBERS})
    assert worked_out(facts, "form.people", filtered(asking("input.name", "is_set"))) == [nora.id]
    assert worked_out(facts, "form.numbers", filtered(asking("input", "gt", "0", many=False)), simple("count")) == 2
    assert (
        worked_out(facts, "incident.severity", filtered(asking("input.name", "starts_with", "x", many=False))) is None
    )
    assert worked_out(facts, "incident.name", filtered(asking("incident.severity", "is_set"))) == "Checkout is down"


def test_lists_are_put_one_after_another() -> None:
    facts = telling(**NUMBERS, **{"form.texts": ["a"], "form.number": "7"})
    assert worked_out(
        facts, "form.texts", {"operation_type": "concatenate", "concatenate": {"reference": "form.numbers"}}
    ) == ["a", "3", "10", "-1.5"]
    more = {"operation_type": "concatenate", "concatenate": {"reference": "form.numbers"}}
    assert worked_out(facts, "form.number", more, simple("count")) == 4


DOCUMENT = '{"a": {"b": [1, 2.5, {"c": "d"}], "t": true}}'


@pytest.mark.parametrize(
    ("source", "type", "array", "expected"),
    [
        ("$.a.b[0]", "Number", False, 1),
        ("$.a.b[1]", "Number", False, Decimal("2.5")),
        ("a.b[2].c", "String", False, "d"),
        ("$.a.b[2]", "String", False, '{"c":"d"}'),
        ("$.a.b", "String", True, ["1", "2.5", '{"c":"d"}']),
        ("$.a.t", "Bool", False, True),
        ("$.a.b[9]", "String", False, None),
        ("$.a.b[" + "9" * 5_000 + "]", "String", False, None),
        ("$.a.x", "Number", False, None),
        ("$", "String", False, DOCUMENT.replace(" ", "")),
    ],
)
def test_a_value_is_read_out_of_a_document(source: str, type: str, array: bool, expected: Any) -> None:
    facts = telling(**{"form.text": DOCUMENT})
    assert worked_out(facts, "form.text", returning("parse", type, array=array, source=source)) == expected


@pytest.mark.parametrize("text", ["", "{", "no", "[" * 3_000, None, 5])
def test_what_is_no_document_holds_nothing(text: Any) -> None:
    facts = telling(**{"form.text": text})
    assert worked_out(facts, "form.text", returning("parse", "String", source="$.a")) is None


@pytest.mark.parametrize(
    ("root", "type", "expected"),
    [
        ("form.number", "String", "7"),
        ("form.text", "Number", Decimal("12.50")),
        ("incident.severity", "String", "Major"),
        ("incident.created_at", "Text", "2026-11-25 13:00 UTC"),
        ("incident.name", "Number", None),
        ("incident.name", "Timestamp", None),
        ("incident.name", "Bool", None),
        ("form.numbers", "String", "3"),
    ],
)
def test_types_become_others(root: str, type: str, expected: Any) -> None:
    facts = telling(**NUMBERS, **{"form.number": "7", "form.text": "12.50"})
    assert worked_out(facts, root, returning("cast", type)) == expected


def test_the_first_branch_that_is_true_is_taken(nora: User) -> None:
    yes, no = asking("incident.severity", "is_set"), asking("incident.severity", "is_blank")
    literal, other = ({"value": {"literal": text}} for text in (nora.id, "somebody"))
    assert worked_out(supposed(), ".", branches((no, other), (yes, literal), (yes, other))) == nora.id
    assert worked_out(supposed(), ".", branches((no, other))) is None
    assert worked_out(supposed(), ".", branches((no, other)), else_branch={"result": literal}) == nora.id
    assert worked_out(supposed(), ".", branches((yes, literal)), else_branch={"result": other}) == nora.id
    assert worked_out(supposed(), "form.people", simple("first"), else_branch={"result": literal}) == nora.id


def test_expressions_build_on_each_other() -> None:
    words = words_of(
        "manual",
        form_fields=FORM,
        expressions=[
            expression("positive", "form.numbers", filtered(asking("input", "gt", "0", many=False))),
            expression("total", 'expressions["positive"]', simple("sum")),
        ],
    )
    condition = asking('expressions["total"]', "gte", "13", many=False)
    assert compile_groups(words, [{"conditions": [condition]}])(telling(**NUMBERS))
    assert (
        as_text(reader(words, 'expressions["total"]')(telling(**NUMBERS)), words.meaning("form.number"), supposed())
        == "13"
    )


def chained(length: int, *operations: Stored) -> list[Stored]:
    """Expressions of which each is made of the one before."""
    first = [expression("e0", "form.numbers")]
    return first + [expression(f"e{n}", f'expressions["e{n - 1}"]', *operations) for n in range(1, length)]


def test_a_hundred_expressions_in_a_row_are_worked_out() -> None:
    twice = filtered(asking("input", "is_set"))
    words = words_of("manual", form_fields=FORM, expressions=chained(100, twice, twice))
    assert reader(words, 'expressions["e99"]')(telling(**NUMBERS)) == [3, 10, Decimal("-1.5")]


def test_lists_that_double_stay_small() -> None:
    expressions = chained(60)
    for number in range(1, 60):
        more = {"operation_type": "concatenate", "concatenate": {"reference": f'expressions["e{number - 1}"]'}}
        expressions[number] = expressions[number] | {"operations": [more]}
    words = words_of("manual", form_fields=FORM, expressions=expressions)
    assert len(reader(words, 'expressions["e59"]')(telling(**NUMBERS))) == 10_000


def test_filters_in_filters_are_worked_out_once() -> None:
    expressions = chained(60)
    for number in range(1, 60):
        inner = filtered(asking(f'expressions["e{number - 1}"]', "is_set"))
        expressions[number] = expression(f"e{number}", "form.numbers", inner)
    words = words_of("manual", form_fields=FORM, expressions=expressions)
    assert len(reader(words, 'expressions["e59"]')(telling(**NUMBERS))) == 3


def test_expressions_that_wait_for_each_other_come_to_nothing() -> None:
    words = words_of(expressions=[expression("a", 'expressions["b"]'), expression("b", 'expressions["a"]')])
    assert reader(words, 'expressions["a"]')(supposed()) is None
    assert reader(words, 'expressions["b"]')(supposed()) is None


def test_expressions_do_not_see_what_they_are_asked_within() -> None:
    words = words_of(
        "manual",
        form_fields=FORM,
        expressions=[
            expression("x", "input"),
            expression("y", "form.texts", filtered(asking('expressions["x"]', "is_set"))),
        ],
    )
    assert reader(words, 'expressions["y"]')(telling(**{"form.texts": ["a"]})) == []
