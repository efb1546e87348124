"""GET /v1/actions: actions and follow-ups in one list."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from incidents.actions import ActionEdit, create_action, delete_action, update_action
from incidents.follow_ups import create_follow_up
from incidents.models import FollowUp, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [action["id"] for action in response.json()["actions"]]


def test_an_action_is_shown_with_what_it_has(declare: Callable[..., Incident], nora: User, everyone: ApiClient) -> None:
    incident = declare()
    action = create_action(SYSTEM, incident.id, description="Fail over", assignee_id=nora.id)
    update_action(SYSTEM, action.id, ActionEdit(status="completed"))
    shown = everyone.get(f"/v1/actions/{action.id}").json()["action"]
    assert shown.pop("created_at") < shown.pop("updated_at") == shown.pop("completed_at")
    assert shown == {
        "id": action.id,
        "incident_id": incident.id,
        "description": "Fail over",
        "status": "completed",
        "follow_up": False,
        "assignee": {
            "id": nora.id,
            "name": "Nora Lind",
            "email": "nora@example.com",
            "role": "responder",
            "slack_user_id": "U0NORA",
        },
    }


def test_a_follow_up_shows_its_title_and_leaves_out_what_it_has_not(
    declare: Callable[..., Incident], everyone: ApiClient
) -> None:
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker", description="So that")
    shown = everyone.get(f"/v1/actions/{follow_up.id}").json()["action"]
    assert (shown["description"], shown["follow_up"]) == ("Add a breaker", True)
    assert not shown.keys() & {"assignee", "completed_at", "external_issue_reference"}


def test_the_tracker_s_issue_is_shown(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    FollowUp.objects.update(
        external_issue_provider="jira",
        external_issue_name="OPS-7",
        external_issue_permalink="https://jira.example.com/browse/OPS-7",
    )
    assert everyone.get(f"/v1/actions/{follow_up.id}").json()["action"]["external_issue_reference"] == {
        "provider": "jira",
        "issue_name": "OPS-7",
        "issue_permalink": "https://jira.example.com/browse/OPS-7",
    }


def test_the_list_has_both_kinds_oldest_first_without_the_deleted(
    declare: Callable[..., Incident], everyone: ApiClient
) -> None:
    incident = declare()
    first = create_action(SYSTEM, incident.id, description="Fail over")
    second = create_follow_up(SYSTEM, incident.id, title="Add a breaker")
    third = create_action(SYSTEM, declare().id, description="Fail back")
    deleted = create_action(SYSTEM, incident.id, description="Panic")
    delete_action(SYSTEM, deleted.id)
    assert ids(everyone.get("/v1/actions")) == [first.id, second.id, third.id]
    assert everyone.get(f"/v1/actions/{deleted.id}").json()["action"]["status"] == "deleted"


def test_the_list_is_filtered(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident, other = declare(), declare()
    action = create_action(SYSTEM, incident.id, description="Fail over")
    follow_up = create_follow_up(SYSTEM, incident.id, title="Add a breaker")
    elsewhere = create_action(SYSTEM, other.id, description="Fail over")
    of = f"/v1/actions?incident_id={incident.id}"
    assert ids(everyone.get(of)) == [action.id, follow_up.id]
    assert ids(everyone.get(f"{of}&is_follow_up=true")) == [follow_up.id]
    assert ids(everyone.get("/v1/actions?is_follow_up=false")) == [action.id, elsewhere.id]
    assert ids(everyone.get("/v1/actions?incident_id=&is_follow_up=&incident_mode=")) == [
        action.id, follow_up.id, elsewhere.id
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["standard", "retrospective", "test", "tutorial"])
def test_unless_asked_for_only_work_on_real_incidents_is_listed(
    declare: Callable[..., Incident], everyone: ApiClient, mode: str
) -> None:
    severity = next(iter(snapshot.current().severities))
    action = create_action(SYSTEM, declare(mode=mode, severity_id=severity).id, description="Fail over")
    wire_mode = "real" if mode in ("standard", "retrospective") else mode
    listed = {asked: ids(everyone.get(f"/v1/actions?incident_mode={asked}")) for asked in ("real", "test", "tutorial")}
    assert listed == {"real": [], "test": [], "tutorial": []} | {wire_mode: [action.id]}
    assert ids(everyone.get("/v1/actions")) == listed["real"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"incident_id={UNKNOWN}", 404),
        ("incident_id=INC-1", 404),
        ("incident_mode=standard", 422),
        ("is_follow_up=perhaps", 422),
        ("incident_id=%00", 422),
    ],
)
def test_a_wrong_filter_is_told(everyone: ApiClient, query: str, status: int) -> None:
    response = everyone.get(f"/v1/actions?{query}")
    assert (response.status_code, response.json()["status"]) == (status, status)


@pytest.mark.parametrize("pk", [UNKNOWN, UNKNOWN.lower(), "1", "%00"])
def test_an_unknown_action_is_not_found(everyone: ApiClient, pk: str) -> None:
    assert everyone.get(f"/v1/actions/{pk}").status_code == 404


def test_a_longer_list_costs_no_more_statements(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient
) -> None:
    incident = declare()
    path = f"/v1/actions?incident_id={incident.id}"
    create_action(SYSTEM, incident.id, description="Fail over", assignee_id=nora.id)
    assert statements(everyone, path) == 3
    for number in range(20):
        create_action(SYSTEM, incident.id, description=f"Step {number}", assignee_id=nora.id)
        create_follow_up(SYSTEM, incident.id, title=f"Step {number}", assignee_id=nora.id)
    assert statements(everyone, path) == 3
