"""Runs of workflows in the admin."""

from typing import Any

from accounts.models import User
from tests.desk import Desk
from tests.workflows.writing import run_of, written


def test_runs_on_a_hidden_incident_are_hidden(desk: Desk, declare: Any, nora: User) -> None:
    workflow = written()
    hidden, plain = run_of(workflow, declare(nora.actor, visibility="private")), run_of(workflow)
    assert list(desk.get("workflows_workflowrun_changelist").context["cl"].result_list) == [plain]
    assert desk.get("workflows_workflowrun_change", hidden.pk).status_code == 302
