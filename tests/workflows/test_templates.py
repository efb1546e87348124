"""What steps are told."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from incidentio.core.vocabulary import Stored
from integrations.base import Param, StepFailed
from integrations.types import BOOL, LINK, SEVERITY, TEMPLATED_TEXT, TEXT, TIMESTAMP, USER
from tests.workflows.supposing import supposed, telling, words_of
from tests.workflows.writing import MESSAGE, expression, fields, of, severity, step
from workflows.facts import Facts
from workflows.templates import bind, bind_step, for_each_values, literal_refusal


def literally(text: str) -> Stored:
    """A binding of one literal."""
    return {"value": {"literal": text}}


def said(text: str, facts: Facts | None = None, type: str = TEMPLATED_TEXT, **words: Any) -> Any:
    """What a parameter of this type is told by a literal."""
    return bind(words_of(**words), Param("it", "It", type), literally(text), facts or supposed())


def led_by(user: User, **values: Any) -> Facts:
    """The usual incident, reported by somebody."""
    role = snapshot.current().reporter_role
    assert role is not None
    return supposed(**{f"incident_role_assignments.{role.id}": user.id}, **values)


@pytest.mark.parametrize(
    ("type", "literal", "expected"),
    [
        ("Number", "4.50", Decimal("4.50")),
        (TIMESTAMP, "2026-11-25T14:03:00+01:00", datetime(2026, 11, 25, 13, 3, tzinfo=UTC)),
        (BOOL, "true", True),
        (USER, "01K5TSNDBF7KBZY9AFDKYXJM3M", "01K5TSNDBF7KBZY9AFDKYXJM3M"),
        ("String", "100% {% sure", "100% {% sure"),
        (LINK, "https://example.com/{{ incident.reference }}", "https://example.com/INC-12"),
        ("SlackUserGroup", "{{ as it is }}", "{{ as it is }}"),
        (TEXT, "", None),
    ],
)
def test_literals_are_read_by_their_type(type: str, literal: str, expected: Any) -> None:
    assert said(literal, type=type) == expected


@pytest.mark.parametrize(("type", "literal"), [("Number", "many"), (TIMESTAMP, "soon"), (BOOL, "maybe")])
def test_a_literal_that_cannot_be_read_fails_for_good(type: str, literal: str) -> None:
    with pytest.raises(StepFailed, match=f"It: .*{literal}") as failure:
        said(literal, type=type)
    assert failure.value.permanent


def test_lists_take_all_there_is(nora: User) -> None:
    many = Param("users", "Users", USER, array=True)
    binding = {"array_value": [{"literal": "a"}, {"reference": "incident.active_participants"}, {"literal": ""}]}
    assert bind(words_of(), many, binding, led_by(nora)) == ["a", nora.id]
    assert bind(words_of(), many, of("incident.active_participants"), led_by(nora)) == [nora.id]
    assert bind(words_of(), many, {}, supposed()) == []
    assert bind(words_of(), Param("user", "User", USER), {}, supposed()) is None
    assert bind(words_of(), Param("user", "User", USER), of("incident.active_participants"), led_by(nora)) == nora.id


def test_what_is_needed_and_not_there_fails() -> None:
    needed = Param("user", "User", USER, required=True)
    for binding in ({}, of("incident.reporter"), literally("")):
        with pytest.raises(StepFailed, match="User: nothing was given"):
            bind(words_of(), needed, binding, supposed())


def test_references_are_texts_where_texts_are_expected(nora: User) -> None:
    text, texts = Param("it", "It", "String"), Param("it", "It", "String", array=True)
    assert bind(words_of(), text, of("incident.severity"), supposed()) == "Major"
    assert bind(words_of(), text, of("incident.created_at"), supposed()) == "2026-11-25 13:00 UTC"
    assert bind(words_of(), texts, of("incident.active_participants"), led_by(nora)) == ["Nora Lind"]
    assert bind(words_of(), texts, of("incident.active_participants.email"), led_by(nora)) == ["nora@example.com"]
    assert bind(words_of(), Param("it", "It", SEVERITY), of("incident.severity"), supposed()) == severity("Major")


TEMPLATES = {
    "{{ incident }}: {{ incident.name }}": "INC-12: Checkout is down",
    "{{ incident.severity }} {{ incident.severity.name }} {{ incident.severity.rank | plus: 0 }}": "Major Major 1",
    "{{ incident.reporter }} <{{ incident.reporter.email }}>": "Nora Lind <nora@example.com>",
    "{{ incident.active_participants }}": "Nora Lind",
    "{% for one in incident.active_participants %}{{ one.name }}/{{ one }}{% endfor %}": "Nora Lind/Nora Lind",
    "{{ incident.active_participants.email | join: '+' }}": "nora@example.com",
    "{{ incident.active_participants | size }}{{ incident.active_participants.size }}": "11",
    "{{ incident.active_participants.first.email }}": "nora@example.com",
    "{{ incident.created_at }}": "2026-11-25 13:00 UTC",
    "{{ incident.created_at | date: '%H:%M' }}": "13:00",
    "{{ now }} {{ 'now' | date: '%Y' }} {{ 'today' | date: '%d' }}": "2026-11-25 14:03 UTC 2026 25",
    "{{ incident.minutes_since_declared | divided_by: 60 }}": "1",
    "{% if incident.minutes_since_declared > 60 %}late{% endif %}": "late",
    "{% if incident.severity == 'Major' %}bad{% endif %}": "bad",
    "{% if incident.active_participants contains 'Nora Lind' %}she{% endif %}": "she",
    "{% case incident.status.category %}{% when 'Live' %}on{% endcase %}": "on",
    "{% if incident.summary %}x{% else %}none{% endif %}": "none",
    "{% unless incident.custom_field %}none{% endunless %}": "none",
    "{{ incident.call_url | default: 'no call' }}": "no call",
    '{{ incident["name"] | downcase | truncate: 8 }}': "check...",
    '{{ expressions["total"] }} {{ expressions["none"] }}': "1 ",
    "{% for one in incident %}{{ one }}{% endfor %}{{ incident.custom_field }}": "",
}


@pytest.mark.parametrize(("template", "text"), TEMPLATES.items(), ids=list(TEMPLATES))
def test_texts_take_what_they_name(nora: User, template: str, text: str) -> None:
    counted = expression("total", "incident.active_participants", {"operation_type": "count"})
    assert (said(template, led_by(nora), expressions=[counted]) or "") == text


def test_fields_are_named_by_their_ids() -> None:
    field_id, option_id, services_id = fields()
    facts = supposed(**{f"custom_field_entries.{field_id}": [option_id]})
    assert said(f'{{{{ incident.custom_field["{field_id}"] }}}}!', facts) == "All customers!"
    assert said(f'{{{{ incident.custom_field["{services_id}"].catalog_attribute["owner"].name }}}}!', facts) == "!"
    assert said('{{ incident.custom_field["none"] }}{{ incident.custom_field[5] }}!', facts) == "!"


def test_a_trigger_tells_of_more(nora: User) -> None:
    words = words_of("incident.update_shared")
    facts = telling(**{"update.message": "Half of it", "update.author": nora.id})
    told = bind(words, Param("m", "M", TEXT), literally("{{ update.message }} ({{ update.author.name }})"), facts)
    assert told == "Half of it (Nora Lind)"


ESCAPES = [
    "{{ incident.__class__ }}",
    "{{ incident['__class__'] }}",
    "{{ incident.delete }}",
    "{{ incident._facts }}",
    "{{ incident._words.world.words }}",
    "{{ incident.severity._value }}",
    "{{ incident.keys }}",
    "{{ incident.items }}",
    "{{ incident.active_participants.count }}",
    "{{ incident.active_participants._x }}",
    "{{ incident.__liquid__ }}",
    "{{ incident.created_at.tzinfo }}",
    "{{ incident.created_at.now }}",
    "{{ expressions._get }}",
    "{{ incident.first }}",
    "{{ incident.custom_field.__init__ }}",
    "{{ incident.name.__len__ }}",
    "{{ now.__class__ }}",
    "{{ self }}",
    "{{ incident | map: '_facts' }}",
    "{{ incident | map: '__class__' | join: '' }}",
    "{{ words }}{{ facts }}{{ request }}",
    "{{ incident.active_participants | map: '__init__' | join: '' }}",
    "{{ settings }}{{ incident.role._get }}",
]


@pytest.mark.parametrize("template", ESCAPES)
def test_there_is_no_way_out_of_a_template(nora: User, template: str) -> None:
    assert (said(template, led_by(nora)) or "").strip() == ""


def test_what_is_put_in_is_not_read_again() -> None:
    facts = supposed(name="{{ incident.summary }}{% for i in (1..9) %}", summary="secret")
    assert said("{{ incident.name }}!", facts) == "{{ incident.summary }}{% for i in (1..9) %}!"
    document = json.dumps({"type": "doc", "content": [{"type": "varSpec", "attrs": {"name": "incident.name"}}]})
    assert said(document, facts) == "{{ incident.summary }}{% for i in (1..9) %}"


def test_rich_text_is_told_as_plain_text() -> None:
    assert (said(MESSAGE) or "").startswith("Now at  ")
    link = {"type": "link", "attrs": {"href": "{{ incident.url }}"}}
    node = {"type": "text", "text": "here", "marks": [link]}
    document = json.dumps({"type": "doc", "content": [{"type": "paragraph", "content": [node]}]})
    assert said(document, type="String").startswith("[here](http://hub.test/incidents/")


@pytest.mark.parametrize(
    "literal", ["{{ incident", "{{ incident | nonsense }}", "{% for a in (1..99999) %}{% endfor %}"]
)
def test_a_text_that_cannot_be_told_fails_for_good(literal: str) -> None:
    with pytest.raises(StepFailed, match="It: ") as failure:
        said(literal)
    assert failure.value.permanent


def test_texts_end_somewhere() -> None:
    with pytest.raises(StepFailed, match="limit"):
        said("{{ incident.summary }}{{ incident.summary }}", supposed(summary="a" * 60_000))
    assert len(said("{{ incident.summary }}", supposed(summary="a" * 200_000))) == 100_000


def test_mistakes_in_texts_are_known_beforehand() -> None:
    assert literal_refusal(TEMPLATED_TEXT, "{% if %}")
    assert literal_refusal("String", "{{ a")
    for type, literal in ((TEXT, "{{ a }}"), ("String", "{% if"), (USER, "{{ a"), (TEXT, MESSAGE), (TEXT, "")):
        assert literal_refusal(type, literal) is None


PARAMS = (Param("incident", "Incident", "Incident"), Param("user", "User", USER), Param("note", "Note", TEMPLATED_TEXT))


def test_a_step_is_told_by_the_names_of_its_parameters(nora: User) -> None:
    facts = led_by(nora)
    told = bind_step(words_of(), step("x", of("incident"), of("incident.reporter")), PARAMS, facts)
    assert facts.incident is not None
    assert told == {"incident": facts.incident.id, "user": nora.id, "note": None}
    assert bind_step(words_of(), step("x", of("incident")), (), facts) == {}


def test_a_step_is_done_for_each_of_many(nora: User) -> None:
    facts = led_by(nora)
    greeting = literally("Hello {{ loop_variable.name }}")
    definition = step("x", {}, of("loop_variable"), greeting, for_each="incident.active_participants")
    assert for_each_values(words_of(), definition, facts) == [nora.id]
    assert for_each_values(words_of(), step("x"), facts) is None
    assert for_each_values(words_of(), step("x", for_each="incident.severity"), supposed(severity_id=None)) == []
    told = bind_step(words_of(), definition, PARAMS, facts.with_given(loop_variable=nora.id))
    assert (told["user"], told["note"]) == (nora.id, "Hello Nora Lind")
