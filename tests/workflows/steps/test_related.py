"""Declaring incidents that have to do with others."""

from collections.abc import Callable

import pytest

from accounts.models import User
from catalog.models import IncidentStatus
from events.record import raise_config_version
from incidents.models import Incident, Membership, Relationship
from integrations.base import StepFailed
from tests.incidents.folding import folded, stored
from tests.workflows.steps.doing import do
from tests.workflows.writing import severity

DECLARE = "incident.declare_related"


def other_than(incident: Incident) -> Incident:
    return Incident.objects.exclude(pk=incident.pk).get()


def test_a_related_incident_is_declared_once_per_key(incident: Incident) -> None:
    did = do(DECLARE, incident, name="Refund\nwhoever paid twice", summary="Of today")
    assert do(DECLARE, incident, name="Another name") == did
    other = other_than(incident)
    assert did == f"Declared {other.reference}: Refund whoever paid twice"
    assert Relationship.objects.filter(incident=incident, related_incident=other).exists()
    assert folded(other) == stored(other)


def test_in_triage_it_has_no_severity_unless_one_is_said(incident: Incident) -> None:
    do(DECLARE, incident)
    assert other_than(incident).severity_id is None
    do(DECLARE, incident, key="step.1", severity="Minor")
    assert Incident.objects.latest("number").severity_id == severity("Minor")


def test_outside_triage_it_has_the_severity_of_the_first(incident: Incident) -> None:
    IncidentStatus.objects.filter(name="Triage").update(archived_at=incident.created_at)
    raise_config_version()
    do(DECLARE, incident)
    assert other_than(incident).severity_id == incident.severity_id


def test_whoever_may_see_the_one_may_see_the_other(private: Incident, nora: User) -> None:
    do(DECLARE, private, name="Change the passwords")
    other = other_than(private)
    assert other.visibility == "private"
    assert list(Membership.objects.filter(incident=other).values_list("user_id", flat=True)) == [nora.pk]


def test_an_exercise_leads_to_an_exercise(declare: Callable[..., Incident]) -> None:
    incident = declare(mode="test", severity_id=severity("Minor"))
    do(DECLARE, incident)
    assert other_than(incident).mode == "test"


def test_a_type_there_is_not_is_refused(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="no incident type 'Fire'"):
        do(DECLARE, incident, incident_type="Fire")
