"""Notes on the alert at Opsgenie: each once, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from incidents.models import Incident, Visibility
from integrations.base import StepFailed
from integrations.connections import change_connection
from integrations.models import Connection
from integrations.opsgenie.account import SETTINGS
from tests.conftest import SYSTEM
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import resets
from tests.integrations.opsgenie.fake import API_KEY, JSM, Opsgenie
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

CREATE, NOTE, CLOSE = "opsgenie.create_alert", "opsgenie.add_note", "opsgenie.close_alert"
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
LONG_AGO = "2026-01-01T00:00:00.000000Z"
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


@pytest.fixture
def alert(opsgenie: Opsgenie, incident: Incident) -> Opsgenie:
    """Opsgenie, with an alert that is open for the incident."""
    call(CREATE, incident, "before.0")
    opsgenie.asked.clear()
    return opsgenie


def planned_long_ago(incident: Incident) -> Effect:
    """A note whose request is processed by now, if it arrived."""
    (effect,) = plan(NOTE, incident, note="Rolled back")
    effect.request_body = json.dumps(json.loads(effect.request_body) | {"planned_at": LONG_AGO})
    effect.save()
    return effect


def written(effect: Effect) -> Effect:
    perform(effect.target)
    effect.refresh_from_db()
    return effect


def test_a_note_is_added(alert: Opsgenie, incident: Incident) -> None:
    effect = call(NOTE, incident, note=" Rolled back\nto 1.2 ")
    mark = f"[incident hub: {effect.key}]"
    assert alert.alerts[0]["notes"] == [f"Rolled back\nto 1.2\n\n{mark}"]
    assert alert.asked[0].body["source"] == "incidentio"
    assert (effect.state, effect.detail) == (CallState.DONE, {"did": "Added a note to the alert at Opsgenie"})


def test_a_long_note_is_cut_before_its_mark(alert: Opsgenie, incident: Incident) -> None:
    effect = call(NOTE, incident, note="x" * 30_000)
    [note] = alert.alerts[0]["notes"]
    assert (len(note), note[-1]) == (25_000, "]")
    assert effect.key in note


def test_the_same_words_may_be_said_twice(alert: Opsgenie, incident: Incident) -> None:
    for key in ("step.0", "step.1"):
        call(NOTE, incident, key, note="Still down")
    assert len(alert.alerts[0]["notes"]) == 2


def test_a_closed_alert_takes_no_note(alert: Opsgenie, incident: Incident) -> None:
    call(CLOSE, incident)
    effect = call(NOTE, incident, "step.1", note="Too late")
    assert (effect.state, alert.alerts[0]["notes"]) == (CallState.NOT_DONE, [])
    assert errors(effect) == "Opsgenie accepted it, and did not do it: Alert does not exist"


FAULTS = {
    "success": (well, [DONE]),
    "slow": (slow(0.3), [DONE]),
    "not JSON": (says(202, b"<html>"), [UNKNOWN, DONE]),
    "302": (says(302, location="/"), [REFUSED]),
    "error body": (says(400, {"message": "Bad Request", "requestId": "f2"}), [REFUSED]),
    "401": (says(401), [REFUSED]),
    "403": (says(403), [REFUSED]),
    "404": (says(404, {"message": "Alert does not exist", "requestId": "f2"}), [REFUSED]),
    "422": (says(422), [REFUSED]),
    "429, seconds": (says(429, {}, retry_after="90"), [FAILED, DONE]),
    "429, date": (says(429, {}, retry_after=TOMORROW), [FAILED, DONE]),
    "500": (says(500), [UNKNOWN, DONE]),
    "500, done": (done_and_failed, [UNKNOWN, DONE]),
    "503": (says(503, b"", retry_after="5"), [UNKNOWN, DONE]),
    "silence": (silent, [UNKNOWN, DONE]),
    "silence, done": (done_in_silence, [UNKNOWN, DONE]),
    "reset": (resets, [UNKNOWN, DONE]),
    "reset, done": (done_and_reset, [UNKNOWN, DONE]),
}


@pytest.mark.faults({NOTE: FAULTS})
@pytest.mark.parametrize(("fault", "ended"), FAULTS.values(), ids=FAULTS)
def test_faults(alert: Opsgenie, incident: Incident, fault: Fault, ended: list[str]) -> None:
    alert.script = [fault]
    effect = written(planned_long_ago(incident))
    state = CallState.NOT_DONE if REFUSED in ended else CallState.DONE
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(alert.alerts[0]["notes"]) == (1 if state == CallState.DONE else 0)
    assert API_KEY not in json.dumps(list(Effect.objects.values()), default=str)
    assert call(NOTE, incident, "step.1", note="Again").state == CallState.DONE


def test_what_may_not_be_shown_yet_is_not_looked_for(alert: Opsgenie, incident: Incident) -> None:
    alert.script = [done_in_silence]
    effect = call(NOTE, incident, note="Rolled back")
    assert (outcomes(effect)[:2], len(alert.alerts[0]["notes"])) == ([UNKNOWN, FAILED], 1)
    assert {asked.method for asked in alert.asked} == {"POST"}


BLIND = {
    "401": says(401),
    "403": says(403, {"message": "You are not authorized to access.", "code": 40301}),
    "404": says(404, {"message": "Alert does not exist", "requestId": "f4"}),
    "no JSON": says(200, b"<html>"),
    "no list": says(200, {"data": None}),
}


@pytest.mark.parametrize("fault", BLIND.values(), ids=BLIND)
def test_where_notes_cannot_be_seen_a_person_decides(alert: Opsgenie, incident: Incident, fault: Fault) -> None:
    alert.script = [done_in_silence, fault]
    effect = written(planned_long_ago(incident))
    assert (effect.state, len(alert.alerts[0]["notes"])) == (CallState.UNKNOWN, 1)


@pytest.mark.parametrize("fault", [says(429, {}, retry_after="1"), says(500), silent])
def test_notes_that_cannot_be_seen_now_are_looked_through_later(
    alert: Opsgenie, incident: Incident, fault: Fault
) -> None:
    alert.script = [done_in_silence, fault]
    effect = written(planned_long_ago(incident))
    assert (outcomes(effect)[-1], len(alert.alerts[0]["notes"])) == (DONE, 1)


def test_other_notes_are_not_ours(alert: Opsgenie, incident: Incident) -> None:
    alert.script = [silent, says(200, {"data": [None, 7, {"note": None}, {"note": "Rolled back"}]})]
    assert written(planned_long_ago(incident)).state == CallState.DONE
    assert len(alert.alerts[0]["notes"]) == 1


def test_jira_service_management_shows_no_notes(alert: Opsgenie, incident: Incident) -> None:
    values = {"base_url": f"{alert.url}{JSM}"}
    change_connection(SYSTEM, Connection.objects.get(), SETTINGS, name="Opsgenie", values=values)
    alert.script = [done_in_silence]
    effect = written(planned_long_ago(incident))
    assert (effect.state, len(alert.alerts[0]["notes"])) == (CallState.UNKNOWN, 1)


def test_a_note_says_something(alert: Opsgenie, incident: Incident) -> None:
    with pytest.raises(StepFailed, match="Note is not set"):
        plan(NOTE, incident, note=" \n")


def test_of_a_private_incident_nothing_is_noted_unasked(opsgenie: Opsgenie, private: Incident) -> None:
    with pytest.raises(StepFailed, match="is private"):
        plan(NOTE, private, note="Who it was")
    call(CREATE, private, include_private=True)
    assert call(NOTE, private, "step.1", note="Who it was", include_private=True).state == CallState.DONE


def test_nor_of_one_that_became_private(alert: Opsgenie, incident: Incident) -> None:
    (effect,) = plan(NOTE, incident, note="Rolled back")
    Incident.objects.update(visibility=Visibility.PRIVATE)
    assert (written(effect).state, alert.asked) == (CallState.NOT_DONE, [])
