"""Giving and taking away access to private incidents."""

import pytest

from accounts.models import User
from incidentio.core.errors import Invalid
from incidents.models import Incident, Membership
from integrations.base import StepFailed
from tests.workflows.steps.doing import do

ADD, REMOVE = "incident.add_member", "incident.remove_member"


def members(incident: Incident) -> set[str]:
    return set(Membership.objects.filter(incident=incident).values_list("user__name", flat=True))


def test_people_are_given_access_to_a_private_incident(private: Incident, nora: User, omar: User) -> None:
    did = do(ADD, private, users=[nora.pk, omar.pk, omar.pk])
    assert did == f"Gave Nora Lind and Omar Aziz access to {private.reference}"
    assert members(private) == {"Nora Lind", "Omar Aziz"}


def test_access_is_taken_away_also_from_people_who_left(private: Incident, nora: User) -> None:
    User.objects.filter(pk=nora.pk).update(is_active=False)
    assert do(REMOVE, private, users=[nora.pk]) == f"Took access to {private.reference} from Nora Lind"
    assert members(private) == set()


@pytest.mark.parametrize("step", [ADD, REMOVE])
def test_a_public_incident_has_no_members(incident: Incident, nora: User, step: str) -> None:
    assert f"{incident.reference} is public" in do(step, incident, users=[nora.pk])
    assert members(incident) == set()


@pytest.mark.parametrize("step", [ADD, REMOVE])
def test_nobody_at_all_is_a_mistake(private: Incident, step: str) -> None:
    with pytest.raises(StepFailed, match=r"User\(s\) is not set"):
        do(step, private, users=[])


def test_one_unknown_person_and_nobody_is_given_access(private: Incident, omar: User) -> None:
    with pytest.raises(Invalid, match="no active user"):
        do(ADD, private, users=[omar.pk, "01JT3Y8M5QJ4V6F2H0W7P9D1RA"])
    assert members(private) == {"Nora Lind"}
