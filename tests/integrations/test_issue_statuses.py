"""Issues at every tracker go where their follow-ups are, and echoes do not come back."""

from collections.abc import Callable, Iterator

import pytest

from incidents.follow_ups import FollowUpEdit, connect_issue, update_follow_up
from incidents.models import FollowUp
from integrations.base import Outcome
from integrations.models import RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.issues import (
    MOVING,
    OPEN,
    READING,
    complaints,
    exported_to,
    follow_up,
    later,
    outcomes,
    syncing,
)
from tests.integrations.standing_in import says, standing
from tests.integrations.trackers import MANNERS, Tracked
from tests.workflows.asking import on
from tests.workflows.writing import of, step
from workflows.models import CallState, Effect, StepRun
from workflows.starting import start_workflow

__all__ = ["follow_up", "later"]
Drain = Callable[[], None]
Sync = Callable[[str], None]


@pytest.fixture(params=MANNERS)
def tracker(request: pytest.FixtureRequest, hub: None) -> Iterator[Tracked]:
    """Each tracker in turn, connected."""
    manner = MANNERS[request.param]
    with standing(manner.stand_in()) as site:
        tracked = Tracked(request.param, site, manner)
        tracked.connect()
        yield tracked


@pytest.fixture
def exported(tracker: Tracked, follow_up: FollowUp, drain: Drain) -> FollowUp:
    """A follow-up that stands there as the first issue."""
    exported_to(tracker.tool, follow_up, drain)
    tracker.site.asked.clear()
    return follow_up


@pytest.fixture
def sync(tracker: Tracked, exported: FollowUp, drain: Drain) -> Sync:
    """`sync("completed")`: the follow-up is set to a status, and a person starts the workflow that tells of it."""
    return syncing(tracker.tool, exported, drain)


def is_open(tracker: Tracked) -> bool:
    """Whether the first issue is still to be done."""
    return tracker.manner.is_open(tracker.issues[0])


@pytest.mark.faults({f"{tool}.sync_status": MOVING for tool in MANNERS})
@pytest.mark.parametrize("case", MOVING)
def test_an_issue_is_moved(tracker: Tracked, sync: Sync, later: Drain, case: str) -> None:
    fault, outcome = MOVING[case]
    tracker.moving(fault)
    sync("completed")
    assert outcomes(tracker.sync) == [outcome]
    later()
    refused = outcome is Outcome.REFUSED
    assert Effect.objects.get(step_name=tracker.sync).state == (CallState.NOT_DONE if refused else CallState.DONE)
    assert is_open(tracker) == refused


@pytest.mark.parametrize("case", READING)
def test_what_cannot_be_read_is_tried_again(tracker: Tracked, sync: Sync, later: Drain, case: str) -> None:
    fault, outcome = READING[case]
    tracker.site.script = [fault]
    sync("completed")
    assert outcomes(tracker.sync) == [outcome]
    later()
    assert is_open(tracker) == (outcome is Outcome.REFUSED)


@pytest.mark.parametrize("body", [b"<html>", b"7", b"{}", b'{"data": {"issue": {"id": "7"}}}'])
def test_an_odd_answer_is_told_of(tracker: Tracked, sync: Sync, body: bytes) -> None:
    tracker.site.script = [says(200, body)]
    sync("completed")
    (entry,) = Effect.objects.get(step_name=tracker.sync).log
    assert (entry["outcome"] in ("failed", "refused"), is_open(tracker)) == (True, True)
    assert "does not tell" in entry["error"]


def test_an_issue_goes_forth_and_back(tracker: Tracked, sync: Sync) -> None:
    for status, expected in (("completed", False), ("outstanding", True), ("not_doing", False), ("outstanding", True)):
        sync(status)
        assert is_open(tracker) == expected
    assert complaints() == []


def test_an_issue_that_is_there_already_is_left(tracker: Tracked, sync: Sync) -> None:
    sync("completed")
    tracker.site.asked.clear()
    sync("completed")
    assert len(tracker.site.asked) == 1
    assert "already" in StepRun.objects.filter(name=tracker.sync).order_by("-pk")[0].did


def test_an_issue_that_is_gone_is_told_of(tracker: Tracked, sync: Sync) -> None:
    tracker.issues.clear()
    sync("completed")
    assert len(complaints()) == 1
    assert Effect.objects.get(step_name=tracker.sync).state == CallState.NOT_DONE


def test_an_issue_that_somebody_connected_is_moved(tracker: Tracked, exported: FollowUp, sync: Sync) -> None:
    remote_id = RemoteObject.objects.get().remote_id
    RemoteObject.objects.all().delete()
    sync("completed")
    assert not is_open(tracker)
    assert RemoteObject.objects.get().remote_id == remote_id


def test_issues_elsewhere_are_left(tracker: Tracked, follow_up: FollowUp, drain: Drain) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider=tracker.tool, url="https://elsewhere.example.com/a/b/-/issues/1")
    start_workflow(SYSTEM, on("manual", steps=[step(tracker.sync)]), follow_up.incident, {})
    drain()
    assert (tracker.site.asked, complaints()) == ([], [])


def test_what_is_completed_is_moved_by_a_workflow(tracker: Tracked, exported: FollowUp, drain: Drain) -> None:
    on("follow_up.completed", runs_on_incidents=OPEN, steps=[step(tracker.sync, of("incident"), of("follow_up"))])
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status="completed"))
    drain()
    assert (is_open(tracker), complaints()) == (False, [])
