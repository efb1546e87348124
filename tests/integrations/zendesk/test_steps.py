"""Comments on tickets: each once, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from incidents.models import Incident, IncidentAlert, Visibility
from integrations.base import CheckFailed, StepFailed
from integrations.zendesk.client import check
from tests.integrations.calls import call, outcomes, perform, plan
from tests.integrations.issues import resets
from tests.integrations.recorded import payload, source_of, tell
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
from tests.integrations.zendesk.fake import CLOSED, EMAIL, TICKET, TOKEN, Zendesk
from workflows.models import CallState, Effect

COMMENT, TOMORROW = "zendesk.comment", format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


@pytest.fixture
def incident() -> Incident:
    """An incident that a ticket declared."""
    tell(source_of("zendesk"), payload("zendesk", "trigger"))
    return IncidentAlert.objects.get().incident


def test_the_ticket_hears_of_its_incident(zendesk: Zendesk, incident: Incident) -> None:
    effect = call(COMMENT, incident, message="We are on it")
    [comment] = zendesk.comments[TICKET]
    assert comment["body"] == f"We are on it\n\n[incident hub: {effect.key}]"
    assert comment["public"] is False
    assert (effect.state, effect.remote_id) == (CallState.DONE, str(comment["id"]))
    assert effect.detail == {"did": "Wrote an internal note on ticket 35436 of Zendesk"}


def test_the_requester_hears_only_if_it_is_said(zendesk: Zendesk, incident: Incident) -> None:
    call(COMMENT, incident, message="Sorry", public="true")
    assert [comment["public"] for comment in zendesk.comments[TICKET]] == [True]


@pytest.mark.parametrize("said", ["7", "#7", "zendesk:7"])
def test_a_step_may_name_another_ticket(zendesk: Zendesk, incident: Incident, said: str) -> None:
    zendesk.comments["7"] = []
    call(COMMENT, incident, message="Look", ticket=said)
    assert len(zendesk.comments["7"]) == 1


@pytest.mark.parametrize("said", ["x", "../users/1", "1;2", "٣"])
def test_what_is_no_ticket_is_not_called(zendesk: Zendesk, incident: Incident, said: str) -> None:
    with pytest.raises(StepFailed, match="no number"):
        plan(COMMENT, incident, message="Look", ticket=said)


def test_it_takes_a_ticket_and_words(zendesk: Zendesk, incident: Incident) -> None:
    with pytest.raises(StepFailed, match="Message"):
        plan(COMMENT, incident, message=" ")
    with pytest.raises(StepFailed, match="no ticket"):
        plan(COMMENT, None, message="Look")


def test_of_a_private_incident_the_requester_hears_nothing(zendesk: Zendesk, private: Incident) -> None:
    with pytest.raises(StepFailed, match="internal notes"):
        plan(COMMENT, private, message="x", ticket=TICKET, public=True)
    assert call(COMMENT, private, message="x", ticket=TICKET).state == CallState.DONE


def test_nor_of_one_that_became_private(zendesk: Zendesk, incident: Incident) -> None:
    (effect,) = plan(COMMENT, incident, message="Sorry", public=True)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert zendesk.asked == []


CASES = {
    "success": (well, [DONE], CallState.DONE),
    "slow": (slow(0.3), [DONE], CallState.DONE),
    "strange success": (says(200, {"ok": True}), [UNKNOWN, DONE], CallState.DONE),
    "not JSON": (says(200, b"<html>"), [UNKNOWN, DONE], CallState.DONE),
    "302": (says(302, location="/"), [REFUSED], CallState.NOT_DONE),
    "error body": (says(400, {"error": "BadRequest"}), [REFUSED], CallState.NOT_DONE),
    "401": (says(401, {"error": "Couldn't authenticate you"}), [REFUSED], CallState.NOT_DONE),
    "403": (says(403, {"error": "Forbidden"}), [REFUSED], CallState.NOT_DONE),
    "404": (says(404, {"error": "RecordNotFound"}), [REFUSED], CallState.NOT_DONE),
    "409": (says(409, {"error": "DatabaseConflict"}), [FAILED, DONE], CallState.DONE),
    "422": (says(422, {"error": "RecordInvalid"}), [REFUSED], CallState.NOT_DONE),
    "429, seconds": (says(429, retry_after="90"), [FAILED, DONE], CallState.DONE),
    "429, date": (says(429, retry_after=TOMORROW), [FAILED, DONE], CallState.DONE),
    "500": (says(500), [UNKNOWN, DONE], CallState.DONE),
    "503": (says(503, retry_after="1"), [UNKNOWN, DONE], CallState.DONE),
    "500, done": (done_and_failed, [UNKNOWN, DONE], CallState.DONE),
    "silence": (silent, [UNKNOWN, DONE], CallState.DONE),
    "silence, done": (done_in_silence, [UNKNOWN, DONE], CallState.DONE),
    "reset": (resets, [UNKNOWN, DONE], CallState.DONE),
    "reset, done": (done_and_reset, [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults({COMMENT: CASES})
@pytest.mark.parametrize(("fault", "ended", "state"), CASES.values(), ids=CASES)
def test_faults(zendesk: Zendesk, incident: Incident, fault: Fault, ended: list[str], state: CallState) -> None:
    zendesk.script = [fault]
    effect = call(COMMENT, incident, message="We are on it")
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(zendesk.comments[TICKET]) == (1 if state == CallState.DONE else 0)
    assert TOKEN not in json.dumps(list(Effect.objects.values()), default=str)
    assert call(COMMENT, incident, "step.1", message="Go on").state == CallState.DONE


@pytest.mark.parametrize("fault", [says(401), says(403), says(404), says(200, {"users": []}), says(200, b"x")])
def test_where_it_cannot_look_nothing_is_written_again(zendesk: Zendesk, incident: Incident, fault: Fault) -> None:
    zendesk.script = [done_in_silence, fault]
    effect = call(COMMENT, incident, message="We are on it")
    assert (outcomes(effect), effect.state) == ([UNKNOWN, REFUSED], CallState.UNKNOWN)
    assert len(zendesk.comments[TICKET]) == 1


@pytest.mark.parametrize("fault", [says(429, retry_after="1"), says(500), silent, done_and_reset])
def test_it_looks_until_it_sees(zendesk: Zendesk, incident: Incident, fault: Fault) -> None:
    zendesk.script = [done_in_silence, fault]
    effect = call(COMMENT, incident, message="We are on it")
    assert (effect.state, len(zendesk.comments[TICKET])) == (CallState.DONE, 1)


def test_a_closed_ticket_is_not_changed(zendesk: Zendesk, incident: Incident) -> None:
    effect = call(COMMENT, incident, message="x", ticket=CLOSED)
    assert (effect.state, "closed" in effect.log[-1]["error"]) == (CallState.NOT_DONE, True)


def values(zendesk: Zendesk, **said: str) -> dict[str, str]:
    return {"base_url": zendesk.url, "email": EMAIL, "api_token": TOKEN} | said


def test_the_account_is_tried(zendesk: Zendesk) -> None:
    assert check(values(zendesk)) == "Signed in as Incident hub"


NOBODY = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}


@pytest.mark.parametrize(
    "fault", [says(200, NOBODY), says(200, b"<html>"), says(200, []), says(404), says(500), silent]
)
def test_an_account_that_does_not_work_says_so(zendesk: Zendesk, fault: Fault) -> None:
    zendesk.script = [fault]
    with pytest.raises(CheckFailed):
        check(values(zendesk))


def test_an_end_user_is_no_account(zendesk: Zendesk) -> None:
    zendesk.role = "end-user"
    with pytest.raises(CheckFailed, match="no agent"):
        check(values(zendesk))
    with pytest.raises(CheckFailed, match="401"):
        check(values(zendesk, api_token="other"))
