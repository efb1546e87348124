"""Controls and what they say, a binding at a time."""

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from incidentio.core.vocabulary import NUMBER, STRING
from integrations.base import Param
from integrations.types import INCIDENT, SEVERITY, TEMPLATED_TEXT, TIMESTAMP, USER
from tests.workflows.test_offering import offering
from tests.workflows.writing import MESSAGE, severity
from workflows.building import KEPT, LITERAL, REFERENCE, Draft, Kind, as_posted, kind_of, read_binding, shown
from workflows.controls import Beside, control_of

WORST: dict[str, Any] = {"value": {"literal": "x"}}


def param(type: str, array: bool = False) -> Param:
    return Param("it", "It", type, array=array)


def said(about: Param, was: dict[str, Any], **controls: Any) -> dict[str, Any]:
    """What comes back of a binding's controls, by the ends of their names."""
    lists = {f"at.{name}": value if isinstance(value, list) else [value] for name, value in controls.items()}
    return read_binding(offering(), MultiValueDict(lists), "at", about, was)


@pytest.mark.parametrize(
    ("about", "kind"),
    [
        (param(INCIDENT), Kind.REFER),
        (param(SEVERITY), Kind.CHOOSE),
        (param(SEVERITY, array=True), Kind.PICK),
        (param(STRING), Kind.TEXT),
        (param(STRING, array=True), Kind.LINES),
        (param(TEMPLATED_TEXT), Kind.LONG),
        (param(NUMBER), Kind.NUMBER),
        (param(TIMESTAMP), Kind.MOMENT),
        (param("SlackChannel"), Kind.TEXT),
    ],
)
def test_types_have_their_controls(about: Param, kind: Kind) -> None:
    assert kind_of(offering(), about) is kind


@pytest.mark.parametrize(
    ("binding", "mode"),
    [
        ({}, LITERAL),
        ({"value": {"literal": "Hello"}}, LITERAL),
        ({"value": {"reference": "incident.name"}}, REFERENCE),
        ({"value": {"literal": MESSAGE}}, KEPT),
        ({"array_value": [{"literal": "a"}, {"reference": "incident.name"}]}, KEPT),
        ({"array_value": [{"literal": "a"}, {"literal": "b"}]}, KEPT),
        ({"value": {"literal": "a", "reference": "incident.name"}}, KEPT),
        ({"value": "odd"}, KEPT),
        ({"value": {"literal": "a"}, "array_value": []}, KEPT),
    ],
)
def test_what_controls_cannot_say_is_kept(binding: dict[str, Any], mode: str) -> None:
    assert shown(offering(), param(TEMPLATED_TEXT), binding).mode == mode
    assert said(param(TEMPLATED_TEXT), binding, mode=KEPT) == binding


def test_one_and_many_are_said_as_tools_do() -> None:
    major = severity("Major")
    assert said(param(SEVERITY), {}, mode=LITERAL, values=major) == {"value": {"literal": major}}
    assert said(param(SEVERITY, array=True), {}, mode=LITERAL, values=[major]) == {"array_value": [{"literal": major}]}
    assert said(param(STRING, array=True), {}, mode=LITERAL, values="a\r\n\r\n b \r\n") == {
        "array_value": [{"literal": "a"}, {"literal": "b"}]
    }
    assert said(param(USER), {}, mode=REFERENCE, reference="incident.reporter") == {
        "value": {"reference": "incident.reporter"}
    }


def test_what_is_emptied_is_not_set() -> None:
    assert said(param(STRING), WORST, mode=LITERAL, values="") == {}
    assert said(param(STRING), WORST, mode=REFERENCE, reference="") == {}


def test_local_times_are_sent_as_instants(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    written = said(param(TIMESTAMP), {}, mode=LITERAL, values="2026-07-01T12:00")
    assert written == {"value": {"literal": "2026-07-01T10:00:00.000000Z"}}
    assert as_posted(Kind.MOMENT, ["2026-07-01T10:00:00Z"]) == ["2026-07-01T12:00"]
    assert said(param(TIMESTAMP), {}, mode=LITERAL, values="soon") == {"value": {"literal": "soon"}}


def test_the_order_choices_were_written_in_stays() -> None:
    was = {"array_value": [{"literal": severity("Major")}, {"literal": severity("Critical")}]}
    ticked = [severity("Critical"), severity("Major")]
    assert said(param(SEVERITY, array=True), was, mode=LITERAL, values=ticked) is was


@pytest.mark.parametrize("literal", ["\r\n", "a\rb", "gone"])
def test_odd_choices_stay_when_nobody_touches_them(literal: str) -> None:
    was = {"array_value": [{"literal": literal}]}
    control = control_of(offering(), param(SEVERITY, array=True), was, "at", Beside())
    assert control.posted == [literal]
    assert said(param(SEVERITY, array=True), was, mode=LITERAL, values=literal) is was


def test_rich_text_is_shown_in_words(omar: User) -> None:
    control = control_of(offering(), param(TEMPLATED_TEXT), {"value": {"literal": MESSAGE}}, "steps.0", Beside())
    assert control.kept == "Now at  {{ Incident → Status }}"
    mixed = {"array_value": [{"literal": omar.id}, {"reference": "incident.reporter"}]}
    words = offering(steps=[{"id": "1", "name": "x", "param_bindings": [mixed]}])
    kept = control_of(words, param(USER, array=True), mixed, "steps.0", Beside()).kept
    assert kept == f"{omar.name}, Incident → Reporter"


def test_nonsense_moves_nothing() -> None:
    draft = Draft([], [{"id": "a", "name": "x", "param_bindings": []}])
    for what in ("", "step.up 9", "step.up -1", "group.remove 1", "condition.remove 0", "step.remove", "step.add"):
        draft.do(what)
    assert (draft.groups, [step["id"] for step in draft.steps]) == ([], ["a"])
