"""Sharing updates and attaching links."""

import pytest

from incidentio.core.errors import Invalid
from incidents.models import Attachment, Incident, IncidentUpdate
from tests.workflows.steps.doing import WORKFLOW, do
from tests.workflows.writing import severity

POST, ATTACH = "incident.post_update", "incident.attach_link"


def test_an_update_says_what_it_was_told(incident: Incident) -> None:
    said = {"message": "We found it", "status": "Fixing", "severity": severity("Critical")}
    assert do(POST, incident, **said) == "Shared an update"
    update = IncidentUpdate.objects.latest("id")
    assert (update.message, update.updater_id) == ("We found it", WORKFLOW.id)
    assert (update.new_incident_status.name, update.new_severity_id) == ("Fixing", severity("Critical"))


def test_an_update_is_shared_once_per_key(incident: Incident) -> None:
    do(POST, incident, message="We found it")
    assert do(POST, incident, message="We found it, again") == "Shared an update before"
    assert IncidentUpdate.objects.filter(incident=incident).exclude(message="").count() == 1
    do(POST, incident, key="step.1", message="Fixed")
    assert IncidentUpdate.objects.latest("id").message == "Fixed"


def test_an_update_says_something(incident: Incident) -> None:
    with pytest.raises(Invalid, match="needs a message"):
        do(POST, incident, message=" ")


def test_a_link_is_attached_once(incident: Incident) -> None:
    said = {"url": " https://runbooks.example.com/checkout", "title": "Runbook"}
    assert do(ATTACH, incident, **said) == "Attached Runbook"
    assert do(ATTACH, incident, **said) == "Attached Runbook"
    assert Attachment.objects.get().permalink == "https://runbooks.example.com/checkout"


def test_what_is_no_link_is_not_attached(incident: Incident) -> None:
    with pytest.raises(Invalid, match="URL"):
        do(ATTACH, incident, url="javascript:alert(1)", title="Runbook")
