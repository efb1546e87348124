"""Workflows in the admin: listed, switched, copied, archived."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.workflows.writing import plain, realistic, run_of, step, text, written
from workflows.managed import claim_resource
from workflows.models import Workflow, WorkflowState
from workflows.workflows import archive_workflow, update_workflow

LIST = "workflows_workflow_changelist"


def listed(desk: Desk, query: str = "") -> list[Any]:
    return list(desk.get(LIST, query=query).context["cl"].result_list)


def act(desk: Desk, action: str, *workflows: Workflow) -> str:
    said = {"action": action, "_selected_action": [workflow.pk for workflow in workflows]}
    return str(desk.client.post(reverse(f"admin:{LIST}"), said, follow=True).content.decode())


def states() -> list[str]:
    return list(Workflow.objects.order_by("id").values_list("state", flat=True))


def test_a_workflow_is_looked_at_with_its_versions_and_runs(desk: Desk, declare: Any) -> None:
    workflow = written(name="Page")
    run = run_of(workflow, declare(name="Payouts are late"))
    update_workflow(SYSTEM, workflow, text(name="Page them"))
    page = desk.get("workflows_workflow_change", workflow.pk).content.decode()
    assert "Version 2" in page
    assert "Incident Updated" in page
    assert "Payouts are late" in page
    assert reverse("admin:workflows_workflowrun_change", args=[run.pk]) in page


def test_what_was_archived_is_listed_when_asked_for_and_only_looked_at(desk: Desk, nora: User) -> None:
    workflow = written(**realistic(nora.id))
    archive_workflow(SYSTEM, workflow)
    assert [listed(desk), listed(desk, "?state=archived")] == [[], [workflow]]
    page = desk.get("workflows_workflow_change", workflow.pk).content.decode()
    assert "Subscribe CSMs" in page
    assert "wf-builder" not in page


def test_the_list_says_when_workflows_ran_and_nothing_of_hidden_incidents(desk: Desk, declare: Any, nora: User) -> None:
    quiet, busy = written(name="Quiet"), written(name="Busy")
    run = run_of(busy, declare())
    for workflow in (quiet, busy):
        run_of(workflow, declare(nora.actor, visibility="private"))
    known = {row.name: (row.last_run_at, row.runs_lately) for row in listed(desk)}
    assert known == {"Quiet": (None, 0), "Busy": (run.created_at, 1)}


def test_workflows_are_found_by_whether_they_run(desk: Desk) -> None:
    on, _ = written(state="active"), written()
    assert listed(desk, "?running=active") == [on]


def test_switching_on_and_off_is_a_version_each(desk: Desk) -> None:
    workflow = written()
    desk.post("workflows_workflow_switch_on", workflow.pk)
    desk.post("workflows_workflow_switch_off", workflow.pk)
    assert list(workflow.versions.order_by("number").values_list("state", flat=True)) == ["draft", "active", "disabled"]
    assert [event.type for event in desk.events()] == ["workflow.updated"] * 2


def test_ticked_workflows_are_switched(desk: Desk) -> None:
    one, other = written(), written(steps=[step("moon.howl")])
    page = act(desk, "switch_on_selected", one, other)
    assert "Switched on: 1" in page
    assert "does not run" in page
    assert states() == [WorkflowState.ACTIVE, WorkflowState.ERROR]
    act(desk, "switch_off_selected", one)
    assert states() == [WorkflowState.DISABLED, WorkflowState.ERROR]


def test_a_copy_is_a_draft_of_the_same(desk: Desk, nora: User) -> None:
    workflow = written(**realistic(nora.id))
    answer = desk.post("workflows_workflow_copy", workflow.pk)
    copy = Workflow.objects.exclude(pk=workflow.pk).get()
    assert answer["Location"] == reverse("admin:workflows_workflow_change", args=[copy.pk])
    assert (copy.name, copy.definition) == (f"Copy of {workflow.name}", workflow.definition)
    assert copy.state in (WorkflowState.DRAFT, WorkflowState.ERROR)


def test_a_long_name_is_cut_in_the_copy(desk: Desk) -> None:
    desk.post("workflows_workflow_copy", written(name="x" * 200).pk)
    assert Workflow.objects.filter(name=f"Copy of {'x' * 192}").exists()


def test_archiving_is_asked_for_and_done(desk: Desk) -> None:
    workflow = written()
    assert b"Its runs stay" in desk.get("workflows_workflow_archive", workflow.pk).content
    desk.post("workflows_workflow_archive", workflow.pk)
    workflow.refresh_from_db()
    assert workflow.archived_at is not None


@pytest.mark.parametrize("action", ["switch_on", "archive"])
def test_nothing_is_done_to_what_is_archived(desk: Desk, action: str) -> None:
    workflow = written()
    archive_workflow(SYSTEM, workflow)
    assert desk.post(f"workflows_workflow_{action}", workflow.pk).status_code in (302, 403)
    assert states() == [WorkflowState.DRAFT]


def test_who_looks_after_it_is_said(desk: Desk) -> None:
    workflow = written(**plain())
    claim_resource(
        SYSTEM, resource_type="workflow", resource_id=workflow.id, annotations={"incident.io/terraform/version": "6"}
    )
    assert b"looked after by Terraform" in desk.get("workflows_workflow_change", workflow.pk).content


def test_it_costs_the_same_however_many_runs(desk: Desk, declare: Any, django_assert_max_num_queries: Any) -> None:
    workflow = written()
    for _ in range(12):
        run_of(workflow, declare())
    with django_assert_max_num_queries(30):
        assert desk.get("workflows_workflow_change", workflow.pk).status_code == 200
