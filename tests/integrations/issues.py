"""What tests of issue trackers share: a follow-up, the passing of time, and the ways in which calls fail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.models import FollowUp, Incident
from integrations.base import Outcome
from integrations.models import RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.standing_in import done_and_failed, done_and_reset, done_in_silence, says, silent, slow, well
from tests.receiver import reset_in_mid_answer
from tests.workflows.asking import on
from tests.workflows.passing import come_due
from tests.workflows.writing import step
from workflows.models import Effect, StepRun
from workflows.starting import start_workflow

Drain = Callable[[], None]
SECRET = "a phrase nobody guesses"
OPEN = "newly_created_and_active"
DATE = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)


def resets(handler: Any, work: Any) -> None:
    """Does not do it, and loses the connection in the middle of its answer."""
    reset_in_mid_answer(handler)


# What a creating call meets, and how the attempt ends.
CREATING = {
    "success": (well, Outcome.DONE),
    "slow": (slow(0.5), Outcome.DONE),
    "error body": (says(400, {"errorMessages": ["no"], "errors": {"summary": "is bad"}}), Outcome.REFUSED),
    "401": (says(401, {"message": "Bad credentials"}), Outcome.REFUSED),
    "403": (says(403, {"message": "Resource not accessible by personal access token"}), Outcome.REFUSED),
    "404": (says(404, {"message": "Not Found"}), Outcome.REFUSED),
    "410": (says(410, {"message": "Issues are disabled for this repo"}), Outcome.REFUSED),
    "422": (says(422, {"message": "Validation Failed", "errors": [{"field": "title"}, "x"]}), Outcome.REFUSED),
    "moved": (says(301, b"", location="https://example.com/"), Outcome.REFUSED),
    "429, seconds": (says(429, {}, retry_after="90"), Outcome.FAILED),
    "429, date": (says(429, {}, retry_after=DATE), Outcome.FAILED),
    "500": (says(500, b"oops"), Outcome.UNKNOWN),
    "500, done": (done_and_failed, Outcome.UNKNOWN),
    "503": (says(503, b"", retry_after="5"), Outcome.UNKNOWN),
    "silence": (silent, Outcome.UNKNOWN),
    "silence, done": (done_in_silence, Outcome.UNKNOWN),
    "reset": (resets, Outcome.UNKNOWN),
    "reset, done": (done_and_reset, Outcome.UNKNOWN),
    "not JSON": (says(201, b"<html>"), Outcome.UNKNOWN),
    "201, other JSON": (says(201, []), Outcome.UNKNOWN),
}
# What a call meets that looks for what may have arrived, or reads where an issue is, and how the attempt ends.
READING = {
    "401": (says(401, {}), Outcome.REFUSED),
    "403": (says(403, {}), Outcome.REFUSED),
    "429": (says(429, {}, retry_after="1"), Outcome.FAILED),
    "500": (says(500, b"oops"), Outcome.FAILED),
    "silence": (silent, Outcome.FAILED),
    "reset": (resets, Outcome.FAILED),
}
# What a call meets that moves an issue; it ends the same however often it is made.
MOVING = {
    "success": (well, Outcome.DONE),
    "slow": (slow(0.3), Outcome.DONE),
    "error body": (says(400, {"errorMessages": ["no"], "errors": {}}), Outcome.REFUSED),
    "401": (says(401, {}), Outcome.REFUSED),
    "403": (says(403, {}), Outcome.REFUSED),
    "404": (says(404, {"message": "Not Found"}), Outcome.REFUSED),
    "422": (says(422, {"message": "Validation Failed"}), Outcome.REFUSED),
    "429, seconds": (says(429, {}, retry_after="90"), Outcome.FAILED),
    "429, date": (says(429, {}, retry_after=DATE), Outcome.FAILED),
    "500": (says(500, b"oops"), Outcome.FAILED),
    "500, done": (done_and_failed, Outcome.FAILED),
    "silence": (silent, Outcome.UNKNOWN),
    "silence, done": (done_in_silence, Outcome.UNKNOWN),
    "reset": (resets, Outcome.UNKNOWN),
    "reset, done": (done_and_reset, Outcome.UNKNOWN),
    "not JSON": (says(200, b"<html>"), Outcome.UNKNOWN),
}


@pytest.fixture
def follow_up(incident: Incident) -> FollowUp:
    """Something to do about an incident that is declared."""
    return create_follow_up(SYSTEM, incident.pk, title="Add an alert", description="On failed payments")


def exported_to(tool: str, follow_up: FollowUp, drain: Drain) -> FollowUp:
    """The follow-up, after a person started a workflow that exports it to a tracker."""
    start_workflow(SYSTEM, on("manual", steps=[step(f"{tool}.export_follow_ups")]), follow_up.incident, {})
    drain()
    return follow_up


def syncing(tool: str, follow_up: FollowUp, drain: Drain) -> Callable[[str], None]:
    """`go("completed")`: the follow-up is set to a status, and a person starts the workflow that tells the tracker."""
    workflow = on("manual", name="Sync", steps=[step(f"{tool}.sync_status")])

    def go(status: str) -> None:
        update_follow_up(SYSTEM, follow_up.pk, FollowUpEdit(status=status))
        start_workflow(SYSTEM, workflow, follow_up.incident, {})
        drain()

    return go


@pytest.fixture
def later(drain: Drain) -> Drain:
    """`later()`: whatever waits for its time has reached it, and searches know what is new."""

    def go() -> None:
        settle()
        come_due()
        drain()

    return go


def settle(seconds: float = 30.0) -> None:
    """Let these seconds have passed since issues were tried to be made."""
    for claim in RemoteObject.objects.filter(kind="issue_claim"):
        tried_at = datetime.fromisoformat(claim.state["tried_at"]) - timedelta(seconds=seconds)
        claim.state = claim.state | {"tried_at": tried_at.isoformat()}
        claim.save()


def outcomes(step_name: str) -> list[str]:
    """How the attempts of the only call of a step ended."""
    return [entry["outcome"] for entry in Effect.objects.get(step_name=step_name).log]


def complaints() -> list[str]:
    """What steps complain of."""
    return list(StepRun.objects.exclude(error="").values_list("error", flat=True))
