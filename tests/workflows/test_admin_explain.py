"""Why workflows ran on an incident, and why others did not, in the admin."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from incidents.models import Incident
from tests.desk import Desk
from tests.workflows.asking import ask, edit, on
from tests.workflows.writing import asking, severity
from workflows import admin_explain

Declare = Callable[..., Incident]
PAGE = "workflows_workflow_explanations"


def shown(desk: Desk, incident: Incident, query: str = "") -> str:
    return re.sub(r"\s+", " ", desk.get(PAGE, incident.pk, query=query).content.decode())


def test_the_incident_leads_to_it(desk: Desk, declare: Declare) -> None:
    incident = declare()
    assert (
        reverse(f"admin:{PAGE}", args=[incident.pk])
        in desk.get("incidents_incident_change", incident.pk).content.decode()
    )


def test_what_started_leads_to_its_run(desk: Desk, declare: Declare) -> None:
    on("incident.created", name="Greet")
    incident = declare()
    (run,) = ask()
    page = shown(desk, incident)
    assert "It started" in page
    assert reverse("admin:workflows_workflowrun_change", args=[run.pk]) in page


def test_what_did_not_start_says_what_was_compared(desk: Desk, declare: Declare) -> None:
    critical = asking("incident.severity", "one_of", severity("Critical"))
    on("incident.created", name="Page the lead", condition_groups=[{"conditions": [critical]}])
    incident = declare(severity_id=severity("Minor"))
    ask()
    page = shown(desk, incident)
    assert "Page the lead" in page
    assert "None of its groups of conditions held" in page
    assert "<strong>Critical</strong>" in page
    assert "it was “Minor”" in page


def test_what_started_comes_first(desk: Desk, declare: Declare) -> None:
    on("incident.created", name="Another", runs_on_incident_modes=["test"])
    on("incident.created", name="Greet")
    incident = declare()
    ask()
    page = shown(desk, incident)
    assert page.index("Greet") < page.index("Another")


def test_long_stories_come_in_pages(desk: Desk, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_explain, "EVENTS", 3)
    on("incident.updated")
    incident = declare()
    for name in "abc":
        edit(incident, name=name)
    ask()
    page = shown(desk, incident)
    assert page.count("wf-event") == 3
    earlier = re.search(r'href="(\?after=[^"]+)"', page)
    assert earlier is not None
    last = shown(desk, incident, earlier[1])
    assert last.count("wf-event") == 1
    assert "?after=" not in last


def test_where_no_workflow_waited_it_says_so(desk: Desk, declare: Declare) -> None:
    assert "No workflow that was switched on" in shown(desk, declare())


def test_a_private_incident_is_explained_to_its_members_only(desk: Desk, declare: Declare, nora: User) -> None:
    hidden = declare(nora.actor, name="Secret", visibility="private")
    assert desk.get(PAGE, hidden.pk).status_code == 404
    own = declare(desk.user.actor, name="Own", visibility="private")
    assert desk.get(PAGE, own.pk).status_code == 200


@pytest.mark.parametrize("incident_id", ["nobody", "01K5TSNDBF7KBZY9AFDKYXJM3M"])
def test_an_unknown_incident_is_not_there(desk: Desk, incident_id: str) -> None:
    assert desk.get(PAGE, incident_id).status_code == 404


def test_who_does_not_administer_is_told_nothing(nora: User, declare: Declare) -> None:
    address = reverse(f"admin:{PAGE}", args=[declare().pk])
    assert "/login/" in Client().get(address)["Location"]
    assert "/login/" in Desk(nora).client.get(address)["Location"]
