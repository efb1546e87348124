"""Writing workflows: versions, states and events."""

from typing import Any

import pytest

from accounts.models import User
from events.models import Event
from events.record import fold
from incidentio.core.errors import Invalid, NotFound
from tests.conftest import SYSTEM
from tests.workflows.writing import asking, realistic, text, written
from workflows.managed import claim_on, claim_resource
from workflows.models import ManagedBy, Workflow, WorkflowState, WorkflowVersion
from workflows.workflows import archive_workflow, update_workflow

UNKNOWN_STEP = [{"id": "one", "name": "moon.howl", "param_bindings": []}]


def events_of(workflow: Workflow) -> list[Event]:
    return list(Event.objects.filter(subject_type="workflow", subject_id=workflow.id).order_by("number"))


def versions_of(workflow: Workflow) -> list[tuple[int, dict[str, Any]]]:
    return list(workflow.versions.order_by("number").values_list("number", "definition"))


def test_each_change_is_a_version_and_an_event() -> None:
    workflow = written(name="One")
    first = workflow.definition
    update_workflow(SYSTEM, workflow, text(name="Two", once_for=["incident"]))
    assert versions_of(workflow) == [(1, first), (2, workflow.definition)]
    events = events_of(workflow)
    assert [event.type for event in events] == ["workflow.created", "workflow.updated"]
    told = fold(events)
    assert (told["name"], told["version"], told["definition"]) == ("Two", 2, workflow.definition)


def test_written_again_nothing_changes(nora: User) -> None:
    said = realistic(nora.id)
    workflow = written(**said)
    update_workflow(SYSTEM, workflow, text(**said))
    assert (workflow.version, len(versions_of(workflow)), len(events_of(workflow))) == (1, 1, 1)
    assert Event.objects.filter(subject_type="managed_resource").count() == 1


def test_it_runs_from_when_it_was_last_switched_on() -> None:
    workflow = written(state="active")
    since = workflow.runs_from
    assert since is not None
    update_workflow(SYSTEM, workflow, text(state="active", name="Renamed"))
    update_workflow(SYSTEM, workflow, text(state="disabled"))
    assert workflow.runs_from == since
    update_workflow(SYSTEM, workflow, text(state="active"))
    assert workflow.runs_from is not None
    assert workflow.runs_from > since


def test_a_state_left_out_stays_and_an_error_that_is_gone_is_a_draft() -> None:
    workflow = written(state="active")
    states = [
        update_workflow(SYSTEM, workflow, text(**said)).state
        for said in ({"name": "Renamed"}, {"steps": UNKNOWN_STEP}, {}, {"state": "disabled"}, {"folder": "Old"})
    ]
    assert states == ["active", "error", "draft", "disabled", "disabled"]


def test_what_is_left_out_is_cleared() -> None:
    delay = {"for_seconds": 5, "conditions_apply_over_delay": False}
    workflow = written(folder="A", delay=delay, shortform="x", private_incident_scope="all")
    update_workflow(SYSTEM, workflow, text())
    assert workflow.folder == ""
    assert workflow.definition["private_incident_scope"] == "none"
    assert not workflow.definition.keys() & {"delay", "shortform"}


def test_form_fields_keep_their_ids_under_their_keys() -> None:
    why, who = {"key": "why", "title": "Why", "type": "String"}, {"key": "who", "title": "Who", "type": "User"}
    workflow = written("manual", form_fields=[why, who])
    ids = {field["key"]: field["id"] for field in workflow.definition["form_fields"]}
    update_workflow(SYSTEM, workflow, text(form_fields=[who, why | {"title": "Reason"}]))
    assert [field["id"] for field in workflow.definition["form_fields"]] == [ids["who"], ids["why"]]


def test_a_refused_change_changes_nothing() -> None:
    workflow = written()
    bad = {"conditions": [asking("incident.severity", "sings")]}
    with pytest.raises(Invalid):
        update_workflow(SYSTEM, workflow, text(name="Two", condition_groups=[bad], annotations={"a": "b"}))
    workflow.refresh_from_db()
    assert (workflow.name, workflow.version, WorkflowVersion.objects.count()) == ("Postmortem", 1, 1)


def test_what_is_archived_cannot_be_written() -> None:
    workflow = written()
    archive_workflow(SYSTEM, workflow)
    for change in (lambda: update_workflow(SYSTEM, workflow, text()), lambda: archive_workflow(SYSTEM, workflow)):
        with pytest.raises(NotFound):
            change()
    assert [event.type for event in events_of(workflow)] == ["workflow.created", "workflow.archived"]
    assert workflow.state == WorkflowState.DRAFT


@pytest.mark.parametrize(
    ("annotations", "manager"),
    [
        ({}, ManagedBy.DASHBOARD),
        ({"incident.io/terraform/version": "6"}, ManagedBy.TERRAFORM),
        ({"team": "Platform"}, ManagedBy.EXTERNAL),
    ],
)
def test_annotations_say_who_looks_after_it(annotations: dict[str, str], manager: str) -> None:
    workflow = written(annotations=annotations)
    update_workflow(SYSTEM, workflow, text(name="Left alone"))
    claim = claim_on("workflow", workflow.id)
    assert claim is not None
    assert (claim.annotations, claim.managed_by) == (annotations, manager)


def test_a_claim_is_told_once() -> None:
    workflow = written()
    for _ in range(2):
        claim_resource(SYSTEM, resource_type="workflow", resource_id=workflow.id, annotations={"a": "b"})
    types = Event.objects.filter(subject_type="managed_resource").order_by("number").values_list("type", flat=True)
    assert list(types) == ["managed_resource.created", "managed_resource.updated"]


@pytest.mark.parametrize("kind", ["workflow", "alert_source", "schedule"])
@pytest.mark.parametrize("pk", ["01HZZZZZZZZZZZZZZZZZZZZZZZ", "nul\0", ""])
def test_what_is_not_there_cannot_be_claimed(kind: str, pk: str) -> None:
    with pytest.raises(Invalid):
        claim_resource(SYSTEM, resource_type=kind, resource_id=pk, annotations={})
