"""Issues at Linear go to the states people named, else to the first of the type, in the account's workspace only."""

from collections.abc import Callable

import pytest

from incidents.follow_ups import FollowUpEdit, connect_issue, update_follow_up
from incidents.models import FollowUp
from integrations.linear.account import Linear
from integrations.linear.statuses import fits
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.issues import complaints, exported_to, syncing
from tests.integrations.linear.site import STATES, LinearSite
from tests.workflows.asking import on
from tests.workflows.writing import step
from workflows.starting import start_workflow

Drain = Callable[[], None]
Sync = Callable[[str], None]


@pytest.fixture
def sync(connection: Connection, site: LinearSite, follow_up: FollowUp, drain: Drain) -> Sync:
    """`sync("completed")`: a follow-up that stands at Linear is set to a status, and Linear is told."""
    return syncing("linear", exported_to("linear", follow_up, drain), drain)


@pytest.mark.parametrize(
    ("now", "status", "after"),
    [
        ("Todo", "completed", "Done"),
        ("Canceled", "completed", "Done"),
        ("In Progress", "not_doing", "Canceled"),
        ("Done", "not_doing", "Canceled"),
        ("Done", "outstanding", "Todo"),
        ("Backlog", "outstanding", "Backlog"),
        ("In Progress", "outstanding", "In Progress"),
    ],
)
def test_an_issue_goes_where_its_follow_up_is(site: LinearSite, sync: Sync, now: str, status: str, after: str) -> None:
    site.issues[0]["state"] = STATES[now]
    sync(status)
    assert (site.issues[0]["state"]["name"], complaints()) == (after, [])


@pytest.mark.parametrize(
    ("setting", "name", "status", "after"),
    [
        ("done_state", " in progress", "completed", "In Progress"),
        ("not_doing_state", "Done", "not_doing", "Done"),
        ("done_state", "Nowhere", "completed", "Todo"),
    ],
)
def test_people_name_the_states(
    site: LinearSite, connection: Connection, sync: Sync, setting: str, name: str, status: str, after: str
) -> None:
    Connection.objects.update(settings=connection.settings | {setting: name})
    sync(status)
    assert site.issues[0]["state"]["name"] == after


def test_a_team_without_such_a_state_is_told_of(site: LinearSite, sync: Sync) -> None:
    site.states = [STATES["Todo"], STATES["Backlog"]]
    sync("completed")
    assert complaints() == ["The team of OPS-1 has no state 'completed'; it has Backlog, Todo"]


def test_an_issue_of_another_workspace_is_left(
    connection: Connection, site: LinearSite, follow_up: FollowUp, drain: Drain
) -> None:
    url = "https://linear.app/acme/issue/OPS-1/a-slug"
    site.issues = [{"id": "1", "identifier": "OPS-1", "url": url, "state": STATES["Todo"]}]
    connect_issue(SYSTEM, follow_up.pk, provider="linear", url="https://linear.app/other/issue/OPS-1")
    update_follow_up(SYSTEM, follow_up.pk, FollowUpEdit(status="completed"))
    start_workflow(SYSTEM, on("manual", steps=[step("linear.sync_status")]), follow_up.incident, {})
    drain()
    assert complaints() == ["OPS-1 is in the workspace 'other', which the hub's account is not in"]
    assert site.issues[0]["state"] == STATES["Todo"]


def test_a_name_comes_before_a_type() -> None:
    there = Linear({"not_doing_state": "Done", "open_state": "Reopened"})
    assert fits(there, {"name": "done", "type": "completed"}) == ["not_doing"]
    assert fits(there, {"name": "Reopened", "type": "completed"}) == ["outstanding"]
    assert fits(there, {"name": "Shipped", "type": "completed"}) == ["completed"]
    assert fits(there, None) == ["outstanding"]
