"""Who takes part in an incident: by role, by what they did, or by looking on."""

from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.users import create_user
from catalog.models import IncidentRole
from incidents.actions import create_action, delete_action
from incidents.follow_ups import create_follow_up
from incidents.memberships import grant
from incidents.models import Incident
from incidents.participants import participants_of
from tests.conftest import SYSTEM


@pytest.fixture
def ida(hub: None) -> User:
    """Ida joins late."""
    return create_user(SYSTEM, email="ida@example.com", name="Ida Berg")


def taking_part(incident: Incident) -> dict[str, str]:
    found = participants_of(incident.id)
    assert all(one.is_active == (one.participant_type != "observer") for one in found)
    return {one.user.name: one.participant_type for one in found}


def role(kind: str, user: User) -> dict[str, object]:
    return {"incident_role_id": IncidentRole.objects.get(role_type=kind).id, "assignee": {"id": user.id}}


def test_whoever_holds_a_role_responds_and_whoever_reported_it_collaborates(
    declare: Callable[..., Incident], nora: User, omar: User, ida: User
) -> None:
    incident = declare(incident_role_assignments=[role("lead", nora), role("reporter", omar)])
    assert taking_part(incident) == {"Nora Lind": "responder", "Omar Aziz": "collaborator"}
    assert taking_part(declare(nora.actor)) == {"Nora Lind": "collaborator"}


def test_whoever_did_something_or_has_something_to_do_collaborates(
    declare: Callable[..., Incident], nora: User, omar: User, ida: User
) -> None:
    incident = declare()
    create_action(nora.actor, incident.id, description="Fail over", assignee_id=omar.id)
    create_follow_up(SYSTEM, incident.id, title="Add a breaker", assignee_id=ida.id)
    assert taking_part(incident) == dict.fromkeys(["Nora Lind", "Omar Aziz", "Ida Berg"], "collaborator")


def test_what_was_deleted_is_nobody_s_part(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare()
    delete_action(SYSTEM, create_action(SYSTEM, incident.id, description="Panic", assignee_id=nora.id).id)
    assert taking_part(incident) == {}


def test_members_of_a_private_incident_observe_until_they_act(
    declare: Callable[..., Incident], nora: User, ida: User
) -> None:
    incident = declare(visibility="private", incident_role_assignments=[role("lead", nora)])
    grant(SYSTEM, incident.id, ida.id)
    assert taking_part(incident) == {"Nora Lind": "responder", "Ida Berg": "observer"}
    create_action(ida.actor, incident.id, description="Look")
    assert taking_part(incident)["Ida Berg"] == "collaborator"
