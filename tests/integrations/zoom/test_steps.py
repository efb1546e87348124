"""The incident's meeting at Zoom: made once, whatever happens on the way, and shown as the incident's call."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import transaction

from incidents.models import Incident, Visibility
from integrations.base import StepFailed
from integrations.meetings import MEETING
from integrations.models import Connection, RemoteObject
from integrations.zoom.account import TOOL
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import resets
from tests.integrations.meetings import (
    DONE,
    FAILED,
    LONG_AGO,
    REFUSED,
    UNKNOWN,
    call_of,
    claims,
    enter_call,
    rival,
)
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
from tests.integrations.zoom.fake import SECRET, Zoom
from workflows.effects import send_again
from workflows.models import CallState, Effect

CREATE = "zoom.create_meeting"
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
LINK = "https://zoom.us/j/92674392836?pwd=UkFzZjRlSGVZ"


def test_a_meeting_is_made_and_is_the_incidents_call(zoom: Zoom, incident: Incident, settings: Any) -> None:
    effect = call(CREATE, incident)
    assert zoom.asked[-1].body == {
        "topic": f"{incident.reference} Checkout is down",
        "type": 3,
        "agenda": f"{settings.PUBLIC_URL}/incidents/{incident.pk}",
        "settings": {"join_before_host": True, "waiting_room": False},
    }
    assert (effect.state, effect.remote_id) == (CallState.DONE, "92674392836")
    assert (effect.detail, call_of(incident)) == ({"did": "Made a meeting at Zoom"}, LINK)
    row = RemoteObject.objects.get()
    assert (row.tool, row.kind, row.subject_id) == (TOOL, MEETING, incident.pk)
    assert (row.remote_id, row.url) == ("92674392836", LINK)
    assert folded(incident) == stored(incident)


def test_what_lets_somebody_in_as_the_host_is_not_kept(zoom: Zoom, incident: Incident) -> None:
    call(CREATE, incident)
    assert "zak=" not in json.dumps(list(Effect.objects.values()), default=str)


def test_the_topic_is_what_the_step_says(zoom: Zoom, incident: Incident) -> None:
    call(CREATE, incident, topic="  War room\n" + "x" * 300)
    assert zoom.meetings[0]["topic"] == ("War room " + "x" * 300)[:200]


def test_of_a_private_incident_only_its_reference_is_told(zoom: Zoom, private: Incident) -> None:
    call(CREATE, private, topic="Someone read our mail")
    assert zoom.meetings[0]["topic"] == private.reference
    assert "mail" not in json.dumps([asked.body for asked in zoom.asked])
    assert call_of(private) == LINK


def test_what_became_private_is_told_by_its_reference(zoom: Zoom, incident: Incident) -> None:
    (effect,) = plan(CREATE, incident)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert zoom.meetings[0]["topic"] == incident.reference


def test_a_second_step_finds_the_meeting(zoom: Zoom, incident: Incident) -> None:
    call(CREATE, incident)
    second = call(CREATE, incident, "step.1")
    assert second.detail == {"did": "It has a meeting at Zoom already"}
    assert (second.remote_id, len(zoom.meetings)) == ("92674392836", 1)


def test_a_call_that_somebody_entered_stays(zoom: Zoom, incident: Incident) -> None:
    enter_call(incident, "https://meet.test/ours")
    effect = call(CREATE, incident)
    assert (effect.detail, zoom.asked) == ({"did": "It has a call already, which stays"}, [])
    assert call_of(incident) == "https://meet.test/ours"


def test_unless_the_step_says_that_it_is_replaced(zoom: Zoom, incident: Incident) -> None:
    enter_call(incident, "https://meet.test/ours")
    assert call(CREATE, incident, replace=True).state == CallState.DONE
    assert call_of(incident) == LINK


@pytest.mark.parametrize("fault", [done_in_silence, silent])
def test_a_call_that_is_entered_meanwhile_stays(zoom: Zoom, incident: Incident, fault: Fault, settings: Any) -> None:
    settings.STEP_RETRY_SECONDS = [0.0]
    zoom.script = [well, fault]
    effect = call(CREATE, incident)
    enter_call(incident, "https://meet.test/ours")
    with transaction.atomic():
        send_again(SYSTEM, effect)
    perform(effect.target)
    effect.refresh_from_db()
    assert (effect.state, call_of(incident), claims()) == (CallState.DONE, "https://meet.test/ours", 0)
    assert effect.detail["did"].endswith("which stays")


def test_a_meeting_whose_link_was_taken_away_is_shown_again(zoom: Zoom, incident: Incident) -> None:
    call(CREATE, incident)
    enter_call(incident, "")
    call(CREATE, incident, "step.1")
    assert (call_of(incident), len(zoom.meetings)) == (LINK, 1)


CREATING = {
    "success": (well, [DONE], CallState.DONE),
    "slow": (slow(0.2), [DONE], CallState.DONE),
    "error body": (
        says(400, {"code": 300, "errors": [{"field": "topic", "message": "Long"}]}),
        [REFUSED],
        CallState.NOT_DONE,
    ),
    "400, a scope is missing": (
        says(400, {"code": 4711, "message": "does not contain scopes"}),
        [REFUSED],
        CallState.NOT_DONE,
    ),
    "403": (says(403, {"code": 200, "message": "No permission."}), [REFUSED], CallState.NOT_DONE),
    "404": (says(404, {"code": 1001, "message": "User does not exist"}), [REFUSED], CallState.NOT_DONE),
    "422": (says(422, {"message": "no"}), [REFUSED], CallState.NOT_DONE),
    "moved": (says(302, b"", location="https://example.com"), [REFUSED], CallState.NOT_DONE),
    "429, seconds": (says(429, {"code": 429}, retry_after="1"), [FAILED, DONE], CallState.DONE),
    "429, date": (says(429, {"code": 429}, retry_after=TOMORROW), [FAILED, DONE], CallState.DONE),
    "429, for today": (
        says(429, {"message": "You have exceeded the daily rate limit (100)"}),
        [REFUSED],
        CallState.NOT_DONE,
    ),
    "429, for today, its own": (says(429, {}, x_ratelimit_type="Daily-limit"), [REFUSED], CallState.NOT_DONE),
    "500": (says(500, b"oops"), [UNKNOWN, DONE], CallState.DONE),
    "503": (says(503, b"", retry_after="1"), [UNKNOWN, DONE], CallState.DONE),
    "500, done": (done_and_failed, [UNKNOWN, DONE], CallState.DONE),
    "silence": (silent, [UNKNOWN, DONE], CallState.DONE),
    "silence, done": (done_in_silence, [UNKNOWN, DONE], CallState.DONE),
    "reset": (resets, [UNKNOWN, DONE], CallState.DONE),
    "reset, done": (done_and_reset, [UNKNOWN, DONE], CallState.DONE),
    "not JSON": (says(201, b"<html>"), [UNKNOWN, DONE], CallState.DONE),
    "other JSON": (says(200, []), [UNKNOWN, DONE], CallState.DONE),
    "401": (says(401, {"code": 124}), [REFUSED], CallState.NOT_DONE),
}


@pytest.mark.faults({CREATE: CREATING})
@pytest.mark.parametrize(("fault", "ended", "state"), CREATING.values(), ids=CREATING)
def test_whatever_zoom_does_there_is_one_meeting_at_most(
    zoom: Zoom, incident: Incident, fault: Fault, ended: list[str], state: CallState
) -> None:
    zoom.script = [well, fault]
    effect = call(CREATE, incident)
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(zoom.meetings) == (1 if state == CallState.DONE else 0)
    assert call_of(incident) == (LINK if state == CallState.DONE else "")
    assert claims() == 0
    kept = json.dumps(list(Effect.objects.values()), default=str)
    assert SECRET not in kept
    assert "eyJ-token" not in kept


@pytest.mark.parametrize(
    ("fault", "ended"),
    [
        (says(401, {"code": 124}), [UNKNOWN, FAILED, DONE]),
        (says(403, {}), [UNKNOWN, REFUSED]),
        (says(404, {}), [UNKNOWN, FAILED, DONE]),
        (says(429, {}, retry_after="1"), [UNKNOWN, FAILED, DONE]),
        (says(500, b"oops"), [UNKNOWN, FAILED, DONE]),
        (says(200, b"<html>"), [UNKNOWN, FAILED, DONE]),
        (silent, [UNKNOWN, FAILED, DONE]),
        (resets, [UNKNOWN, FAILED, DONE]),
    ],
)
def test_what_may_be_there_is_looked_for_until_zoom_tells(
    zoom: Zoom, incident: Incident, fault: Fault, ended: list[str]
) -> None:
    zoom.script = [well, done_in_silence, fault]
    effect = call(CREATE, incident)
    assert (outcomes(effect), len(zoom.meetings)) == (ended, 1)
    assert effect.state == (CallState.DONE if ended[-1] == DONE else CallState.UNKNOWN)


def test_it_is_found_on_a_later_page(zoom: Zoom, incident: Incident) -> None:
    zoom.meetings = [{"id": number, "type": 3, "agenda": "Weekly"} for number in range(5)]
    zoom.page = 2
    zoom.script = [well, done_and_failed]
    effect = call(CREATE, incident)
    assert (effect.state, len(zoom.meetings)) == (CallState.DONE, 6)
    assert effect.detail == {"did": "Found the meeting at Zoom that an earlier attempt made"}


def test_a_host_with_more_meetings_than_can_be_looked_through_is_no_licence_to_make_two(
    zoom: Zoom, incident: Incident, settings: Any
) -> None:
    settings.STEP_RETRY_SECONDS = [0.0, 0.0]
    zoom.meetings = [{"id": number, "type": 3, "agenda": "Weekly"} for number in range(12)]
    zoom.page = 1
    zoom.script = [well, done_and_failed]
    effect = call(CREATE, incident)
    assert (effect.state, len(zoom.meetings)) == (CallState.UNKNOWN, 13)
    assert "more meetings than the hub looks through" in errors(effect)


def test_of_rivals_one_makes_the_meeting(zoom: Zoom, incident: Incident) -> None:
    rival(incident)
    effect = call(CREATE, incident)
    assert (set(outcomes(effect)), zoom.meetings) == ({FAILED}, [])
    assert "Another step is making this incident's call" in errors(effect)


@pytest.mark.parametrize("arrived", [True, False])
def test_who_never_came_back_is_taken_over_after_looking(zoom: Zoom, incident: Incident, arrived: bool) -> None:
    if arrived:
        call(CREATE, incident)
        RemoteObject.objects.all().delete()
        enter_call(incident, "")
    rival(incident, LONG_AGO)
    assert call(CREATE, incident, "step.1").state == CallState.DONE
    assert (len(zoom.meetings), call_of(incident), claims()) == (1, LINK, 0)


def test_what_cannot_be_done_is_told(zoom: Zoom, incident: Incident) -> None:
    with pytest.raises(StepFailed, match="There is no incident"):
        plan(CREATE, None)
    assert zoom.asked == []


def test_a_wrong_secret_makes_nothing_and_leaves_the_way_free(zoom: Zoom, incident: Incident) -> None:
    Connection.objects.update(settings=Connection.objects.get().settings | {"client_id": "another"})
    effect = call(CREATE, incident)
    assert (effect.state, claims(), zoom.told) == (CallState.NOT_DONE, 0, [])
    assert errors(effect) == "Zoom gives no token: Invalid client_id or client_secret (400)"


@pytest.mark.parametrize(
    ("fault", "ended"),
    [
        (says(401, {"reason": "Invalid client"}), [REFUSED]),
        (says(400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}), [REFUSED]),
        (says(200, b"<html>"), [REFUSED]),
        (says(404, b""), [REFUSED]),
        (says(429, {}, retry_after="1"), [FAILED, DONE]),
        (says(500, b"oops"), [FAILED, DONE]),
        (silent, [FAILED, DONE]),
        (done_in_silence, [FAILED, DONE]),
        (done_and_reset, [FAILED, DONE]),
    ],
)
def test_while_zoom_gives_no_token_nothing_is_made(
    zoom: Zoom, incident: Incident, fault: Fault, ended: list[str]
) -> None:
    zoom.script = [fault]
    effect = call(CREATE, incident)
    assert (outcomes(effect), len(zoom.meetings)) == (ended, ended.count(DONE))
    assert SECRET not in json.dumps(list(Effect.objects.values()), default=str)


def test_a_token_is_kept_until_zoom_has_enough_of_it(zoom: Zoom, incident: Incident, private: Incident) -> None:
    call(CREATE, incident)
    call(CREATE, private, "step.1")
    assert zoom.given == 1
    zoom.tokens.clear()
    RemoteObject.objects.all().delete()
    effect = call(CREATE, incident, "step.2", replace=True)
    assert (outcomes(effect), zoom.given, len(zoom.meetings)) == ([FAILED, DONE], 2, 3)


def test_a_new_token_that_is_not_accepted_is_asked_for_once(zoom: Zoom, incident: Incident) -> None:
    zoom.script = [well, says(401, {"code": 124})]
    effect = call(CREATE, incident)
    assert (outcomes(effect), zoom.given) == ([REFUSED], 1)


def test_a_token_that_is_about_to_end_is_not_used_again(zoom: Zoom, incident: Incident, private: Incident) -> None:
    zoom.lasts = 60
    call(CREATE, incident)
    call(CREATE, private, "step.1")
    assert zoom.given == 2


def test_without_zoom_it_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="zoom is not connected"):
        plan(CREATE, incident)
