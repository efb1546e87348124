"""Whole workflows switched on and off, and copied."""

import pytest

from accounts.models import User
from incidentio.core.errors import NotFound
from tests.conftest import SYSTEM
from tests.workflows.writing import realistic, step, text, written
from workflows.models import Workflow, WorkflowState
from workflows.switching import copy_workflow, switch
from workflows.workflows import archive_workflow, update_workflow


def test_switching_changes_nothing_but_the_state(nora: User) -> None:
    workflow = written(**realistic(nora.id) | {"state": "draft", "steps": []})
    before = workflow.definition
    assert switch(SYSTEM, workflow, on=True).state == WorkflowState.ACTIVE
    assert switch(SYSTEM, workflow, on=False).state == WorkflowState.DISABLED
    assert (workflow.definition, workflow.name, workflow.folder) == (before, "Subscribe CSMs ", "Customers")


def test_switched_on_twice_is_one_version() -> None:
    workflow = written()
    for _ in range(2):
        switch(SYSTEM, workflow, on=True)
    assert workflow.version == 2


def test_the_workflow_as_it_is_now_is_switched() -> None:
    workflow = written(name="Old")
    update_workflow(SYSTEM, Workflow.objects.get(), text(name="New"))
    assert switch(SYSTEM, workflow, on=True).name == "New"


def test_what_is_not_known_here_is_never_on() -> None:
    assert switch(SYSTEM, written(steps=[step("moon.howl")]), on=True).state == WorkflowState.ERROR


def test_what_is_archived_is_not_switched() -> None:
    workflow = written()
    archive_workflow(SYSTEM, workflow)
    with pytest.raises(NotFound):
        switch(SYSTEM, workflow, on=True)


def test_a_copy_is_a_draft_that_says_the_same(nora: User) -> None:
    workflow = written(**realistic(nora.id) | {"steps": []})
    copy = copy_workflow(SYSTEM, workflow)
    assert (copy.name, copy.trigger, copy.state) == ("Copy of Subscribe CSMs ", workflow.trigger, WorkflowState.DRAFT)
    assert copy.definition == workflow.definition
    assert copy.pk != workflow.pk
