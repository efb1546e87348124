"""GET /v2/incident_participants: who takes part in an incident."""

from collections.abc import Callable

import pytest

from accounts.models import User
from catalog.models import IncidentRole
from incidents.actions import create_action
from incidents.memberships import grant
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

PATH = "/v2/incident_participants"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def test_those_who_help_stand_apart_from_those_who_look_on(
    declare: Callable[..., Incident], nora: User, omar: User, api: Callable[..., ApiClient]
) -> None:
    lead = {"incident_role_id": IncidentRole.objects.get(role_type="lead").id, "assignee": {"id": nora.id}}
    incident, insider = declare(visibility="private", incident_role_assignments=[lead]), api("viewer", "global_access")
    path = f"{PATH}?incident_id={incident.id}"
    assert statements(insider, path) == 3
    grant(SYSTEM, incident.id, omar.id)
    create_action(nora.actor, incident.id, description="Fail over")
    assert statements(insider, path) == 3
    shown = insider.get(path).json()["incident_participants"]
    assert shown["active"][0]["user"]["slack_user_id"] == "U0NORA"
    assert [(one["participant_type"], one["user"]["name"]) for one in shown["active"]] == [("responder", "Nora Lind")]
    assert [(one["participant_type"], one["user"]["name"]) for one in shown["passive"]] == [("observer", "Omar Aziz")]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), (f"?incident_id={UNKNOWN}", 404), ("?incident_id=7", 404), ("?incident_id=%00", 422)],
)
def test_a_wrong_incident_is_told(everyone: ApiClient, query: str, status: int) -> None:
    assert everyone.get(PATH + query).status_code == status


def test_a_private_incident_is_not_found(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    assert everyone.get(f"{PATH}?incident_id={declare(visibility='private').id}").status_code == 404
