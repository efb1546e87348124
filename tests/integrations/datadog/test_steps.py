"""Events for Datadog: each once, whatever happens on the way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from incidents.models import Incident, Visibility
from integrations.base import CheckFailed, StepFailed
from integrations.connections import change_connection
from integrations.datadog.client import SETTINGS, check
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.calls import call, outcomes, perform, plan
from tests.integrations.datadog.fake import API_KEY, APPLICATION_KEY, Datadog
from tests.integrations.issues import resets
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

POST, TOMORROW = "datadog.post_event", format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


def test_datadog_hears_of_the_incident(datadog: Datadog, incident: Incident) -> None:
    effect = call(POST, incident, title="Checkout\n is down", text="Look", alert_type="Error", tags=["team:a", " "])
    [event] = datadog.events
    assert (event["title"], event["alert_type"]) == ("Checkout is down", "error")
    assert event["text"] == f"Look\n\nhttp://hub.test/incidents/{incident.pk}"
    assert event["aggregation_key"] == f"incident-{incident.pk}"
    assert event["tags"] == ["team:a", f"incidentio_call:{effect.key}".lower()]
    assert "source_type_name" not in event  # Datadog knows only its own; what has another may be shown nowhere
    assert (effect.state, effect.remote_id) == (CallState.DONE, str(event["id"]))


def test_long_words_are_cut(datadog: Datadog, incident: Incident) -> None:
    call(POST, incident, title="x" * 1_000, text="y" * 9_000)
    [event] = datadog.events
    assert (len(event["title"]), len(event["text"])) == (500, 4_000)


def test_it_takes_a_title_and_a_known_type(datadog: Datadog, incident: Incident) -> None:
    with pytest.raises(StepFailed, match="Title"):
        plan(POST, incident, title=" ")
    with pytest.raises(StepFailed, match="no type"):
        plan(POST, incident, title="x", alert_type="bad")


def test_nothing_is_told_of_a_private_incident(datadog: Datadog, private: Incident) -> None:
    with pytest.raises(StepFailed, match="private"):
        plan(POST, private, title="x")


def test_nor_of_one_that_became_private(datadog: Datadog, incident: Incident) -> None:
    (effect,) = plan(POST, incident, title="Checkout")
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert datadog.asked == []


CASES = {
    "success": (well, [DONE], CallState.DONE),
    "slow": (slow(0.3), [DONE], CallState.DONE),
    "strange success": (says(202, {"status": "ok"}), [UNKNOWN, DONE], CallState.DONE),
    "not JSON": (says(200, b"<html>"), [UNKNOWN, DONE], CallState.DONE),
    "302": (says(302, location="/"), [REFUSED], CallState.NOT_DONE),
    "error body": (says(400, {"errors": ["bad"]}), [REFUSED], CallState.NOT_DONE),
    "401": (says(401, {"errors": ["Unauthorized"]}), [REFUSED], CallState.NOT_DONE),
    "403": (says(403, {"errors": ["Forbidden"]}), [REFUSED], CallState.NOT_DONE),
    "404": (says(404), [REFUSED], CallState.NOT_DONE),
    "422": (says(422), [REFUSED], CallState.NOT_DONE),
    "429, seconds": (says(429, retry_after="90"), [FAILED, DONE], CallState.DONE),
    "429, date": (says(429, retry_after=TOMORROW), [FAILED, DONE], CallState.DONE),
    "500": (says(500), [UNKNOWN, DONE], CallState.DONE),
    "500, done": (done_and_failed, [UNKNOWN, DONE], CallState.DONE),
    "silence": (silent, [UNKNOWN, DONE], CallState.DONE),
    "silence, done": (done_in_silence, [UNKNOWN, DONE], CallState.DONE),
    "reset": (resets, [UNKNOWN, DONE], CallState.DONE),
    "reset, done": (done_and_reset, [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults({POST: CASES})
@pytest.mark.parametrize(("fault", "ended", "state"), CASES.values(), ids=CASES)
def test_faults(datadog: Datadog, incident: Incident, fault: Fault, ended: list[str], state: CallState) -> None:
    datadog.script = [fault]
    effect = call(POST, incident, title="Checkout is down")
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(datadog.events) == (1 if state == CallState.DONE else 0)
    shown = json.dumps(list(Effect.objects.values()), default=str)
    assert API_KEY not in shown
    assert APPLICATION_KEY not in shown
    assert call(POST, incident, "step.1", title="Again").state == CallState.DONE


@pytest.mark.parametrize("fault", [says(401), says(403), says(400), says(200, {}), says(200, b"x")])
def test_where_it_cannot_look_nothing_is_posted_again(datadog: Datadog, incident: Incident, fault: Fault) -> None:
    datadog.script = [done_in_silence, fault]
    effect = call(POST, incident, title="Checkout is down")
    assert (effect.state, len(datadog.events)) == (CallState.UNKNOWN, 1)


def test_without_an_application_key_a_person_decides(datadog: Datadog, incident: Incident) -> None:
    connection = Connection.objects.get()
    connection.secrets = json.dumps({"api_key": API_KEY})
    connection.save()
    change_connection(SYSTEM, connection, SETTINGS, name="Datadog", values={"base_url": datadog.url})
    datadog.script = [done_in_silence]
    effect = call(POST, incident, title="Checkout is down")
    assert (effect.state, len(datadog.events)) == (CallState.UNKNOWN, 1)


def values(datadog: Datadog, **said: str) -> dict[str, str]:
    return {"base_url": datadog.url, "api_key": API_KEY} | said


def test_the_account_is_tried(datadog: Datadog) -> None:
    assert check(values(datadog)) == "Datadog knows this API key"
    with pytest.raises(CheckFailed, match="403"):
        check(values(datadog, api_key="other"))


@pytest.mark.parametrize("fault", [says(200, {"valid": False}), says(200, []), says(404), says(500), silent])
def test_an_account_that_does_not_work_says_so(datadog: Datadog, fault: Fault) -> None:
    datadog.script = [fault]
    with pytest.raises(CheckFailed):
        check(values(datadog))
