"""Updates, participants and timestamps against the published contract."""

from collections.abc import Callable

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.models import IncidentRole, IncidentStatus, Severity
from events.actors import Actor
from incidents.edit import Edit, edit_incident
from incidents.memberships import grant
from incidents.models import Incident, IncidentUpdate
from tests.conftest import SYSTEM
from tests.contract.contract import Walk

PROVES = ("/v2/incident_updates", "/v2/incident_participants", "/v2/incident_timestamps")


@pytest.fixture
def private(declare: Callable[..., Incident], nora: User, omar: User) -> Incident:
    """Led by Nora, watched by Omar."""
    lead = {"incident_role_id": IncidentRole.objects.get(role_type="lead").id, "assignee": {"id": nora.id}}
    incident = declare(visibility="private", incident_role_assignments=[lead])
    grant(SYSTEM, incident.id, omar.id)
    return incident


def walk_updates(walk: Walk, incident_id: str) -> None:
    severity = Severity.objects.get(name="Major").id
    moves = {
        "to_severity_id": severity,
        "to_incident_status_id": IncidentStatus.objects.get(name="Fixing").id,
    }
    said = {"incident_id": incident_id, "message": "On it"}
    for key, more in (("message", {}), ("everything", moves), ("everything", {})):
        walk("post", "/v2/incident_updates", said | more | {"idempotency_key": key})
    walk("get", "/v2/incident_updates")
    walk("get", "/v2/incident_updates", query=f"?incident_id={incident_id}&page_size=1")


def test_every_operation_takes_and_answers_what_the_contract_says(
    walk: Walk, declare: Callable[..., Incident], private: Incident, nora: User
) -> None:
    for actor in (nora.actor, Actor("workflow", nora.id, "Escalate"), Actor("alert", nora.id, "CPU")):
        edit_incident(actor, declare(actor).id, Edit(message="Looking"), snapshot.current())
    IncidentUpdate.objects.filter(message="").update(merged_into_incident=private)
    walk_updates(walk, private.id)
    walk("get", "/v2/incident_participants", query=f"?incident_id={private.id}")
    stamps = walk("get", "/v2/incident_timestamps")["incident_timestamps"]
    walk("get", "/v2/incident_timestamps/{id}", id=stamps[0]["id"])
    assert walk.left_out(PROVES) == set()
