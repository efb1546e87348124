"""Actions: in V1 in one list with follow-ups, in V2 and V3 made and changed too, V3 in pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from events.actors import Actor
from incidents.actions import ActionEdit, create_action, delete_action, update_action
from incidents.follow_ups import create_follow_up
from incidents.models import FollowUp, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
PATHS = pytest.mark.parametrize("path", ["/v2/actions", "/v3/actions"])


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


@PATHS
def test_an_action_lives_from_post_to_delete(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient, path: str
) -> None:
    said = {"incident_id": declare().id, "description": " Fail *over*\n"}
    made = everyone.post(path, said | {"assignee_id": nora.id})
    shown = made.json()["action"]
    assert (made.status_code, shown["status"], shown["creator"]["api_key"]["name"]) == (201, "outstanding", "Zendesk")
    assert {name: shown[name] for name in said} == said
    one = f"{path}/{shown['id']}"
    done = everyone.put(one, {"description": "Failed over", "status": "completed"}).json()["action"]
    assert (done["assignee"]["id"], done["completed_at"]) == (nora.id, done["updated_at"])
    nobody = everyone.put(one, {"description": "Failed over", "status": "outstanding", "assignee_id": None})
    assert not nobody.json()["action"].keys() & {"assignee", "completed_at"}
    assert everyone.get(one).json() == nobody.json()
    assert [everyone.delete(one).status_code, everyone.delete(one).status_code] == [204, 404]
    assert (everyone.get(one).json()["action"]["status"], ids(everyone.get(path))) == ("deleted", [])


@PATHS
def test_who_made_it_is_shown_in_the_words_of_v2(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient, path: str
) -> None:
    incident = declare()
    for actor in (nora.actor, Actor("workflow", nora.id, "Escalate"), Actor("alert", nora.id, "CPU"), SYSTEM):
        create_action(actor, incident.id, description="Look")
    person, workflow, alert, hub = (action["creator"] for action in everyone.get(path).json()["actions"])
    assert person["user"]["slack_user_id"] == "U0NORA"
    assert (workflow, alert) == (
        {"workflow": {"id": nora.id, "name": "Escalate"}},
        {"alert": {"id": nora.id, "title": "CPU"}},
    )
    assert hub["api_key"]["name"] == SYSTEM.label


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"description": ""}, "description"),
        ({"description": " "}, "description"),
        ({"description": "nul\0"}, "description"),
        ({"description": ["x"]}, "description"),
        ({"assignee_id": UNKNOWN}, "assignee_id"),
        ({"assignee_id": ""}, "assignee_id"),
    ],
)
def test_what_is_wrong_is_refused_on_making_and_on_changing(
    declare: Callable[..., Incident], everyone: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    made = create_action(SYSTEM, declare().id, description="Look")
    said = {"incident_id": made.incident_id, "description": "Look", "status": "outstanding"} | wrong
    for answer in (everyone.post("/v2/actions", said), everyone.put(f"/v2/actions/{made.id}", said)):
        assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (422, pointer)
    assert everyone.put(f"/v2/actions/{made.id}", said | {"status": "deleted"}).status_code == 422
    assert everyone.post("/v2/actions", said | {"incident_id": UNKNOWN}).status_code == 422


@PATHS
def test_other_kinds_and_private_incidents_are_not_found(
    declare: Callable[..., Incident], everyone: ApiClient, path: str
) -> None:
    private = create_action(SYSTEM, declare(visibility="private").id, description="Hush")
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    for pk in (private.id, follow_up.id, UNKNOWN, "1", "%00"):
        said = {"description": "Seen", "status": "completed"}
        one = f"{path}/{pk}"
        assert {everyone.get(one).status_code, everyone.put(one, said).status_code} == {404}
        assert everyone.delete(one).status_code == 404
    assert ids(everyone.get(path)) == []


@PATHS
def test_v2_and_v3_list_actions_alone_by_incident_and_mode(
    declare: Callable[..., Incident], everyone: ApiClient, path: str
) -> None:
    incident, severity = declare(), next(iter(snapshot.current().severities))
    of_mode = {
        mode: create_action(SYSTEM, declare(mode=mode, severity_id=severity).id, description="Look").id
        for mode in ("standard", "retrospective", "test", "tutorial")
    }
    create_follow_up(SYSTEM, incident.id, title="Add a breaker")
    assert ids(everyone.get(path)) == [of_mode["standard"], of_mode["retrospective"]]
    listed = {mode: ids(everyone.get(f"{path}?incident_mode={mode}")) for mode in (*of_mode, "stream")}
    assert listed == {mode: [pk] for mode, pk in of_mode.items()} | {"stream": []}
    assert ids(everyone.get(f"{path}?incident_id={incident.id}")) == []
    wrong = {f"incident_id={UNKNOWN}": 404, "incident_mode=real": 422, "incident_id=%00": 422}
    assert {query: everyone.get(f"{path}?{query}").status_code for query in wrong} == wrong


def test_v3_pages_through_everything_once(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident, seen, after = declare(), list[str](), ""
    made = [create_action(SYSTEM, incident.id, description=str(number)).id for number in range(5)]
    for _ in range(3):
        page = everyone.get(f"/v3/actions?page_size=2&after={after}")
        seen += ids(page)
        after = page.json()["pagination_meta"].get("after", "")
    assert (seen, after) == (made, "")
    assert ids(everyone.get(f"/v3/actions?after={made[-1]}")) == []
    wrong = {"page_size=251": 422, "page_size=0": 422, "after=x": 422, "updated_at[gt]=2024-01-01": 422}
    assert {query: everyone.get(f"/v3/actions?{query}").status_code for query in wrong} == wrong


def test_v3_is_filtered_by_time(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    incident, day = declare(), datetime(2024, 12, 3, 12, tzinfo=UTC)
    old, new = (create_action(SYSTEM, incident.id, description="Look", moment=day + timedelta(n)).id for n in range(2))
    update_action(SYSTEM, old, ActionEdit(status="completed"), day + timedelta(days=5))
    wanted = {
        "created_at[lte]=2024-12-03": [old],
        "created_at[gte]=2024-12-04T12:00:00Z": [new],
        "created_at[date_range]=2024-12-03~2024-12-04": [old, new],
        "updated_at[gte]=2024-12-05": [old],
        "updated_at[date_range]=2024-12-04~2024-12-04": [new],
        "updated_at[gte]=2024-12-05&created_at[gte]=2024-12-04": [],
    }
    assert {query: ids(everyone.get(f"/v3/actions?{query}")) for query in wanted} == wanted


@PATHS
def test_a_longer_list_of_v2_or_v3_costs_no_more_statements(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient, path: str
) -> None:
    incident = declare()
    few = statements(everyone, f"{path}?incident_id={incident.id}")
    for number in range(12):
        create_action(nora.actor, incident.id, description=f"Step {number}", assignee_id=nora.id)
    assert statements(everyone, f"{path}?incident_id={incident.id}") == few == 3
