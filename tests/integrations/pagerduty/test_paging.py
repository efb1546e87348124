"""Paging: one alert per incident, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident, Visibility
from integrations.base import StepFailed
from integrations.connections import change_connection
from integrations.models import Connection
from integrations.pagerduty.account import SETTINGS
from integrations.registry import STEPS
from tests.conftest import SYSTEM
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import resets
from tests.integrations.pagerduty.fake import ROUTING_KEY, PagerDuty
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

PAGE, ACKNOWLEDGE, RESOLVE, ESCALATE = (
    "pagerduty.escalate",
    "pagerduty.acknowledge",
    "pagerduty.resolve",
    "escalate",
)
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
INVALID = {"status": "invalid event", "message": "Event object is invalid", "errors": ["'severity' is invalid"]}
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


@pytest.mark.parametrize(
    ("step", "name", "said"),
    [
        (PAGE, "urgency", "high, low, critical, error, warning, info"),
        ("pagerduty.create_incident", "urgency", "high, low"),
        ("pagerduty.create_incident", "service", "its ID"),
        ("pagerduty.assign_on_call", "schedule", "its ID"),
    ],
)
def test_the_step_says_which_words_it_takes(step: str, name: str, said: str) -> None:
    assert f"({said})" in next(param.label for param in STEPS[step].params if param.name == name)


def test_the_on_call_is_paged(pager: PagerDuty, incident: Incident) -> None:
    effect = call(PAGE, incident, message="Checkout is\n down", urgency="low")
    (asked,) = pager.asked
    payload = asked.body["payload"]
    assert (payload["summary"], payload["severity"], payload["source"]) == ("Checkout is down", "warning", "incidentio")
    assert asked.body["client_url"] == f"http://hub.test/incidents/{incident.pk}"
    assert pager.alerts == [{"key": incident.pk, "state": "triggered", "summary": "Checkout is down"}]
    assert (effect.state, effect.remote_id) == (CallState.DONE, incident.pk)
    assert effect.detail == {"did": "Paged by PagerDuty"}


def test_one_incident_is_one_alert_to_its_end(pager: PagerDuty, incident: Incident) -> None:
    for key, name in enumerate([PAGE, PAGE, ESCALATE, ACKNOWLEDGE, RESOLVE]):
        assert call(name, incident, f"step.{key}").state == CallState.DONE
    assert [alert["state"] for alert in pager.alerts] == ["resolved"]


def test_escalate_tells_who_was_asked_for(pager: PagerDuty, incident: Incident, nora: User) -> None:
    call(ESCALATE, incident, escalation_path="01", users=[nora.pk])
    assert pager.alerts[0]["summary"] == f"{incident.reference} Checkout is down (asked for: Nora Lind)"


@pytest.mark.parametrize("name", [PAGE, ESCALATE])
def test_a_private_incident_pages_without_its_words(pager: PagerDuty, private: Incident, nora: User, name: str) -> None:
    call(name, private, message="Someone read our mail", users=[nora.pk])
    assert "mail" not in json.dumps(pager.asked[0].body)
    assert pager.alerts[0]["summary"] == f"{private.reference}: a private incident needs somebody"


def test_what_became_private_is_not_told_any_more(pager: PagerDuty, incident: Incident) -> None:
    (effect,) = plan(PAGE, incident, message="Checkout is down")
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert "Checkout" not in json.dumps(pager.asked[0].body)
    assert len(pager.alerts) == 1


PAGING = {
    "success": (well, [DONE], CallState.DONE),
    "slow": (slow(0.3), [DONE], CallState.DONE),
    "not JSON": (says(202, b"<html>"), [UNKNOWN, DONE], CallState.DONE),
    "strange success": (says(202, {"status": "queued?"}), [UNKNOWN, DONE], CallState.DONE),
    "302": (says(302, location="/"), [REFUSED], CallState.NOT_DONE),
    "error body": (says(400, INVALID), [REFUSED], CallState.NOT_DONE),
    "401": (says(401), [REFUSED], CallState.NOT_DONE),
    "403": (says(403), [REFUSED], CallState.NOT_DONE),
    "404": (says(404), [REFUSED], CallState.NOT_DONE),
    "408": (says(408), [FAILED, DONE], CallState.DONE),
    "422": (says(422), [REFUSED], CallState.NOT_DONE),
    "429, seconds": (says(429, retry_after="90"), [FAILED, DONE], CallState.DONE),
    "429, date": (says(429, retry_after=TOMORROW), [FAILED, DONE], CallState.DONE),
    "500": (says(500), [FAILED, DONE], CallState.DONE),
    "503": (says(503), [FAILED, DONE], CallState.DONE),
    "500, done": (done_and_failed, [FAILED, DONE], CallState.DONE),
    "silence": (silent, [UNKNOWN, DONE], CallState.DONE),
    "silence, done": (done_in_silence, [UNKNOWN, DONE], CallState.DONE),
    "reset, done": (done_and_reset, [UNKNOWN, DONE], CallState.DONE),
    "reset": (resets, [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults(dict.fromkeys((PAGE, ESCALATE, ACKNOWLEDGE, RESOLVE), PAGING))
@pytest.mark.parametrize(("fault", "ended", "state"), PAGING.values(), ids=PAGING)
@pytest.mark.parametrize("name", [PAGE, ESCALATE, ACKNOWLEDGE, RESOLVE])
def test_faults(
    pager: PagerDuty, incident: Incident, name: str, fault: Fault, ended: list[str], state: CallState
) -> None:
    if name not in (PAGE, ESCALATE):
        call(PAGE, incident, "before.0")
    pager.script = [fault]
    effect = call(name, incident)
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(pager.alerts) == (1 if name not in (PAGE, ESCALATE) or state == CallState.DONE else 0)
    assert ROUTING_KEY not in json.dumps(list(Effect.objects.values()), default=str)


@pytest.mark.parametrize("wish", ["90", TOMORROW])
def test_it_waits_as_long_as_it_is_asked_to(pager: PagerDuty, incident: Incident, wish: str) -> None:
    pager.script = [says(429, retry_after=wish)] * 10
    effect = call(PAGE, incident)
    assert (effect.due_at - datetime.now(UTC)).total_seconds() > 80 or effect.state == CallState.NOT_DONE
    assert pager.alerts == []


def test_it_says_what_pagerduty_did_not_like(pager: PagerDuty, incident: Incident) -> None:
    pager.script = [says(400, INVALID)]
    assert errors(call(PAGE, incident)) == "PagerDuty refused the event: 'severity' is invalid (400)"


def test_other_steps_go_on_while_pagerduty_is_down(pager: PagerDuty, incident: Incident) -> None:
    pager.script = [says(401)]
    assert call(PAGE, incident).state == CallState.NOT_DONE
    assert call(PAGE, incident, "step.1").state == CallState.DONE


def _set(**values: str) -> None:
    change_connection(SYSTEM, Connection.objects.get(), SETTINGS, name="PagerDuty", values=values)


def test_nobody_there_is_tried_again_and_nothing_is_paged_twice(pager: PagerDuty, incident: Incident) -> None:
    (effect,) = plan(PAGE, incident)
    _set(events_url="http://127.0.0.1:9")
    perform(effect.target)
    effect.refresh_from_db()
    assert set(outcomes(effect)) == {FAILED}
    assert pager.asked == []


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"urgency": "yesterday"}, "'yesterday' is no urgency of PagerDuty's; there are high, low, critical"),
        ({"incident": "01HZZZZZZZZZZZZZZZZZZZZZZZ"}, "There is no incident"),
        ({"incident": "nonsense"}, "There is no incident"),
    ],
)
def test_what_cannot_be_paged_is_told(
    pager: PagerDuty, incident: Incident, said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(PAGE, incident, **said)


def test_without_pagerduty_escalating_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="pagerduty is not connected: see Connections in the admin"):
        plan(ESCALATE, incident)
