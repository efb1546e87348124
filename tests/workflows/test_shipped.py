"""A new installation finds workflows to switch on."""

from collections.abc import Callable

import pytest
from django.core.management import call_command

from accounts.models import User
from catalog import snapshot
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.workflows.asking import ask, edit, status
from tests.workflows.writing import severity
from workflows.models import Workflow, WorkflowState
from workflows.shipped import seed_workflows
from workflows.workflows import WorkflowText, archive_workflow, update_workflow

Declare = Callable[..., Incident]


def switch_on(start: str) -> None:
    """Switch the shipped workflow on whose name starts so."""
    workflow = Workflow.objects.get(name__startswith=start)
    text = WorkflowText(workflow.name, workflow.definition, workflow.folder, WorkflowState.ACTIVE)
    update_workflow(SYSTEM, workflow, text)


def test_they_are_drafts_of_what_this_hub_can_do() -> None:
    assert seed_workflows(SYSTEM) == 5
    assert set(Workflow.objects.values_list("state", flat=True)) == {WorkflowState.DRAFT}


def test_they_come_once_even_if_all_were_archived() -> None:
    seed_workflows(SYSTEM)
    for workflow in Workflow.objects.all():
        archive_workflow(SYSTEM, workflow)
    assert seed_workflows(SYSTEM) == 0


def test_the_command_says_what_it_added(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_defaults")
    assert "5 workflows added" in capsys.readouterr().out
    call_command("seed_defaults")
    assert "Nothing to add" in capsys.readouterr().out


def test_critical_incidents_page_once(declare: Declare) -> None:
    seed_workflows(SYSTEM)
    switch_on("Page the on-call")
    incident = declare(severity_id=severity("Minor"))
    declare(severity_id=severity("Minor"))
    edit(incident, severity_id=severity("Critical"))
    edit(incident, name="Worse")
    (run,) = ask()
    assert run.incident_id == incident.id


def test_a_closed_incident_without_a_summary_is_asked_for_one(
    declare: Declare, nora: User, drain: Callable[[], None]
) -> None:
    seed_workflows(SYSTEM)
    switch_on("Ask for a summary")
    lead = next(role for role in snapshot.current().roles.values() if role.role_type == "lead")
    incident = declare(
        severity_id=severity("Minor"),
        incident_status_id=status("Investigating"),
        incident_role_assignments=[{"incident_role_id": lead.id, "assignee": {"id": nora.id}}],
    )
    edit(incident, incident_status_id=status("Closed"))
    drain()
    (follow_up,) = incident.follow_ups.all()
    assert follow_up.title == f"Write what happened into the summary of {incident.reference}"
    assert follow_up.assignee_id == nora.id
