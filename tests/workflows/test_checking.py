"""What a workflow may say: what its types allow; what nobody knows is kept."""

from typing import Any

import pytest

from accounts.models import User
from apikeys.keys import issue
from incidentio.core.errors import Invalid
from incidentio.core.vocabulary import Meaning
from tests.conftest import SYSTEM
from tests.workflows.writing import asking, branches, expression, fields, of, severity, step, text, written
from workflows.models import WorkflowState
from workflows.operations import operation_label, operations_of
from workflows.references import PARTS
from workflows.workflows import create_workflow

CONDITION = "condition_groups.0.conditions.0"
LITERAL = f"{CONDITION}.param_bindings.0.array_value.0.literal"
BINDING = "steps.0.param_bindings"
FOLLOW_UPS = "incident.create_follow_ups"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def on(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": list(conditions)}]}


def doing(*bindings: dict[str, Any], name: str = "incident.set_severity", **said: Any) -> dict[str, Any]:
    return {"steps": [step(name, *bindings, **said)]}


def working_out(*operations: dict[str, Any], root: str = "incident", **said: Any) -> dict[str, Any]:
    return {"expressions": [expression("it", root, *operations, **said)]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an operation its type does not have": (on(asking("incident.severity", "matches", "x")), f"{CONDITION}.operation"),
    "a severity that is not there": (on(asking("incident.severity", "one_of", UNKNOWN)), LITERAL),
    "a category that is not there": (on(asking("incident.status.category", "one_of", "half-open")), LITERAL),
    "a mode that is not there": (on(asking("incident.mode", "not_in", "real")), LITERAL),
    "a key that is not there": (on(asking("incident.creator.api_key", "one_of", UNKNOWN)), LITERAL),
    "words for a number": (
        {
            **working_out({"operation_type": "count"}, root="incident.active_participants"),
            **on(asking('expressions["it"]', "gte", "many", many=False)),
        },
        f"{CONDITION}.param_bindings.0.value.literal",
    ),
    "words for a time": (
        on(asking("incident.created_at", "gte", "yesterday", many=False)),
        f"{CONDITION}.param_bindings.0.value.literal",
    ),
    "many values for one": (
        on(asking("incident.severity", "gte", UNKNOWN)),
        f"{CONDITION}.param_bindings.0.array_value",
    ),
    "nothing to compare with": (on(asking("incident.severity", "one_of")), f"{CONDITION}.param_bindings"),
    "something to compare with nothing": (
        on(asking("incident.severity", "is_set", "x")),
        f"{CONDITION}.param_bindings",
    ),
    "a status where a severity belongs": (doing(of("incident"), of("incident.status")), f"{BINDING}.1.value.reference"),
    "a role nobody plays": (
        doing(of("incident"), {"value": {"literal": UNKNOWN}}, name="incident.assign_role"),
        f"{BINDING}.1.value.literal",
    ),
    "more than a step takes": (doing({}, {}, {}), BINDING),
    "a loop over one": (doing(for_each="incident.severity"), "steps.0.for_each"),
    "an expression there is not": (on(asking('expressions["it"]', "is_set")), f"{CONDITION}.subject"),
    "an expression that refers to itself": (working_out(root='expressions["it"]'), "expressions.0"),
    "a filter its type does not allow": (
        working_out(
            {"operation_type": "filter", "filter": on(asking("input.email", "gte", "x", many=False))},
            root="incident.active_participants",
        ),
        "expressions.0.operations.0.filter.condition_groups.0.conditions.0.operation",
    ),
    "a pattern that is none": (
        on(asking("incident.name", "matches", "(", many=False)),
        f"{CONDITION}.param_bindings.0.value.literal",
    ),
    "a pattern without an end": (
        on(asking("incident.name", "does_not_match", "a" * 1_001, many=False)),
        f"{CONDITION}.param_bindings.0.value.literal",
    ),
    "a template that is none": (
        doing({"value": {"literal": "C1"}}, {"value": {"literal": "{{ a | b }}"}}, name="slack.post_message"),
        f"{BINDING}.1.value.literal",
    ),
    "a list with a template that is none": (
        doing(of("incident"), {"array_value": [{"literal": "Talk"}, {"literal": "{{ a"}]}, name=FOLLOW_UPS),
        f"{BINDING}.1.array_value.1.literal",
    ),
    "a branch with a wrong result": (
        working_out(
            branches((asking("incident.severity", "is_set"), {"value": {"literal": "bad"}}), type="IncidentSeverity"),
            root=".",
        ),
        "expressions.0.operations.0.branches.branches.0.result.value.literal",
    ),
    "an else with a wrong result": (
        working_out({"operation_type": "first"}, root="incident.severity", else_branch={"result": of("incident.name")}),
        "expressions.0.else_branch.result.value.reference",
    ),
    "two steps with one id": ({"steps": [step("incident.accept"), step("incident.decline")]}, "steps.1.id"),
    "no name": ({"name": " "}, "name"),
    "a team that is not there": ({"owning_team_ids": [UNKNOWN]}, "owning_team_ids.0"),
    "scopes that disagree": (
        {"include_private_incidents": True, "private_incident_scope": "none"},
        "include_private_incidents",
    ),
}


@pytest.mark.parametrize(("said", "pointer"), REFUSED.values(), ids=list(REFUSED))
def test_what_a_type_does_not_allow_is_refused_in_its_place(said: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        written(**said)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_a_caller_learns_of_every_mistake_at_once() -> None:
    said = on(asking("incident.severity", "one_of", UNKNOWN, "x")) | doing(for_each="incident.severity")
    with pytest.raises(Invalid) as refusal:
        written(**said, name=" ")
    assert len(refusal.value.problems) == 4


KEPT: dict[str, dict[str, Any]] = {
    "a subject": on(asking("incident.phase_of_the_moon", "waxes")),
    "a subject of another trigger": on(asking("user", "is_set")),
    "a field": on(asking(f'incident.custom_field["{UNKNOWN}"]', "one_of", "x")),
    "a part that is badly written": on(asking('incident.role["x', "is_set")),
    "a step": doing({"value": {"literal": "x"}}, name="moon.howl"),
    "a reference": doing(of("incident"), of("moon")),
    "a loop": doing(for_each="moons"),
    "a navigation": working_out({"operation_type": "navigate", "navigate": {"reference": "moon"}}),
    "what it runs once for": {"once_for": ["moon"]},
}


@pytest.mark.parametrize("said", KEPT.values(), ids=list(KEPT))
def test_a_name_nobody_knows_is_kept_and_puts_the_workflow_in_error(said: dict[str, Any]) -> None:
    workflow = written(**said, state="active")
    assert (workflow.state, workflow.runs_from) == (WorkflowState.ERROR, None)
    for name, value in said.items():
        assert workflow.definition[name] == value


def test_an_unknown_trigger_is_kept_too() -> None:
    assert create_workflow(SYSTEM, "moon.full", text(state="active")).state == WorkflowState.ERROR


def test_the_key_that_reported_can_be_asked_for(nora: User) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    conditions = [asking("incident.creator.api_key", operation, key.id) for operation in ("one_of", "not_in")]
    conditions += [asking("incident.creator.api_key", operation) for operation in ("is_set", "is_blank")]
    assert written(**on(*conditions), state="active").state == WorkflowState.ACTIVE
    assert written(**on(asking("incident.reporter", "one_of", nora.id)), state="active").runs_from is not None


def test_choices_of_fields_are_its_own() -> None:
    field_id, option_id, services_id = fields()
    subject = f'incident.custom_field["{field_id}"]'
    assert written(**on(asking(subject, "one_of", option_id))).state == WorkflowState.DRAFT
    written(**on(asking(f'incident.custom_field["{services_id}"]', "contains_one_of", "any identifier")))
    with pytest.raises(Invalid):
        written(**on(asking(subject, "one_of", UNKNOWN)))


def test_a_form_can_be_asked_about_and_a_loop_knows_its_variable() -> None:
    form = [{"key": "execs", "title": "Whom", "type": "User", "array": True}]
    looping = doing({}, {}, of("loop_variable"), name="incident.assign_role", for_each="form.execs")
    said = on(asking("form.execs", "is_set")) | looping | {"form_fields": form, "state": "active"}
    assert create_workflow(SYSTEM, "manual", text(**said)).state == WorkflowState.ACTIVE


def test_a_refusal_says_what_is_wrong() -> None:
    said = on(asking("incident.name", "matches", "(", many=False))
    said |= doing(of("incident"), {"value": {"literal": "{{ a | b }}"}}, name="incident.rename")
    with pytest.raises(Invalid) as refusal:
        written(**said)
    messages = [problem.message for problem in refusal.value.problems]
    assert messages == ["This is no pattern: missing ): (", "There is no filter 'b'"]


def test_what_looks_like_a_template_is_one_in_texts_of_steps_only() -> None:
    written(**on(asking("incident.name", "contains", "{{ a", many=False)))
    written(**doing({"value": {"literal": "{{ a"}}, name="slack.post_message"))
    written(**doing({"value": {"literal": "{{ a"}}, name="somebody.elses"))


def test_ranks_compare_with_one_severity() -> None:
    assert written(**on(asking("incident.severity", "gte", severity("Major"), many=False))).definition


def test_every_type_that_has_parts_can_be_asked_something() -> None:
    silent = {"IncidentAction", "IncidentFollowUp", "SlackMessage"}
    assert {type for type in PARTS if operations_of(Meaning("", type)) is None} == silent
    assert operation_label(Meaning("", "IncidentSeverity"), "gte") == "is at least"
    assert operation_label(Meaning("", "Nobody's"), "sings_to") == "sings to"


def test_operations_are_named_as_people_say_them() -> None:
    with pytest.raises(Invalid, match=r"cannot be asked “starts with”; there are: “is one of” \(one_of\)") as refusal:
        written(**on(asking("incident.severity", "starts_with", "Ma", many=False)))
    assert refusal.value.problems[0].pointer == f"{CONDITION}.operation"
    with pytest.raises(Invalid, match="“is one of” needs a value to compare with"):
        written(**on(asking("incident.severity", "one_of")))
