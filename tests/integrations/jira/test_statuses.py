"""Issues in Jira are moved to where their follow-ups are, and echoes do not come back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from events.models import Event
from incidents.follow_ups import FollowUpEdit, connect_issue, update_follow_up
from incidents.models import FollowUp
from integrations.base import Outcome
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.issues import OPEN, READING, complaints, exported_to, outcomes, syncing
from tests.integrations.jira.site import DONE, IN_PROGRESS, TO_DO, WONT_DO, JiraSite, payload
from tests.integrations.signing import signed
from tests.integrations.standing_in import says, well
from tests.workflows.asking import on
from tests.workflows.writing import of, step
from workflows.models import StepRun
from workflows.starting import start_workflow

Drain = Callable[[], None]
STEP = "jira.sync_status"


@pytest.fixture
def exported(connection: Connection, site: JiraSite, follow_up: FollowUp, drain: Drain) -> FollowUp:
    """A follow-up that stands in Jira as OPS-1."""
    exported_to("jira", follow_up, drain)
    site.asked.clear()
    return follow_up


@pytest.fixture
def sync(exported: FollowUp, drain: Drain) -> Callable[[str], None]:
    """`sync("completed")`: the follow-up is set to a status, and a person starts the workflow that tells Jira."""
    return syncing("jira", exported, drain)


def name_of_status(site: JiraSite) -> str:
    name: str = site.issues[0]["fields"]["status"]["name"]
    return name


@pytest.mark.parametrize("before", [[], [well]], ids=["where it is", "ways"])
@pytest.mark.parametrize("case", READING)
def test_what_cannot_be_read_is_tried_again(
    sync: Callable[[str], None], site: JiraSite, later: Drain, case: str, before: list[Any]
) -> None:
    fault, outcome = READING[case]
    site.script = [*before, fault]
    sync("completed")
    assert outcomes(STEP) == [outcome]
    later()
    assert name_of_status(site) == ("To Do" if outcome is Outcome.REFUSED else "Done")


@pytest.mark.parametrize(
    ("now", "status", "after"),
    [
        (TO_DO, "completed", "Done"),
        (IN_PROGRESS, "completed", "Done"),
        (WONT_DO, "completed", "Won't Do"),
        (TO_DO, "not_doing", "Won't Do"),
        (DONE, "not_doing", "Done"),
        (DONE, "outstanding", "To Do"),
        (IN_PROGRESS, "outstanding", "In Progress"),
    ],
)
def test_an_issue_goes_where_its_follow_up_is(
    sync: Callable[[str], None], site: JiraSite, now: Any, status: str, after: str
) -> None:
    site.issues[0]["fields"]["status"] = now
    sync(status)
    assert (name_of_status(site), complaints()) == (after, [])


@pytest.mark.parametrize(
    ("setting", "name", "status", "after"),
    [
        ("done_status", "won't do", "completed", "Won't Do"),
        ("not_doing_status", "Done", "not_doing", "Done"),
        ("done_status", "Go", "completed", "To Do"),
    ],
)
def test_people_name_the_statuses(
    sync: Callable[[str], None], site: JiraSite, setting: str, name: str, status: str, after: str
) -> None:
    connection = Connection.objects.get()
    Connection.objects.update(settings=connection.settings | {setting: name})
    sync(status)
    assert name_of_status(site) == after


def test_a_workflow_that_leads_nowhere_is_told_of(sync: Callable[[str], None], site: JiraSite) -> None:
    site.ways = {"21": IN_PROGRESS}
    sync("completed")
    (complaint,) = complaints()
    assert "does not lead OPS-1 from To Do to one for 'Completed'; it offers In Progress" in complaint


def test_an_issue_that_is_gone_is_told_of(sync: Callable[[str], None], site: JiraSite) -> None:
    site.issues.clear()
    sync("completed")
    assert "Jira does not know this issue any more" in complaints()[0]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"7"])
def test_an_odd_answer_is_told_of(sync: Callable[[str], None], site: JiraSite, body: bytes) -> None:
    site.script = [says(200, body)]
    sync("completed")
    assert "Jira does not tell of the issue" in complaints()[0]


def test_follow_ups_without_an_issue_are_left(
    connection: Connection, site: JiraSite, follow_up: FollowUp, drain: Drain
) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="jira", url="https://elsewhere.example.com/browse/OPS-1")
    start_workflow(SYSTEM, on("manual", steps=[step(STEP)]), follow_up.incident, {})
    drain()
    assert (site.asked, complaints()) == ([], [])


def tell(connection: Connection, status: Any) -> str:
    """Jira tells that the issue is there now; what came of it."""
    told = payload("issue_updated")
    told["issue"]["fields"] |= {"status": status, "resolution": None}
    body = json.dumps(told).encode()
    headers = {"X-Hub-Signature": signed(body)}
    path = f"/hooks/jira/{connection.pk}"
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    message: str = answer.json()["message"]
    return message


def test_an_echo_changes_nothing_even_if_it_comes_late(
    sync: Callable[[str], None], connection: Connection, exported: FollowUp
) -> None:
    sync("completed")
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status="outstanding"))
    assert tell(connection, DONE) == "Nothing to change"
    exported.refresh_from_db()
    assert exported.status == "outstanding"
    assert tell(connection, DONE) == "The follow-up is completed now"


def test_both_ways_together_come_to_rest(
    connection: Connection, site: JiraSite, exported: FollowUp, drain: Drain
) -> None:
    on("follow_up.completed", runs_on_incidents=OPEN, steps=[step(STEP, of("incident"), of("follow_up"))])
    site.issues[0]["fields"]["status"] = DONE
    assert tell(connection, DONE) == "The follow-up is completed now"
    drain()
    assert StepRun.objects.get(name=STEP).did == "OPS-1 is Done in Jira already"
    count = Event.objects.count()
    assert tell(connection, DONE) == "Nothing to change"
    drain()
    assert Event.objects.count() == count
    assert [one for one in site.asked if one.method == "POST"] == []
