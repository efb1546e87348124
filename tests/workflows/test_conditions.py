"""Whether conditions hold: every operation of every type, whatever the facts are."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from accounts.models import User
from catalog import snapshot
from catalog.models import CatalogEntry, CatalogType, FollowUpPriority
from incidentio.core.vocabulary import Meaning, Stored
from integrations import types
from tests.workflows.supposing import status_in, supposed, telling, words_of
from tests.workflows.writing import asking, expression, fields, of, severity
from workflows.conditions import compile_groups, explain_groups
from workflows.facts import Facts
from workflows.operations import Takes, operations_of
from workflows.world import WorkflowWords

Expected = dict[str, tuple[list[str] | None, list[str] | None]]
PRESENT: Expected = {"is_set": ([], None), "is_blank": (None, [])}
CHOICE: Expected = {"one_of": (["A", "B"], ["B"]), "not_in": (["B"], ["A"]), **PRESENT}
WORDED: Expected = {
    "one_of": (["x", "Checkout is DOWN"], ["checkout is down"]),
    "not_in": (["x"], ["Checkout is DOWN"]),
    "contains": (["is down"], ["up"]),
    "does_not_contain": (["up"], ["OUT"]),
    "contains_one_of": (["up", "CHECK"], ["up", "sideways"]),
    "starts_with": (["check"], ["is"]),
    "ends_with": (["down"], ["is"]),
    "matches": (["^Check.*N$"], ["^check"]),
    "does_not_match": (["^check"], ["out"]),
    **PRESENT,
}
RANKED: Expected = {
    "one_of": (["severity:Major"], ["severity:Minor"]),
    "not_in": (["severity:Minor"], ["severity:Major"]),
    "gte": (["severity:Major"], ["severity:Critical"]),
    "lte": (["severity:Major"], ["severity:Minor"]),
    "gt": (["severity:Minor"], ["severity:Major"]),
    "lt": (["severity:Critical"], ["severity:Major"]),
    **PRESENT,
}
PRIORITY: Expected = {
    name: (yes and [yes[0].replace("severity:", "priority:")], no and [no[0].replace("severity:", "priority:")])
    for name, (yes, no) in RANKED.items()
}
PRIORITIES = {"Minor": "Low", "Major": "Medium", "Critical": "Urgent"}
STATUS: Expected = {
    "one_of": (["status:live"], ["status:closed"]),
    "not_in": (["status:closed"], ["status:live"]),
    "is_active": ([], None),
    "is_not_active": (None, []),
    **PRESENT,
}
CATEGORY: Expected = STATUS | {"one_of": (["active"], ["closed"]), "not_in": (["post-incident"], ["open"])}
NUMBER: Expected = {
    "one_of": (["4.0"], ["5"]),
    "not_in": (["5"], ["4"]),
    "gte": (["4"], ["4.1"]),
    "lte": (["4"], ["-1"]),
    "gt": (["3.9"], ["4"]),
    "lt": (["1e3"], ["4"]),
    **PRESENT,
}
MOMENT: Expected = {
    "gte": (["2026-11-25T14:03:00+01:00"], ["2026-11-25T14:04:00Z"]),
    "lte": (["2026-11-25T14:03:00"], ["2026-11-25T14:02:00Z"]),
    **PRESENT,
}
TRUTH: Expected = {
    "one_of": (["true"], ["false"]),
    "not_in": (["false"], ["true"]),
    "is_true": ([], None),
    "is_false": (None, []),
    **PRESENT,
}
MANY: Expected = {
    "one_of": (["A", "Z"], ["Z"]),
    "not_in": (["Z"], ["B"]),
    "contains": (["A"], ["Z"]),
    "contains_one_of": (["Z", "B"], ["Z"]),
    "contains_all_of": (["A", "B"], ["A", "Z"]),
    "contains_none_of": (["Z"], ["A"]),
    **PRESENT,
}
NAMED: Expected = {"contains": (["shop"], ["mail"]), "name_contains": (["HO"], ["mail"])}
ENTRY: Expected = {"one_of": (["entry:Shop"], ["B"]), "not_in": (["B"], ["entry:Shop"]), **PRESENT, **NAMED}
ENTRIES: Expected = {
    name: tuple(literals and [one.replace("A", "entry:Shop") for one in literals] for literals in pair)  # type: ignore[misc]
    for name, pair in MANY.items()
} | NAMED
OTHERS = (
    types.TYPE, types.MODE, types.VISIBILITY, types.ROLE, types.CUSTOM_FIELD, types.INCIDENT_TIMESTAMP, types.USER,
    types.WORK_STATUS, types.API_KEY, types.WORKFLOW, types.ALERT, types.ALERT_SOURCE, types.ALERT_STATUS,
    types.SLACK_CHANNEL, types.option_of("field"),
)  # fmt: skip
# A value of each type, and for each operation literals for which it holds, and for which it does not.
TABLE: dict[tuple[str, bool], tuple[Any, Expected]] = {
    **{(type, False): ("Checkout is DOWN", WORDED) for type in types.WORDS},
    **{(type, False): ("A", CHOICE) for type in OTHERS},
    **{(type, False): ("A", PRESENT) for type in (types.INCIDENT, types.CREATOR)},
    (types.SEVERITY, False): ("severity:Major", RANKED),
    (types.FOLLOW_UP_PRIORITY, False): ("priority:Major", PRIORITY),
    (types.STATUS, False): ("status:live", STATUS),
    (types.CATEGORY, False): ("live", CATEGORY),
    ("Number", False): ("4", NUMBER),
    (types.TIMESTAMP, False): ("2026-11-25T14:03:00Z", MOMENT),
    (types.BOOL, False): ("true", TRUTH),
    (types.entry_of("type"), False): ("entry:Shop", ENTRY),
    **{(type, True): (["A", "B"], MANY) for type in (*types.WORDS, *OTHERS, types.SEVERITY, types.CATEGORY)},
    (types.entry_of("type"), True): (["entry:Shop", "B"], ENTRIES),
}
OPPOSITES = {"not_in", "does_not_contain", "does_not_match", "is_blank", "is_not_active", "contains_none_of"}


def real(said: Any) -> Any:
    """`severity:Major` and the like as the id it stands for."""
    if isinstance(said, list):
        return [real(one) for one in said]
    kind, _, name = said.partition(":")
    match kind:
        case "severity":
            return severity(name)
        case "status":
            return status_in(name)
        case "priority":
            return FollowUpPriority.objects.get(name=PRIORITIES[name]).id
        case "entry":
            row, _ = CatalogType.objects.get_or_create(name="Service", type_name='Custom["Service"]')
            return CatalogEntry.objects.get_or_create(name=name, catalog_type=row)[0].id
        case _:
            return said


def words_with(type: str, many: bool) -> WorkflowWords:
    """The words of a workflow that asks for something of this type."""
    return words_of("manual", form_fields=[{"key": "it", "title": "It", "type": type, "array": many}])


def asked(words: WorkflowWords, facts: Facts, *conditions: Stored) -> bool:
    """Whether all the conditions hold, if the explanation says so, too."""
    groups = [{"conditions": list(conditions)}]
    holds = compile_groups(words, groups)(facts)
    assert [group["met"] for group in explain_groups(words, groups, facts)] == [holds]
    return holds


def tried(type: str, many: bool) -> Iterator[tuple[str, Stored, bool]]:
    """Every operation of a type, with what it is compared with and whether it holds then."""
    offered = operations_of(Meaning("", type, many)) or {}
    for name, pair in TABLE[type, many][1].items():
        for literals, holds in zip(pair, (True, False), strict=True):
            if literals is not None:
                takes_many = offered[name].takes is Takes.MANY
                yield name, asking("form.it", name, *real(literals), many=takes_many), holds


@pytest.mark.parametrize(("type", "many"), TABLE)
def test_an_operation_holds_or_does_not(type: str, many: bool) -> None:
    words, facts = words_with(type, many), telling(**{"form.it": real(TABLE[type, many][0])})
    for name, condition, holds in tried(type, many):
        assert asked(words, facts, condition) is holds, (name, condition)


@pytest.mark.parametrize(("type", "many"), TABLE)
def test_of_what_is_not_set_only_opposites_hold(type: str, many: bool) -> None:
    words, facts = words_with(type, many), telling()
    for name, condition, _ in tried(type, many):
        assert asked(words, facts, condition) is (name in OPPOSITES), (name, condition)


def test_every_operation_of_every_type_is_tried() -> None:
    for (type, many), (_, table) in TABLE.items():
        assert table.keys() == (operations_of(Meaning("", type, many)) or {}).keys(), type
    named = {value for name, value in vars(types).items() if name.isupper() and isinstance(value, str)}
    assert {type for type in named if operations_of(Meaning("", type)) is not None} <= {type for type, _ in TABLE}


COLUMNS: dict[str, tuple[dict[str, Any], Stored]] = {
    "a severity at least": ({}, asking("incident.severity", "gte", "severity:Minor", many=False)),
    "the name of a severity": ({}, asking("incident.severity.name", "starts_with", "maj", many=False)),
    "the rank of a severity": ({}, asking("incident.severity.rank", "lt", "1000", many=False)),
    "no severity": ({"severity_id": None}, asking("incident.severity", "is_blank")),
    "a severity nobody knows": ({"severity_id": "gone"}, asking("incident.severity", "not_in", "severity:Minor")),
    "that very severity": ({"severity_id": "gone"}, asking("incident.severity", "one_of", "gone")),
    "a status": ({}, asking("incident.status", "is_active")),
    "a category": ({}, asking("incident.status.category", "one_of", "active")),
    "a mode": ({"mode": "test"}, asking("incident.mode", "one_of", "test", "tutorial")),
    "a visibility": ({}, asking("incident.visibility", "not_in", "private")),
    "no type": ({}, asking("incident.incident_type", "not_in", "some")),
    "a summary": ({"summary": "Cards are refused"}, asking("incident.summary", "is_set")),
    "an empty summary": ({"summary": ""}, asking("incident.summary", "is_blank")),
    "a name": ({}, asking("incident.name", "contains_one_of", "mail", "CHECKOUT")),
    "a time": ({}, asking("incident.created_at", "lte", "2026-11-25T13:00:00Z", many=False)),
    "an age": ({}, asking("incident.minutes_since_update", "gte", "60", many=False)),
}


@pytest.mark.parametrize(("values", "condition"), COLUMNS.values(), ids=list(COLUMNS))
def test_an_incident_can_be_asked_about(values: dict[str, Any], condition: Stored) -> None:
    literals = [one["literal"] for binding in condition["param_bindings"] for one in binding.get("array_value", [])]
    literals += [binding["value"]["literal"] for binding in condition["param_bindings"] if "value" in binding]
    many = any("array_value" in binding for binding in condition["param_bindings"])
    condition = asking(condition["subject"], condition["operation"], *real(literals), many=many)
    assert asked(words_of(), supposed(**values), condition)
    other = asking("incident.visibility", "one_of", "private")
    assert not asked(words_of(), supposed(**values), condition, other)


def test_fields_can_be_asked_about() -> None:
    field_id, option_id, services_id = fields()
    chosen = {f"custom_field_entries.{field_id}": [option_id], f"custom_field_entries.{services_id}": ["x", "y"]}
    one, many = f'incident.custom_field["{field_id}"]', f'incident.custom_field["{services_id}"]'
    conditions = [
        asking(one, "one_of", option_id),
        asking(one, "is_set"),
        asking(many, "contains_one_of", "y", "z"),
        asking(many, "contains_all_of", "x", "y"),
        asking(many, "not_in", "z"),
    ]
    assert asked(words_of(), supposed(**chosen), *conditions)
    for condition in conditions[:-1]:
        assert not asked(words_of(), supposed(), condition)


def test_one_group_is_enough_and_none_is_always_true() -> None:
    yes, no = asking("incident.severity", "is_set"), asking("incident.severity", "is_blank")
    for groups, holds in (([], True), ([[no], [yes]], True), ([[yes, no], [no]], False), ([[]], True)):
        said = [{"conditions": conditions} for conditions in groups]
        assert compile_groups(words_of(), said)(supposed()) is holds


def test_conditions_compare_with_what_references_stand_for(nora: User) -> None:
    role = snapshot.current().reporter_role
    assert role is not None
    facts = supposed(**{f"incident_role_assignments.{role.id}": nora.id}, summary="A Major thing by Nora Lind")
    by_reporter = asking(f'incident.role["{role.id}"]', "one_of") | {"param_bindings": [of("incident.reporter")]}
    assert asked(words_of(), facts, by_reporter)
    assert not asked(words_of(), supposed(), by_reporter)
    names = asking("incident.summary", "contains") | {"param_bindings": [of("incident.severity")]}
    assert asked(words_of(), facts, names)
    people = asking("incident.summary", "contains_one_of") | {"param_bindings": [of("incident.active_participants")]}
    assert asked(words_of(), facts, people)


def test_what_nobody_knows_does_not_hold() -> None:
    for condition in (asking("moon", "is_set"), asking("incident.severity", "waxes"), asking("moon", "is_blank")):
        assert not asked(words_of(), supposed(), condition)


@pytest.mark.parametrize("pattern", ["(", "a{1001}", "x" * 1_001, "(?=x)", "\\1", "(a*" * 400, "\ud800", ""])
def test_a_pattern_that_is_none_never_holds(pattern: str) -> None:
    for operation in ("matches", "does_not_match"):
        assert not asked(words_of(), supposed(), asking("incident.name", operation, pattern, many=False))


def test_a_pattern_takes_no_longer_than_its_text() -> None:
    facts = supposed(summary="a" * 90_000)
    assert not asked(words_of(), facts, asking("incident.summary", "matches", "(a|aa|a*)*b", many=False))


def test_patterns_may_come_from_elsewhere() -> None:
    condition = asking("incident.name", "matches") | {"param_bindings": [of("incident.summary")]}
    assert asked(words_of(), supposed(summary="^Check"), condition)
    assert not asked(words_of(), supposed(summary="(("), condition)


def test_why_is_told_in_words() -> None:
    facts = supposed()
    condition = asking("incident.severity", "gte", severity("Critical"), many=False)
    [group] = explain_groups(words_of(), [{"conditions": [condition]}], facts)
    assert group == {
        "met": False,
        "conditions": [
            {
                "subject": {"reference": "incident.severity", "label": "Incident → Severity"},
                "operation": {"value": "gte", "label": "is at least"},
                "expected": ["Critical"],
                "actual": "Major",
                "met": False,
            }
        ],
    }


# ---- whatever is asked of whatever is so

ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3)
ODD |= st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
LITERALS = st.text(max_size=6) | st.sampled_from(
    ["active", "4", "-1e5", "2026-11-25T14:03:00Z", "true", "(", "a+", "A"]
)
REFERENCES = [
    "incident.severity",
    "incident.name",
    "moon",
    "form.it",
    "incident.active_participants",
    'expressions["x"]',
]
SUBJECTS = [
    *REFERENCES, "incident.status", "incident.status.category", "incident.status.name", "incident.created_at",
    "incident.summary", "incident.mode", "incident.creator.api_key", "incident.reporter.name", "incident.call_url",
    "incident.severity.rank", "incident.minutes_since_update", "incident.incident_type", "incident.slack_channel.name",
]  # fmt: skip
COLUMN_NAMES = [
    "name", "summary", "severity_id", "incident_status_id", "incident_type_id", "mode", "created_at", "call_url",
    "creator_kind", "creator_id", "number", "slack_channel_id",
]  # fmt: skip


@st.composite
def questions(draw: st.DrawFn, words: WorkflowWords) -> Stored:
    """A condition somebody might write."""
    subject = draw(st.sampled_from(SUBJECTS))
    offered = operations_of(words.meaning(subject)) or {"is_set": None, "matches": None, "gte": None}
    values = st.lists(
        st.fixed_dictionaries({"literal": LITERALS})
        | st.fixed_dictionaries({"reference": st.sampled_from(REFERENCES)}),
        max_size=3,
    )
    said = draw(values)
    binding = draw(st.sampled_from([{}, {"array_value": said}, {"value": said[0]} if said else {}]))
    return {"subject": subject, "operation": draw(st.sampled_from(sorted(offered))), "param_bindings": [binding]}


@hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(data=st.data(), type=st.sampled_from(sorted({type for type, _ in TABLE})), many=st.booleans())
def test_nothing_goes_wrong_whatever_is_asked(data: st.DataObject, type: str, many: bool) -> None:
    filtered = {
        "operation_type": "filter",
        "filter": {"condition_groups": [{"conditions": [asking("input", "is_set")]}]},
    }
    words = words_of(
        "manual",
        form_fields=[{"key": "it", "title": "It", "type": type, "array": many}],
        expressions=[expression("x", "form.it", filtered, {"operation_type": "first"})],
    )
    usual = supposed()
    assert usual.incident is not None
    for _ in range(10):
        conditions = data.draw(st.lists(questions(words), max_size=4))
        usual.incident.values |= data.draw(st.dictionaries(st.sampled_from(COLUMN_NAMES), ODD, max_size=6))
        facts = usual.with_given(**{"form.it": data.draw(ODD)})
        before = deepcopy((facts.incident, facts.given))
        asked(words, facts, *conditions)
        assert (facts.incident, facts.given) == before
