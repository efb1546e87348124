"""Incidents at PagerDuty: one that is open for each of the hub's, whatever happens on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from events.models import Event
from incidents.models import Attachment, Incident, Visibility
from integrations.base import StepFailed
from integrations.connections import change_connection
from integrations.models import Connection, RemoteObject
from integrations.pagerduty.account import SETTINGS
from tests.conftest import SYSTEM
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import DATE, resets
from tests.integrations.pagerduty.fake import OPEN_ALREADY, TOKEN, PagerDuty
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

CREATE = "pagerduty.create_incident"
TAKEN = {"error": {"message": "Arguments Caused Error", "code": 2002, "errors": [OPEN_ALREADY]}}
WRONG = {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": ["Title cannot be empty."]}}
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


def test_an_incident_is_made(pager: PagerDuty, incident: Incident) -> None:
    call(CREATE, incident, title="Checkout\nis down", escalation_policy="PUS0KTE", urgency="High")
    (asked,) = pager.asked
    assert asked.headers["from"] == "omar@example.com"
    assert asked.headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert asked.body["incident"] == {
        "type": "incident",
        "title": "Checkout is down",
        "service": {"id": "PWIXJZS", "type": "service_reference"},
        "incident_key": incident.pk,
        "body": {"type": "incident_body", "details": f"http://hub.test/incidents/{incident.pk}"},
        "urgency": "high",
        "escalation_policy": {"id": "PUS0KTE", "type": "escalation_policy_reference"},
    }


def test_what_was_made_is_shown_and_remembered(pager: PagerDuty, incident: Incident) -> None:
    effect = call(CREATE, incident)
    url = "https://acme.pagerduty.com/incidents/PT4KHL0"
    assert (effect.state, effect.remote_id) == (CallState.DONE, "PT4KHL0")
    remote = RemoteObject.objects.get()
    assert (remote.subject_id, remote.remote_id, remote.url) == (incident.pk, "PT4KHL0", url)
    attachment = Attachment.objects.get()
    assert (attachment.resource_type, attachment.permalink) == ("pager_duty_incident", url)
    event = Event.objects.get(type="incident.attachment_added")
    assert event.actor_label == "Escalate"


def test_one_that_is_open_stands_for_it(pager: PagerDuty, incident: Incident) -> None:
    first, second = call(CREATE, incident), call(CREATE, incident, "step.1")
    assert (first.remote_id, second.remote_id) == ("PT4KHL0", "PT4KHL0")
    assert second.detail is not None
    assert second.detail["did"] == "An incident is open at PagerDuty already"
    assert (len(pager.incidents), RemoteObject.objects.count(), Attachment.objects.count()) == (1, 1, 1)


def test_after_it_was_resolved_another_is_made(pager: PagerDuty, incident: Incident) -> None:
    call(CREATE, incident)
    pager.incidents[0]["status"] = "resolved"
    assert call(CREATE, incident, "step.1").remote_id == "PT4KHL1"
    assert RemoteObject.objects.get().remote_id == "PT4KHL1"


def test_a_private_incident_is_made_without_its_words(pager: PagerDuty, private: Incident) -> None:
    call(CREATE, private, title="Someone read our mail")
    assert "mail" not in json.dumps(pager.asked[0].body)


def test_what_became_private_is_not_told_any_more(pager: PagerDuty, incident: Incident) -> None:
    (effect,) = plan(CREATE, incident)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert "Checkout" not in json.dumps(pager.asked[0].body)


CREATING = {
    "success": ([well], [DONE], CallState.DONE),
    "slow": ([slow(0.3)], [DONE], CallState.DONE),
    "not JSON": ([says(200, b"<html>")], [UNKNOWN, DONE], CallState.DONE),
    "error body": ([says(400, WRONG)], [REFUSED], CallState.NOT_DONE),
    "400, and none is open": ([says(400, TAKEN)], [FAILED, DONE], CallState.DONE),
    "401": ([says(401)], [REFUSED], CallState.NOT_DONE),
    "403": ([says(403)], [REFUSED], CallState.NOT_DONE),
    "404": ([says(404)], [REFUSED], CallState.NOT_DONE),
    "422": ([says(422)], [REFUSED], CallState.NOT_DONE),
    "429, seconds": ([says(429, retry_after="60")], [FAILED, DONE], CallState.DONE),
    "500": ([says(500)], [FAILED, DONE], CallState.DONE),
    "500, done": ([done_and_failed], [FAILED, DONE], CallState.DONE),
    "silence": ([silent], [UNKNOWN, DONE], CallState.DONE),
    "silence, done": ([done_in_silence], [UNKNOWN, DONE], CallState.DONE),
    "reset, done": ([done_and_reset], [UNKNOWN, DONE], CallState.DONE),
    "then 500 to GET": ([done_and_reset, well, says(500)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then silence to GET": ([done_and_reset, well, silent], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then 429 to GET": ([done_and_reset, well, says(429)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "429, date": ([says(429, retry_after=DATE)], [FAILED, DONE], CallState.DONE),
    "reset": ([resets], [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults({CREATE: CREATING})
@pytest.mark.parametrize(("faults", "ended", "state"), CREATING.values(), ids=CREATING)
def test_faults(pager: PagerDuty, incident: Incident, faults: list[Fault], ended: list[str], state: CallState) -> None:
    pager.script = list(faults)
    effect = call(CREATE, incident)
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(pager.incidents) == RemoteObject.objects.count() == (1 if state == CallState.DONE else 0)
    assert TOKEN not in json.dumps(list(Effect.objects.values()), default=str)


def test_it_says_what_pagerduty_did_not_like(pager: PagerDuty, incident: Incident) -> None:
    pager.script = [says(400, WRONG)]
    assert errors(call(CREATE, incident)) == "PagerDuty made no incident: Title cannot be empty. (400)"


@pytest.mark.parametrize(
    ("said", "complaint"), [({"urgency": "critical"}, "is no urgency"), ({"incident": "x"}, "There is no incident")]
)
def test_what_cannot_be_made_is_told(pager: PagerDuty, incident: Incident, said: Any, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(CREATE, incident, **said)


def test_a_connection_without_a_user_says_what_it_lacks(pager: PagerDuty, incident: Incident) -> None:
    values = {"api_token": TOKEN, "service_id": "PWIXJZS"}
    change_connection(SYSTEM, Connection.objects.get(), SETTINGS, name="PagerDuty", values=values)
    with pytest.raises(StepFailed, match="The connection to PagerDuty has no 'User'"):
        plan(CREATE, incident)


def test_a_service_must_be_named(pager: PagerDuty, incident: Incident) -> None:
    values = {"from_email": "omar@example.com"}
    change_connection(SYSTEM, Connection.objects.get(), SETTINGS, name="PagerDuty", values=values)
    with pytest.raises(StepFailed, match="Name a service"):
        plan(CREATE, incident)


def test_incidents_of_the_hub_have_one_each(pager: PagerDuty, declare: Callable[..., Incident]) -> None:
    for number in range(2):
        call(CREATE, declare(), f"step.{number}")
    assert len({row["incident_key"] for row in pager.incidents}) == 2
