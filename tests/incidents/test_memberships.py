"""Who may see a private incident: granted once, revoked for good, and told by the incident."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidentio.core.errors import Invalid, NotFound
from incidents.memberships import grant, revoke
from incidents.models import Incident, Membership
from incidents.visibility import person, visible_to
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def sees(user: User) -> bool:
    return Incident.objects.filter(visible_to(person(user))).exists()


def test_a_member_sees_the_incident_until_revoked(declare: Callable[..., Incident], nora: User, omar: User) -> None:
    incident = declare(visibility="private")
    assert not sees(nora)
    grant(omar.actor, incident.id, nora.id)
    assert sees(nora)
    assert not sees(omar)
    revoke(omar.actor, incident.id, nora.id)
    assert not sees(nora)
    assert folded(incident) == stored(incident)


def test_granting_twice_returns_the_membership_there_is(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(visibility="private")
    assert grant(SYSTEM, incident.id, nora.id) == grant(SYSTEM, incident.id, nora.id)
    assert folded(incident) == stored(incident)
    assert [event.type for event in events_of(incident)] == ["incident.created", "incident.membership_granted"]


def test_revoking_a_stranger_changes_nothing(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(visibility="private")
    revoke(SYSTEM, incident.id, nora.id)
    assert [event.type for event in events_of(incident)] == ["incident.created"]
    assert Incident.objects.get().updated_at == incident.updated_at


def test_somebody_who_left_gets_no_access_and_can_lose_it(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(visibility="private")
    grant(SYSTEM, incident.id, nora.id)
    User.objects.filter(pk=nora.pk).update(is_active=False)
    with pytest.raises(Invalid, match="no active user"):
        grant(SYSTEM, incident.id, nora.id)
    revoke(SYSTEM, incident.id, nora.id)
    assert not Membership.objects.exists()


@pytest.mark.parametrize("verb", [grant, revoke])
def test_a_public_incident_has_no_members(
    declare: Callable[..., Incident], nora: User, verb: Callable[..., Any]
) -> None:
    with pytest.raises(Invalid, match="public") as refusal:
        verb(SYSTEM, declare().id, nora.id)
    assert refusal.value.problems[0].pointer == "incident_id"


@pytest.mark.parametrize("verb", [grant, revoke])
@pytest.mark.parametrize("user_id", [UNKNOWN, "nora@example.com"])
def test_an_unknown_person_is_named(declare: Callable[..., Incident], verb: Callable[..., Any], user_id: str) -> None:
    with pytest.raises(Invalid) as refusal:
        verb(SYSTEM, declare(visibility="private").id, user_id)
    assert refusal.value.problems[0].pointer == "user_id"


@pytest.mark.parametrize("verb", [grant, revoke])
def test_an_unknown_incident_is_not_found(nora: User, verb: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        verb(SYSTEM, UNKNOWN, nora.id)
