"""Alerts at Opsgenie: one per incident, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Attachment, Incident, ResourceType, Visibility
from integrations.base import StepFailed
from integrations.connections import change_connection
from integrations.models import Connection, UserAccount
from integrations.opsgenie.account import SETTINGS, TOOL
from integrations.people import say_account
from tests.conftest import SYSTEM
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import resets
from tests.integrations.opsgenie.fake import API_KEY, JSM, NO_ALERT, Opsgenie
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

CREATE, ACKNOWLEDGE, CLOSE = "opsgenie.create_alert", "opsgenie.acknowledge_alert", "opsgenie.close_alert"
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
INVALID = {"message": "Request body is not processable", "errors": {"message": "is too long"}, "requestId": "f2"}
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


def say(user: User, username: str) -> None:
    say_account(SYSTEM, UserAccount(user=user, tool=TOOL), remote_id=username)


def test_an_alert_is_made(opsgenie: Opsgenie, incident: Incident, nora: User) -> None:
    said: dict[str, Any] = {"description": "Nobody can pay", "priority": "p1", "tags": ["shop", " ", "shop"]}
    effect = call(CREATE, incident, message="Checkout is\n down", users=[nora.pk], teams=["Payments"], **said)
    link = f"http://hub.test/incidents/{incident.pk}"
    assert opsgenie.asked[0].body == {
        "message": "Checkout is down",
        "alias": incident.pk,
        "description": f"Nobody can pay\n\n{link}",
        "responders": [{"type": "team", "name": "Payments"}, {"type": "user", "username": nora.email}],
        "tags": ["shop"],
        "details": {"incident": incident.reference, "url": link},
        "source": "incidentio",
        "priority": "P1",
    }
    assert (effect.state, effect.remote_id) == (CallState.DONE, opsgenie.alerts[0]["id"])
    assert effect.detail == {"did": "Made an alert at Opsgenie"}


def test_it_is_shown_at_the_incident(opsgenie: Opsgenie, incident: Incident) -> None:
    for key in ("step.0", "step.1"):
        call(CREATE, incident, key)
    attachment = Attachment.objects.get()
    assert (attachment.resource_type, attachment.incident) == (ResourceType.OPSGENIE_ALERT, incident)
    assert attachment.external_id == opsgenie.alerts[0]["id"]


def test_what_is_not_said_is_told_of_the_incident(opsgenie: Opsgenie, incident: Incident) -> None:
    call(CREATE, incident)
    assert opsgenie.alerts[0]["message"] == f"{incident.reference} Checkout is down"
    assert not {"priority", "responders", "tags"} & opsgenie.asked[0].body.keys()


def test_jira_service_management_takes_the_same(opsgenie: Opsgenie, incident: Incident) -> None:
    _set(base_url=f"{opsgenie.url}{JSM}/")
    team = "4513b7ea-3b91-438f-b7e4-e3e54af9147c"
    call(CREATE, incident, teams=[team])
    assert call(CLOSE, incident, "step.1").state == CallState.DONE
    assert opsgenie.asked[0].path == "/jsm/ops/integration/v2/alerts"
    assert opsgenie.alerts[0]["responders"] == [{"type": "team", "id": team}]
    assert opsgenie.alerts[0]["status"] == "closed"
    assert Attachment.objects.get().resource_type == ResourceType.JSM_ALERT


def test_people_are_who_somebody_said(opsgenie: Opsgenie, incident: Incident, nora: User, omar: User) -> None:
    say(nora, "nora.lind@ops.example")
    say(omar, "5b10a2844c20165700ede21g")
    call(CREATE, incident, users=[nora.pk, omar.pk])
    assert opsgenie.alerts[0]["responders"] == [
        {"type": "user", "username": "nora.lind@ops.example"},
        {"type": "user", "id": "5b10a2844c20165700ede21g"},
    ]


def test_whoever_is_nobody_there_is_left_out(opsgenie: Opsgenie, incident: Incident, nora: User) -> None:
    say(nora, "")
    effect = call(CREATE, incident, users=[nora.pk])
    assert "responders" not in opsgenie.alerts[0]
    assert effect.detail == {"did": "Made an alert at Opsgenie; left out Nora Lind, who is nobody there"}


def test_whoever_left_is_not_told(opsgenie: Opsgenie, incident: Incident, nora: User) -> None:
    User.objects.filter(pk=nora.pk).update(is_active=False)
    call(CREATE, incident, users=[nora.pk])
    assert "responders" not in opsgenie.alerts[0]


def test_long_words_are_cut(opsgenie: Opsgenie, incident: Incident) -> None:
    call(CREATE, incident, message="x" * 200, description="y" * 20_000, tags=[f"{i:060}" for i in range(30)])
    [alert] = opsgenie.alerts
    assert alert["message"] == "x" * 129 + "…"
    assert len(alert["description"]) == 15_000
    assert alert["description"].endswith(incident.pk)
    assert (len(alert["tags"]), {len(tag) for tag in alert["tags"]}) == (20, {50})


def test_one_incident_is_one_alert_to_its_end(opsgenie: Opsgenie, incident: Incident) -> None:
    for key, name in enumerate([CREATE, CREATE, ACKNOWLEDGE, CREATE, CLOSE]):
        assert call(name, incident, f"step.{key}").state == CallState.DONE
    [alert] = opsgenie.alerts
    assert (alert["count"], alert["acks"], alert["status"]) == (3, 1, "closed")


def test_after_its_end_there_is_another(opsgenie: Opsgenie, incident: Incident) -> None:
    for key, name in enumerate([CREATE, CLOSE, CREATE]):
        call(name, incident, f"step.{key}")
    assert [alert["status"] for alert in opsgenie.alerts] == ["closed", "open"]


@pytest.mark.parametrize("fault", [well, says(404, {"message": "Alert does not exist", "requestId": "f4"})])
def test_to_close_what_is_closed_is_done(opsgenie: Opsgenie, incident: Incident, fault: Fault) -> None:
    opsgenie.script = [fault]
    effect = call(CLOSE, incident)
    assert (effect.state, effect.detail) == (CallState.DONE, {"did": "There is no open alert at Opsgenie"})


def test_what_is_not_there_cannot_be_acknowledged(opsgenie: Opsgenie, incident: Incident) -> None:
    effect = call(ACKNOWLEDGE, incident)
    assert effect.state == CallState.NOT_DONE
    assert errors(effect) == "Opsgenie accepted it, and did not do it: Alert does not exist"


def test_it_may_be_acknowledged_already(opsgenie: Opsgenie, incident: Incident) -> None:
    opsgenie.refuses = "Alert is already acknowledged"
    assert call(ACKNOWLEDGE, incident).state == CallState.DONE


@pytest.mark.parametrize("pending", [1, 2])
def test_what_is_not_processed_yet_is_waited_for(
    opsgenie: Opsgenie, incident: Incident, pending: int, settings: Any
) -> None:
    opsgenie.pending, settings.LEASE_SECONDS = pending, 15.0
    effect = call(CREATE, incident)
    assert (effect.state, effect.remote_id) == (CallState.DONE, opsgenie.alerts[0]["id"])
    assert len([asked for asked in opsgenie.asked if asked.method == "GET"]) == pending + 1


def test_what_fails_there_is_refused(opsgenie: Opsgenie, incident: Incident) -> None:
    opsgenie.refuses = "Responder team does not exist"
    effect = call(CREATE, incident, teams=["Nobody"])
    assert (outcomes(effect), effect.state) == ([REFUSED], CallState.NOT_DONE)
    assert errors(effect) == "Opsgenie accepted it, and did not do it: Responder team does not exist"
    assert Connection.objects.get().last_error.startswith("It refused what it was asked to do (202)")
    assert not Attachment.objects.exists()


UNHEARD = {
    "never processed": None,
    "401": says(401),
    "403": says(403),
    "429": says(429, retry_after="60"),
    "500": says(500),
    "silence": silent,
    "reset": done_and_reset,
    "no JSON": says(200, b"<html>"),
    "a list": says(200, []),
    "nothing": says(200, {"data": {}}),
    "odd": says(200, {"data": NO_ALERT | {"isSuccess": "no"}}),
}


@pytest.mark.parametrize("fault", UNHEARD.values(), ids=UNHEARD)
def test_what_is_accepted_is_done_though_nothing_more_is_heard(
    opsgenie: Opsgenie, incident: Incident, fault: Fault | None
) -> None:
    opsgenie.pending = 100
    opsgenie.script = [well, fault] if fault else []
    effect = call(CREATE, incident)
    assert (outcomes(effect), len(opsgenie.alerts)) == ([DONE], 1)
    assert effect.detail == {"did": "Made an alert at Opsgenie: accepted, and not heard of yet what became of it"}


FAULTS = {
    "success": (well, [DONE]),
    "slow": (slow(0.3), [DONE]),
    "not JSON": (says(202, b"<html>"), [UNKNOWN, DONE]),
    "202, no request": (says(202, {"result": "Request will be processed"}), [UNKNOWN, DONE]),
    "202, odd request": (says(202, {"requestId": 7}), [UNKNOWN, DONE]),
    "200": (says(200, {"requestId": "x"}), [UNKNOWN, DONE]),
    "302": (says(302, location="/"), [REFUSED]),
    "error body": (says(400, {"message": "Request body is not processable", "requestId": "f2"}), [REFUSED]),
    "401": (says(401, {"message": "Could not authenticate", "requestId": "f2"}), [REFUSED]),
    "402": (says(402, {"message": "Your plan does not allow it", "requestId": "f2"}), [REFUSED]),
    "403": (says(403, {"message": "You are not authorized", "code": 40301}), [REFUSED]),
    "404": (says(404, b"<html>"), [REFUSED]),
    "422": (says(422, INVALID), [REFUSED]),
    "429, seconds": (says(429, {}, retry_after="90"), [FAILED, DONE]),
    "429, date": (says(429, {}, retry_after=TOMORROW), [FAILED, DONE]),
    "429, its own": (says(429, {}, x_ratelimit_state="THROTTLED", x_ratelimit_period_in_sec="60"), [FAILED, DONE]),
    "500": (says(500), [FAILED, DONE]),
    "500, done": (done_and_failed, [FAILED, DONE]),
    "503": (says(503), [FAILED, DONE]),
    "silence": (silent, [UNKNOWN, DONE]),
    "silence, done": (done_in_silence, [UNKNOWN, DONE]),
    "reset": (resets, [UNKNOWN, DONE]),
    "reset, done": (done_and_reset, [UNKNOWN, DONE]),
}


@pytest.mark.faults({CREATE: FAULTS, ACKNOWLEDGE: FAULTS, CLOSE: FAULTS})
@pytest.mark.parametrize(("fault", "ended"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("name", [CREATE, ACKNOWLEDGE, CLOSE])
def test_faults(opsgenie: Opsgenie, incident: Incident, name: str, fault: Fault, ended: list[str]) -> None:
    if name != CREATE:
        call(CREATE, incident, "before.0")
    opsgenie.script = [fault]
    effect = call(name, incident)
    state = CallState.NOT_DONE if REFUSED in ended else CallState.DONE
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(opsgenie.alerts) == (1 if name != CREATE or state == CallState.DONE else 0)
    assert API_KEY not in json.dumps(list(Effect.objects.values()), default=str)
    assert call(CREATE, incident, "step.1").state == CallState.DONE


@pytest.mark.parametrize(
    "headers", [{"retry_after": "90"}, {"retry_after": TOMORROW}, {"x_ratelimit_period_in_sec": "90"}]
)
def test_it_waits_as_long_as_it_is_asked_to(opsgenie: Opsgenie, incident: Incident, headers: dict[str, str]) -> None:
    opsgenie.script = [says(429, {}, **headers)] * 10
    effect = call(CREATE, incident)
    assert (effect.due_at - datetime.now(UTC)).total_seconds() > 80 or effect.state == CallState.NOT_DONE
    assert opsgenie.alerts == []


def test_it_says_what_opsgenie_did_not_like(opsgenie: Opsgenie, incident: Incident) -> None:
    opsgenie.script = [says(422, INVALID)]
    told = "Opsgenie refused it: Request body is not processable; message: is too long (422)"
    assert errors(call(CREATE, incident)) == told


@pytest.mark.parametrize("odd", [[], "no", {"errors": []}, {"message": None}])
def test_a_refusal_without_words_is_one(opsgenie: Opsgenie, incident: Incident, odd: Any) -> None:
    opsgenie.script = [says(422, odd)]
    assert errors(call(CREATE, incident)) == "Opsgenie refused it (422)"


def test_of_a_private_incident_nothing_is_told_unasked(opsgenie: Opsgenie, private: Incident) -> None:
    with pytest.raises(StepFailed, match="is private"):
        plan(CREATE, private)
    call(CREATE, private, include_private=True)
    assert len(opsgenie.alerts) == 1


def test_what_became_private_is_not_told_any_more(opsgenie: Opsgenie, incident: Incident) -> None:
    (effect,) = plan(CREATE, incident)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    effect.refresh_from_db()
    assert (effect.state, opsgenie.asked) == (CallState.NOT_DONE, [])


def test_its_alert_is_closed_all_the_same(opsgenie: Opsgenie, incident: Incident) -> None:
    call(CREATE, incident)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    assert call(CLOSE, incident, "step.1").state == CallState.DONE
    assert opsgenie.alerts[0]["status"] == "closed"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"priority": "urgent"}, "'urgent' is no priority of Opsgenie's; there are P1, P2, P3, P4, P5"),
        ({"teams": [f"Team {number}" for number in range(51)]}, "takes 50 responders, not 51"),
        ({"incident": "nonsense"}, "There is no incident"),
    ],
)
def test_what_cannot_be_told_is_said(
    opsgenie: Opsgenie, incident: Incident, said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(CREATE, incident, **said)


@pytest.mark.parametrize("name", [CREATE, ACKNOWLEDGE, CLOSE, "opsgenie.add_note"])
def test_without_opsgenie_it_says_what_to_do(incident: Incident, name: str) -> None:
    with pytest.raises(StepFailed, match="opsgenie is not connected: see Connections in the admin"):
        plan(name, incident, note="x")


def test_nobody_there_is_tried_again(opsgenie: Opsgenie, incident: Incident) -> None:
    (effect,) = plan(CREATE, incident)
    _set(base_url="http://127.0.0.1:9")
    perform(effect.target)
    effect.refresh_from_db()
    assert set(outcomes(effect)) == {FAILED}


def _set(**values: str) -> None:
    change_connection(SYSTEM, Connection.objects.get(), SETTINGS, name="Opsgenie", values=values)
