"""Workflows started by hand, in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from incidents.models import Incident
from tests.desk import Desk
from tests.workflows.asking import on
from tests.workflows.browsing import controls
from tests.workflows.writing import severity, step, written
from workflows.models import Workflow, WorkflowRun

Declare = Callable[..., Incident]
REASON = {"key": "reason", "title": "Why", "type": "Text", "required": True, "description": "In a few words"}
FIELDS = [
    REASON,
    {"key": "how_bad", "title": "How bad", "type": "IncidentSeverity"},
    {"key": "who", "title": "Who", "type": "User", "array": True},
    {"key": "when", "title": "When", "type": "Timestamp"},
    {"key": "names", "title": "Names", "type": "String", "array": True},
]


def asking_for(*fields: dict[str, Any], **said: Any) -> Workflow:
    note = step("incident.create_action", {}, {"value": {"literal": "Because {{ form.reason }}"}})
    return on("manual", steps=[note], form_fields=list(fields), **said)


def form_of(desk: Desk, workflow: Workflow, incident: Incident | None = None) -> dict[str, list[str]]:
    """What the page would send as it is."""
    page = desk.get("workflows_workflow_start", workflow.pk, query=f"?incident={incident.pk}" if incident else "")
    return controls(page.content.decode(), "start_form")


def start(desk: Desk, workflow: Workflow, incident: Incident | None, said: dict[str, Any]) -> Any:
    """Fill in the form and send it."""
    sent = form_of(desk, workflow, incident) | said
    return desk.client.post(reverse("admin:workflows_workflow_start", args=[workflow.pk]), sent)


def test_it_starts_with_the_answers(desk: Desk, declare: Declare, drain: Callable[[], None]) -> None:
    workflow, incident = asking_for(REASON), declare()
    answer = start(desk, workflow, incident, {"form.reason.values": "of the rain"})
    run = WorkflowRun.objects.get()
    assert answer["Location"] == reverse("admin:workflows_workflowrun_change", args=[run.pk])
    assert (run.incident_id, [event.type for event in desk.events()]) == (incident.pk, ["workflow_run.started"])
    drain()
    assert incident.actions.get().description == "Because of the rain"


def test_answers_are_given_as_their_types_want_them(desk: Desk, declare: Declare, nora: User) -> None:
    said = {
        "form.reason.values": "rain",
        "form.how_bad.values": severity("Major"),
        "form.who.values": [nora.pk, desk.user.pk],
        "form.when.values": "2026-11-25T14:03",
        "form.names.values": "a\nb",
    }
    start(desk, asking_for(*FIELDS), declare(), said)
    assert desk.events()[0].changes["form"][1] == {
        "reason": "rain",
        "how_bad": severity("Major"),
        "who": [nora.pk, desk.user.pk],
        "when": "2026-11-25T14:03:00.000000Z",
        "names": ["a", "b"],
    }


def test_what_is_chosen_is_chosen_from_a_list(desk: Desk) -> None:
    page = desk.get("workflows_workflow_start", asking_for(*FIELDS).pk).content.decode()
    assert f'<option value="{severity("Major")}">Major</option>' in page
    assert f'type="checkbox" name="form.who.values" value="{desk.user.pk}"' in page
    assert 'type="datetime-local"' in page
    assert "In a few words" in page
    assert "From the incident" not in page


def test_a_refusal_stands_beside_its_field_and_what_was_answered_stays(desk: Desk, declare: Declare) -> None:
    workflow, incident = asking_for(*FIELDS), declare()
    answer = start(desk, workflow, incident, {"form.how_bad.values": severity("Minor")})
    html = answer.content.decode()
    assert "&#x27;Why&#x27; needs an answer" in html.split('data-control="form.reason"')[1].split("data-control")[0]
    sent = controls(html, "start_form")
    assert (sent["incident"], sent["form.how_bad.values"]) == ([incident.pk], [severity("Minor")])
    assert not WorkflowRun.objects.exists()


def test_without_an_incident_nothing_starts(desk: Desk) -> None:
    answer = start(desk, asking_for(REASON), None, {"form.reason.values": "rain"})
    assert "incident" in answer.context["form"].errors
    assert not WorkflowRun.objects.exists()


def test_what_it_does_not_run_on_is_said(desk: Desk, declare: Declare) -> None:
    answer = start(desk, on("manual", runs_on_incident_modes=["test"]), declare(), {})
    assert "mode" in answer.context["refused"][0]
    assert not WorkflowRun.objects.exists()


def test_private_incidents_are_not_there_for_others(desk: Desk, declare: Declare, nora: User) -> None:
    hidden = declare(nora.actor, name="Secret", visibility="private")
    workflow = on("manual", private_incident_scope="all")
    page = desk.get("workflows_workflow_start", workflow.pk, query=f"?incident={hidden.pk}")
    assert b"Secret" not in page.content
    answer = start(desk, workflow, None, {"incident": hidden.pk})
    assert "incident" in answer.context["form"].errors
    assert desk.get("workflows_workflow_start_on", hidden.pk).status_code == 404


def test_an_incident_offers_what_can_be_started_on_it(desk: Desk, declare: Declare) -> None:
    ready, incident = asking_for(REASON, name="Call the vendor"), declare()
    on("incident.created", name="By itself")
    written("manual", name="A draft")
    address = reverse("admin:workflows_workflow_start_on", args=[incident.pk])
    assert address in desk.get("incidents_incident_change", incident.pk).content.decode()
    page = desk.client.get(address).content.decode()
    assert f"{reverse('admin:workflows_workflow_start', args=[ready.pk])}?incident={incident.pk}" in page
    assert "By itself" not in page
    assert "A draft" not in page
    assert form_of(desk, ready, incident)["incident"] == [incident.pk]


def test_only_what_waits_for_people_has_the_button(desk: Desk) -> None:
    ready, other = on("manual"), on("incident.created", name="By itself")
    button = "/start/"
    assert button in desk.get("workflows_workflow_change", ready.pk).content.decode()
    assert button not in desk.get("workflows_workflow_change", other.pk).content.decode()


@pytest.mark.parametrize(("trigger", "state"), [("incident.created", "active"), ("manual", "disabled")])
def test_the_page_is_not_there_for_the_others(desk: Desk, trigger: str, state: str) -> None:
    assert desk.get("workflows_workflow_start", written(trigger, state=state).pk).status_code == 403


def test_incidents_are_found_by_name(desk: Desk, declare: Declare) -> None:
    declare(name="Till is down")
    query = "?app_label=workflows&model_name=workflowrun&field_name=incident&term=till"
    found = desk.get("autocomplete", query=query).json()["results"]
    assert ["Till is down" in row["text"] for row in found] == [True]


def test_what_ran_once_already_says_so(desk: Desk, declare: Declare) -> None:
    incident = declare()
    start(desk, on("manual", once_for=["incident"]), incident, {})
    again = start(desk, Workflow.objects.get(), incident, {})
    assert "once already" in again.context["refused"][0]
