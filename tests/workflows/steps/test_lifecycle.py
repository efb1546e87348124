"""Accepting and declining, status and severity."""

from collections.abc import Callable

import pytest

from catalog import snapshot
from catalog.models import IncidentStatus
from events.models import Event
from incidentio.core.errors import Invalid
from incidents.models import Incident, TimestampValue
from integrations.base import StepFailed
from tests.workflows.steps.doing import WORKFLOW, do
from tests.workflows.writing import severity

Declare = Callable[..., Incident]


def status_of(incident: Incident) -> str:
    return snapshot.current().statuses[incident.incident_status_id].name


def status(name: str) -> str:
    return IncidentStatus.objects.get(name=name).pk


def test_an_incident_in_triage_is_accepted(incident: Incident) -> None:
    assert do("incident.accept", incident) == f"Accepted {incident.reference}: it is Investigating now"
    assert status_of(incident) == "Investigating"
    accepted = TimestampValue.objects.filter(incident=incident, incident_timestamp__name="Accepted at")
    assert accepted.exists()


def test_it_was_the_workflow_within_its_run(incident: Incident) -> None:
    do("incident.accept", incident)
    event = Event.objects.filter(subject_id=incident.pk).latest("number")
    assert (event.actor_kind, event.actor_id, event.cause_id) == (WORKFLOW.kind, WORKFLOW.id, WORKFLOW.cause)


def test_what_is_past_triage_is_not_accepted_again(incident: Incident) -> None:
    do("incident.set_status", incident, status=status("Fixing"))
    version = incident.version
    assert "not in triage any more: it is Fixing" in do("incident.accept", incident)
    assert incident.version == version


def test_without_a_severity_nothing_is_accepted(declare: Declare) -> None:
    with pytest.raises(Invalid, match="severity is required"):
        do("incident.accept", declare())


def test_an_incident_in_triage_is_declined_once(incident: Incident) -> None:
    assert do("incident.decline", incident) == f"Declined {incident.reference}"
    assert do("incident.decline", incident) == f"{incident.reference} is Declined already"


def test_an_incident_under_way_is_not_declined(incident: Incident) -> None:
    do("incident.accept", incident)
    with pytest.raises(Invalid, match="cannot become 'Declined'"):
        do("incident.decline", incident)


@pytest.mark.parametrize("said", ["Monitoring", " monitoring "])
def test_a_status_is_set_by_its_name(incident: Incident, said: str) -> None:
    assert do("incident.set_status", incident, status=said) == "Set the status to Monitoring"
    assert do("incident.set_status", incident, status=status("Monitoring")) == "The status is Monitoring already"


def test_a_severity_is_set(incident: Incident) -> None:
    assert do("incident.set_severity", incident, severity=severity("Critical")) == "Set the severity to Critical"
    assert incident.severity_id == severity("Critical")
    assert do("incident.set_severity", incident, severity="Critical") == "The severity is Critical already"


@pytest.mark.parametrize(
    ("step", "args", "complaint"),
    [
        ("incident.set_severity", {"severity": None}, "Severity is not set"),
        ("incident.set_severity", {"severity": "Dire"}, "There is no severity 'Dire'"),
        ("incident.set_status", {}, "Status is not set"),
    ],
)
def test_what_a_step_cannot_do_without_is_told(
    incident: Incident, step: str, args: dict[str, str], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        do(step, incident, **args)


def test_another_incident_can_be_named(incident: Incident, declare: Declare) -> None:
    other = declare(severity_id=severity("Minor"))
    do("incident.accept", incident, incident=other.pk)
    assert status_of(incident) == "Triage"
    other.refresh_from_db()
    assert status_of(other) == "Investigating"


def test_a_run_about_no_incident_needs_one_named(hub: None) -> None:
    with pytest.raises(StepFailed, match="no incident to do this to"):
        do("incident.accept", None)
