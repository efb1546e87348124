"""Giving people roles."""

import pytest

from accounts.models import User
from catalog.models import IncidentRole
from incidentio.core.errors import Invalid
from incidents.models import Incident, Membership, RoleAssignment
from integrations.base import StepFailed
from tests.workflows.steps.doing import do


def role(name: str) -> str:
    return IncidentRole.objects.get(name=name).pk


def test_a_person_is_assigned_once(incident: Incident, nora: User) -> None:
    lead = role("Incident Lead")
    assert do("incident.assign_role", incident, role=lead, user=nora.pk) == "Assigned Nora Lind as Incident Lead"
    assert do("incident.assign_role", incident, role=lead, user=nora.pk) == "Nora Lind is Incident Lead already"
    assert RoleAssignment.objects.get(incident=incident).assignee_id == nora.pk


def test_whoever_has_a_role_in_a_private_incident_may_see_it(private: Incident, omar: User) -> None:
    do("incident.assign_role", private, role=role("Incident Lead"), user=omar.pk)
    assert Membership.objects.filter(incident=private, user=omar).exists()


def test_nobody_is_no_lead(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="User is not set"):
        do("incident.assign_role", incident, role=role("Incident Lead"), user=None)


def test_the_reporter_stays_who_it_is(incident: Incident, nora: User) -> None:
    with pytest.raises(Invalid, match="reporter is set when"):
        do("incident.assign_role", incident, role=role("Reporter"), user=nora.pk)


def test_people_who_left_are_not_assigned(incident: Incident, nora: User) -> None:
    User.objects.filter(pk=nora.pk).update(is_active=False)
    with pytest.raises(Invalid, match="no active user"):
        do("incident.assign_role", incident, role=role("Incident Lead"), user=nora.pk)
