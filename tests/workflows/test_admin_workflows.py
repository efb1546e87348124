"""Workflows and their runs in the admin."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.workflows.writing import run_of, text, written
from workflows.workflows import archive_workflow, update_workflow


def test_a_workflow_is_looked_at_with_its_versions(desk: Desk) -> None:
    workflow = written(name="Page")
    update_workflow(SYSTEM, workflow, text(name="Page them"))
    page = desk.get("workflows_workflow_change", workflow.pk).content.decode()
    assert "<div>2 · " in page
    assert "Incident Updated" in page
    assert reverse("admin:workflows_workflowrun_changelist") + f"?workflow__id__exact={workflow.pk}" in page


def test_what_was_archived_is_listed_when_asked_for(desk: Desk) -> None:
    workflow = written()
    archive_workflow(SYSTEM, workflow)
    shown = [
        desk.get("workflows_workflow_changelist", query=query).context["cl"].result_list
        for query in ("", "?state=archived")
    ]
    assert [list(rows) for rows in shown] == [[], [workflow]]


def test_runs_on_a_hidden_incident_are_hidden(desk: Desk, declare: Any, nora: User) -> None:
    workflow = written()
    hidden, plain = run_of(workflow, declare(nora.actor, visibility="private")), run_of(workflow)
    assert list(desk.get("workflows_workflowrun_changelist").context["cl"].result_list) == [plain]
    assert desk.get("workflows_workflowrun_change", hidden.pk).status_code == 302
    assert b"webhook.send" in desk.get("workflows_workflowrun_change", plain.pk).content
