"""Follow-ups of V2 and V3: the same objects, V3 in pages."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Team, User
from catalog.follow_up_priorities import archive_priority
from catalog.models import FollowUpPriority
from incidents.follow_ups import create_follow_up
from incidents.models import FollowUp, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements
from tests.incidents.folding import events_of, folded, stored

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
PATHS = pytest.mark.parametrize("path", ["/v2/follow_ups", "/v3/follow_ups"])
ISSUE = {"provider": "github", "url": "https://github.com/hub/shop/issues/7"}


@pytest.fixture
def payments(hub: None) -> Team:
    return Team.objects.create(name="Payments")


@pytest.fixture
def urgent(hub: None) -> FollowUpPriority:
    return FollowUpPriority.objects.get(name="Urgent")  # type: ignore[no-any-return]


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [follow_up["title"] for follow_up in response.json()["follow_ups"]]


@PATHS
def test_a_follow_up_is_made_and_shown_as_it_was_said(
    declare: Callable[..., Incident], nora: User, urgent: FollowUpPriority, everyone: ApiClient, path: str
) -> None:
    said = {"incident_id": declare().id, "title": " Add a breaker ", "description": "So *that*\n", "labels": ["b", "a"]}
    made = everyone.post(path, said | {"assignee_id": nora.id, "follow_up_priority_option_id": urgent.id})
    shown = made.json()["follow_up"]
    assert made.status_code == 201
    assert {name: shown[name] for name in said} == said
    assert (shown["assignee"]["email"], shown["priority"]["name"]) == (nora.email, "Urgent")
    assert everyone.get(f"{path}/{shown['id']}").json()["follow_up"] == shown


@PATHS
def test_a_follow_up_is_changed_and_deleted(
    declare: Callable[..., Incident], nora: User, payments: Team, everyone: ApiClient, path: str
) -> None:
    one = f"{path}/{create_follow_up(SYSTEM, declare().id, title='Breaker', description='x', assignee_id=nora.id).id}"
    body = {"title": "Breaker", "status": "completed", "description": "", "labels": [], "assignee_team_id": payments.id}
    done = everyone.put(one, body).json()["follow_up"]
    assert (done["assignee_team"], done["completed_at"]) == (
        {"id": payments.id, "name": "Payments"},
        done["updated_at"],
    )
    assert not done.keys() & {"assignee", "description", "priority", "external_issue_reference"}
    assert (everyone.delete(one).status_code, everyone.put(one, body).status_code) == (204, 404)
    assert (everyone.get(one).json()["follow_up"]["status"], titles(everyone.get(path))) == ("deleted", [])


def test_what_an_update_leaves_out_stays_and_null_takes_away(
    declare: Callable[..., Incident], nora: User, urgent: FollowUpPriority, everyone: ApiClient
) -> None:
    made = create_follow_up(SYSTEM, declare().id, title="Breaker", assignee_id=nora.id, priority_id=urgent.id)
    archive_priority(SYSTEM, urgent)
    same, one = {"title": "Breaker", "status": "outstanding"}, f"/v2/follow_ups/{made.id}"
    kept = everyone.put(one, same | {"follow_up_priority_option_id": urgent.id}).json()["follow_up"]
    assert (kept["assignee"]["id"], kept["priority"]["id"], len(events_of(made))) == (nora.id, urgent.id, 1)
    none = {"assignee_id": None, "assignee_team_id": None, "follow_up_priority_option_id": None, "labels": None}
    bare = everyone.put(one, same | none).json()["follow_up"]
    assert not bare.keys() & {"assignee", "assignee_team", "priority"}
    assert folded(made) == stored(made)


def test_an_issue_is_connected_once(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    made = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    path = f"/v2/follow_ups/{made.id}/actions/connect_external_issue"
    shown = everyone.post(path, ISSUE)
    assert shown.status_code == 200
    assert shown.json()["follow_up"]["external_issue_reference"] == {
        "provider": "github", "issue_name": "hub/shop#7", "issue_permalink": ISSUE["url"]
    }  # fmt: skip
    again = everyone.post(path.replace("v2", "v3"), {"provider": "jira", "url": "https://jira.test/browse/A-1"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_exists")
    assert [event.type for event in events_of(made)] == ["follow_up.created", "follow_up.updated"]
    assert folded(made) == stored(made)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": "nul\0"}, "title"),
        ({"labels": "a"}, "labels"),
        ({"labels": [7]}, "labels.0"),
        ({"assignee_id": UNKNOWN}, "assignee_id"),
        ({"assignee_id": UNKNOWN, "assignee_team_id": UNKNOWN}, "assignee_team_id"),
        ({"follow_up_priority_option_id": UNKNOWN}, "follow_up_priority_option_id"),
        ({"follow_up_category_id": UNKNOWN}, "follow_up_category_id"),
    ],
)
def test_what_is_wrong_is_refused_on_making_and_on_changing(
    declare: Callable[..., Incident], everyone: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    made = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    said = {"incident_id": made.incident_id, "title": "Add a breaker", "status": "outstanding"} | wrong
    for answer in (everyone.post("/v2/follow_ups", said), everyone.put(f"/v2/follow_ups/{made.id}", said)):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["source"]["pointer"] == pointer
    assert FollowUp.objects.count() == len(events_of(made)) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"provider": "trac"}, "provider"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://a.test/" + "x" * 2_000}, "url"),
        ({"url": 7}, "url"),
    ],
)
def test_a_wrong_issue_is_refused(
    declare: Callable[..., Incident], everyone: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    made = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    answer = everyone.post(f"/v3/follow_ups/{made.id}/actions/connect_external_issue", ISSUE | wrong)
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (422, pointer)


@PATHS
def test_the_list_is_filtered_by_incident_team_and_mode(
    declare: Callable[..., Incident], payments: Team, everyone: ApiClient, path: str
) -> None:
    incident = declare()
    create_follow_up(SYSTEM, incident.id, title="Theirs", assignee_team_id=payments.id)
    create_follow_up(SYSTEM, incident.id, title="Nobody's")
    create_follow_up(SYSTEM, declare(mode="test").id, title="A drill", assignee_team_id=payments.id)
    assert titles(everyone.get(path)) == ["Theirs", "Nobody's"]
    assert titles(everyone.get(f"{path}?assignee_team_id={payments.id}")) == ["Theirs"]
    assert titles(everyone.get(f"{path}?incident_mode=test")) == ["A drill"]
    assert titles(everyone.get(f"{path}?incident_mode=stream&incident_id={incident.id}")) == []
    wrong = {"assignee_team_id=x": 422, f"assignee_team_id={UNKNOWN}": 422, f"incident_id={UNKNOWN}": 404}
    assert {query: everyone.get(f"{path}?{query}").status_code for query in wrong} == wrong


@PATHS
def test_private_incidents_leave_no_trace(
    declare: Callable[..., Incident], everyone: ApiClient, api: Callable[..., ApiClient], path: str
) -> None:
    made = create_follow_up(SYSTEM, declare(visibility="private").id, title="Hush")
    one, said = f"{path}/{made.id}", {"title": "Seen", "status": "completed"}
    assert titles(everyone.get(path)) == []
    assert everyone.get(f"{path}?incident_id={made.incident_id}").status_code == 404
    assert everyone.post(path, {"incident_id": made.incident_id, "title": "Seen"}).status_code == 422
    answers = [everyone.get(one), everyone.put(one, said), everyone.delete(one)]
    answers.append(everyone.post(f"{one}/actions/connect_external_issue", ISSUE))
    assert {answer.status_code for answer in answers} == {404}
    assert titles(api("viewer", "global_access").get(path)) == ["Hush"]


@PATHS
def test_a_longer_list_costs_no_more_statements(
    declare: Callable[..., Incident], nora: User, urgent: FollowUpPriority, everyone: ApiClient, path: str
) -> None:
    incident = declare()
    few = statements(everyone, f"{path}?incident_id={incident.id}")
    for number in range(12):
        said = {"title": f"Step {number}", "assignee_id": nora.id, "priority_id": urgent.id}
        create_follow_up(nora.actor, incident.id, **said)
    assert statements(everyone, f"{path}?incident_id={incident.id}") == few == 3
