"""The incident's meeting at Google Meet: one is the incident's call, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from incidents.models import Incident
from integrations.base import StepFailed
from integrations.google_meet.account import TOOL
from integrations.meetings import MEETING
from integrations.models import Connection, RemoteObject
from tests.incidents.folding import folded, stored
from tests.integrations.calls import call, errors, outcomes, plan
from tests.integrations.google_meet.fake import Google
from tests.integrations.issues import resets
from tests.integrations.meetings import DONE, FAILED, REFUSED, UNKNOWN, call_of, claims, enter_call, rival
from tests.integrations.standing_in import (
    Fault,
    done_and_failed,
    done_and_reset,
    done_in_silence,
    says,
    silent,
    slow,
    well,
)
from workflows.models import CallState, Effect

CREATE = "google_meet.create_space"
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
LINK = "https://meet.google.com/abc-mnop-xy0"


def test_a_meeting_is_made_and_is_the_incidents_call(google: Google, incident: Incident) -> None:
    effect = call(CREATE, incident)
    assert google.asked[-1].body == {"config": {"accessType": "TRUSTED"}}
    assert (effect.state, effect.remote_id) == (CallState.DONE, "spaces/jQCFfuBOdN0")
    assert (effect.detail, call_of(incident)) == ({"did": "Made a meeting at Google Meet"}, LINK)
    row = RemoteObject.objects.get()
    assert (row.tool, row.kind, row.subject_id, row.url) == (TOOL, MEETING, incident.pk, LINK)
    assert folded(incident) == stored(incident)


def test_who_may_join_is_as_the_host_has_it_unless_it_is_said(google: Google, incident: Incident) -> None:
    connection = Connection.objects.get()
    connection.settings = {name: value for name, value in connection.settings.items() if name != "access"}
    connection.save()
    call(CREATE, incident)
    assert google.asked[-1].body == {}


def test_of_a_private_incident_nothing_is_told(google: Google, private: Incident) -> None:
    call(CREATE, private)
    assert private.reference not in json.dumps([asked.body for asked in google.asked])
    assert call_of(private) == LINK


def test_a_second_step_finds_the_meeting(google: Google, incident: Incident) -> None:
    call(CREATE, incident)
    second = call(CREATE, incident, "step.1")
    assert (second.detail, len(google.spaces)) == ({"did": "It has a meeting at Google Meet already"}, 1)


def test_a_call_that_somebody_entered_stays_unless_it_is_replaced(google: Google, incident: Incident) -> None:
    enter_call(incident, "https://zoom.test/ours")
    assert call(CREATE, incident).detail == {"did": "It has a call already, which stays"}
    assert (call_of(incident), google.asked) == ("https://zoom.test/ours", [])
    call(CREATE, incident, "step.1", replace=True)
    assert call_of(incident) == LINK


CREATING = {
    "success": (well, [DONE], 1),
    "slow": (slow(0.2), [DONE], 1),
    "error body": (says(400, {"error": {"message": "Invalid accessType", "status": "INVALID_ARGUMENT"}}), [REFUSED], 0),
    "401": (says(401, {}), [REFUSED], 0),
    "403": (
        says(403, {"error": {"message": "Meet API has not been used", "status": "PERMISSION_DENIED"}}),
        [REFUSED],
        0,
    ),
    "404": (says(404, {}), [REFUSED], 0),
    "422": (says(422, {}), [REFUSED], 0),
    "moved": (says(302, b"", location="https://example.com"), [REFUSED], 0),
    "429, seconds": (says(429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, retry_after="1"), [FAILED, DONE], 1),
    "429, date": (says(429, {}, retry_after=TOMORROW), [FAILED, DONE], 1),
    "500": (says(500, b"oops"), [UNKNOWN, DONE], 1),
    "503": (says(503, b"", retry_after="1"), [UNKNOWN, DONE], 1),
    "silence": (silent, [UNKNOWN, DONE], 1),
    "reset": (resets, [UNKNOWN, DONE], 1),
    "not JSON": (says(200, b"<html>"), [UNKNOWN, DONE], 1),
    "other JSON": (says(200, []), [UNKNOWN, DONE], 1),
    # Of those that were made without an answer one is left alone; nobody knows of it.
    "500, done": (done_and_failed, [UNKNOWN, DONE], 2),
    "silence, done": (done_in_silence, [UNKNOWN, DONE], 2),
    "reset, done": (done_and_reset, [UNKNOWN, DONE], 2),
}


@pytest.mark.faults({CREATE: CREATING})
@pytest.mark.parametrize(("fault", "ended", "spaces"), CREATING.values(), ids=CREATING)
def test_whatever_google_does_one_meeting_is_the_call(
    google: Google, incident: Incident, fault: Fault, ended: list[str], spaces: int
) -> None:
    google.script = [well, fault]
    effect = call(CREATE, incident)
    assert (outcomes(effect), len(google.spaces), claims()) == (ended, spaces, 0)
    assert call_of(incident) == (google.spaces[-1]["meetingUri"] if google.spaces else "")
    assert RemoteObject.objects.count() == (1 if spaces else 0)
    kept = json.dumps(list(Effect.objects.values()), default=str)
    assert "PRIVATE KEY" not in kept
    assert "ya29." not in kept


@pytest.mark.parametrize(
    ("fault", "ended"),
    [
        (says(400, {"error": "invalid_grant"}), [REFUSED]),
        (says(401, {"error": "unauthorized_client"}), [REFUSED]),
        (says(200, b"<html>"), [REFUSED]),
        (says(429, {}, retry_after="1"), [FAILED, DONE]),
        (says(500, b"oops"), [FAILED, DONE]),
        (silent, [FAILED, DONE]),
        (done_and_reset, [FAILED, DONE]),
    ],
)
def test_while_google_gives_no_token_nothing_is_made(
    google: Google, incident: Incident, fault: Fault, ended: list[str]
) -> None:
    google.script = [fault]
    effect = call(CREATE, incident)
    assert (outcomes(effect), len(google.spaces), claims()) == (ended, ended.count(DONE), 0)


def test_a_token_is_kept_until_google_has_enough_of_it(google: Google, incident: Incident, private: Incident) -> None:
    call(CREATE, incident)
    google.tokens.clear()
    effect = call(CREATE, private, "step.1")
    assert (outcomes(effect), google.given) == ([FAILED, DONE], 2)


def test_what_is_not_allowed_is_told_in_googles_words(google: Google, incident: Incident) -> None:
    google.script = [well, says(403, {"error": {"message": "Google Meet API has not been used in project 1"}})]
    effect = call(CREATE, incident)
    assert errors(effect) == "Google does not let the hub do it: Google Meet API has not been used in project 1 (403)"


def test_of_rivals_one_makes_the_meeting(google: Google, incident: Incident) -> None:
    rival(incident)
    assert set(outcomes(call(CREATE, incident))) == {FAILED}
    assert google.spaces == []


def test_without_google_it_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="google_meet is not connected"):
        plan(CREATE, incident)


def test_it_needs_an_incident(google: Google) -> None:
    with pytest.raises(StepFailed, match="There is no incident"):
        plan(CREATE, None)
