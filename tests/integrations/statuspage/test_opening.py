"""Opening an incident on the status page: once, whatever happens on the way, and never a private one."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from incidents.models import Attachment, Incident, Visibility
from integrations.base import StepFailed
from integrations.models import RemoteObject
from integrations.registry import STEPS
from integrations.statuspage.standing import CLAIM, KIND, claim
from tests.integrations.calls import call, errors, outcomes, perform, plan
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
from tests.integrations.statuspage.fake import API_KEY, Statuspage
from workflows.models import CallState, Effect

OPEN = "statuspage.open"
SAID = {"name": "Checkout fails", "body": "We are looking into it."}
TOMORROW = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


@pytest.mark.parametrize(
    ("step", "name", "said"),
    [
        (OPEN, "status", "investigating, identified, monitoring"),
        (OPEN, "impact", "none, minor, major, critical"),
        (OPEN, "components", "ID: state"),
        ("statuspage.update", "status", "monitoring, resolved"),
    ],
)
def test_the_step_says_which_words_it_takes(step: str, name: str, said: str) -> None:
    assert said in next(param.label for param in STEPS[step].params if param.name == name)


def test_the_public_is_told(page: Statuspage, incident: Incident) -> None:
    said = SAID | {"status": "Identified", "impact": "Major", "components": ["ftgks51sfs2d: major outage"]}
    effect = call(OPEN, incident, **said)
    assert page.asked[-1].body == {
        "incident": {
            "name": "Checkout fails",
            "status": "identified",
            "body": "We are looking into it.",
            "impact_override": "major",
            "components": {"ftgks51sfs2d": "major_outage"},
            "component_ids": ["ftgks51sfs2d"],
            "metadata": {"incidentio": {"incident_id": incident.pk, "key": effect.key}},
        }
    }
    assert page.components["ftgks51sfs2d"] == "major_outage"


def test_what_was_opened_is_shown_and_remembered(page: Statuspage, incident: Incident) -> None:
    effect = call(OPEN, incident, **SAID, status="identified", components=["ftgks51sfs2d: major_outage"])
    remote = RemoteObject.objects.get()
    assert (remote.subject_id, remote.remote_id, remote.kind) == (incident.pk, page.incidents[0]["id"], KIND)
    assert remote.state == {"status": "identified", "components": {"ftgks51sfs2d": "major_outage"}}
    attachment = Attachment.objects.get()
    assert attachment.resource_type == "atlassian_statuspage_incident"
    assert attachment.permalink == "http://stspg.io/p31zjtct2jer0"
    assert effect.detail == {"did": "Opened an incident on the status page"}


def test_what_is_open_is_not_opened_again(page: Statuspage, incident: Incident) -> None:
    first, second = call(OPEN, incident, **SAID), call(OPEN, incident, "step.1", **SAID)
    assert (second.state, second.remote_id) == (CallState.DONE, first.remote_id)
    assert second.detail == {"did": "It is on the status page already"}
    assert len(page.incidents) == 1


def test_after_it_was_resolved_it_can_be_opened_again(page: Statuspage, incident: Incident) -> None:
    for key, (name, said) in enumerate([(OPEN, SAID), ("statuspage.resolve", {}), (OPEN, SAID)]):
        assert call(name, incident, f"step.{key}", **said).state == CallState.DONE
    assert [row["status"] for row in page.incidents] == ["investigating", "resolved"]
    assert RemoteObject.objects.get().remote_id == page.incidents[0]["id"]


def test_a_private_incident_is_never_told(page: Statuspage, private: Incident) -> None:
    with pytest.raises(StepFailed, match="A private incident is not told of on a status page"):
        plan(OPEN, private, **SAID)
    assert page.asked == []


def test_what_became_private_is_not_told_any_more(page: Statuspage, incident: Incident) -> None:
    (effect,) = plan(OPEN, incident, **SAID)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    effect.refresh_from_db()
    assert (effect.state, page.asked) == (CallState.NOT_DONE, [])


OPENING = {
    "success": ([well], [DONE], CallState.DONE),
    "slow": ([slow(0.3)], [DONE], CallState.DONE),
    "not JSON": ([says(200, b"<html>")], [UNKNOWN, DONE], CallState.DONE),
    "error body": ([says(400, {"error": "bad"})], [REFUSED], CallState.NOT_DONE),
    "401": ([says(401, {"error": "x"})], [REFUSED], CallState.NOT_DONE),
    "403": ([says(403)], [REFUSED], CallState.NOT_DONE),
    "404": ([says(404)], [REFUSED], CallState.NOT_DONE),
    "420": ([says(420)], [FAILED, DONE], CallState.DONE),
    "422": ([says(422, {"error": ["no"]})], [REFUSED], CallState.NOT_DONE),
    "429, seconds": ([says(429, retry_after="60")], [FAILED, DONE], CallState.DONE),
    "429, date": ([says(429, retry_after=TOMORROW)], [FAILED, DONE], CallState.DONE),
    "500": ([says(500)], [UNKNOWN, DONE], CallState.DONE),
    "500, done": ([done_and_failed], [UNKNOWN, DONE], CallState.DONE),
    "silence": ([silent], [UNKNOWN, DONE], CallState.DONE),
    "silence, done": ([done_in_silence], [UNKNOWN, DONE], CallState.DONE),
    "reset, done": ([done_and_reset], [UNKNOWN, DONE], CallState.DONE),
    "then 429 to looking": ([done_and_reset, says(429)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then 500 to looking": ([done_and_reset, says(500)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then silence to looking": ([done_and_reset, silent], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then half a list": ([done_and_reset, says(200, b"[")], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then 401 to looking": ([done_and_reset, says(401)], [UNKNOWN, REFUSED], CallState.UNKNOWN),
    "twice silence": ([silent, well, silent], [UNKNOWN, UNKNOWN, DONE], CallState.DONE),
    "reset": ([resets], [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults({OPEN: OPENING})
@pytest.mark.parametrize(("faults", "ended", "state"), OPENING.values(), ids=OPENING)
def test_faults(page: Statuspage, incident: Incident, faults: list[Fault], ended: list[str], state: CallState) -> None:
    page.script = list(faults)
    effect = call(OPEN, incident, **SAID)
    assert (outcomes(effect), effect.state) == (ended, state)
    assert len(page.incidents) == (0 if state == CallState.NOT_DONE else 1)
    assert RemoteObject.objects.filter(kind=KIND).count() == (1 if state == CallState.DONE else 0)
    assert RemoteObject.objects.filter(kind=CLAIM).count() == (1 if state == CallState.UNKNOWN else 0)
    assert API_KEY not in json.dumps(list(Effect.objects.values()), default=str)


@pytest.mark.parametrize(("status", "wish", "least"), [(420, {}, 55), (429, {}, 55), (429, {"retry_after": "90"}, 85)])
def test_it_waits_as_long_as_it_is_asked_to_or_as_calls_are_counted(
    page: Statuspage, incident: Incident, status: int, wish: dict[str, str], least: int, settings: Any
) -> None:
    settings.STEP_RETRY_SECONDS = [0.0] * 20
    page.script = [says(status, **wish)] * 20
    effect = call(OPEN, incident, **SAID)
    assert (effect.due_at - datetime.now(UTC)).total_seconds() > least
    assert page.incidents == []


def test_it_says_what_statuspage_did_not_like(page: Statuspage, incident: Incident) -> None:
    effect = call(OPEN, incident, **SAID, components=["nowhere: major_outage"])
    assert errors(effect) == "Statuspage opened no incident: Component nowhere does not exist (422)"
    assert call(OPEN, incident, "step.1", **SAID).state == CallState.DONE


def test_found_although_somebody_resolved_it_meanwhile(page: Statuspage, incident: Incident) -> None:
    def resolved(handler: Any, work: Any) -> None:
        work()
        page.incidents[0]["status"] = "resolved"
        says(500)(handler, work)

    page.script = [resolved]
    assert call(OPEN, incident, **SAID).state == CallState.DONE
    assert len(page.incidents) == 1


def test_of_rivals_one_opens(page: Statuspage, incident: Incident) -> None:
    claim(incident.pk, "another")
    effect = call(OPEN, incident, **SAID)
    assert set(outcomes(effect)) == {FAILED}
    assert "Another step is opening this incident" in errors(effect)
    assert page.incidents == []


@pytest.mark.parametrize("arrived", [True, False])
def test_who_never_came_back_is_taken_over_after_looking(page: Statuspage, incident: Incident, arrived: bool) -> None:
    if arrived:
        call(OPEN, incident, **SAID)
        RemoteObject.objects.all().delete()
    claim(incident.pk, "lost")
    row = RemoteObject.objects.get(kind=CLAIM)
    row.state |= {"tried_at": "2020-01-01T00:00:00Z"}
    row.save()
    assert call(OPEN, incident, "step.1", **SAID).state == CallState.DONE
    assert len(page.incidents) == 1
    assert RemoteObject.objects.get().kind == KIND


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"name": " "}, "Name is not set: say what the public is to read"),
        ({"status": "resolved"}, "'resolved' is no status of an open incident"),
        ({"status": "broken"}, "'broken' is no status"),
        ({"impact": "huge"}, "'huge' is no impact on Statuspage; there are none, minor, major, critical"),
        ({"components": ["ftgks51sfs2d"]}, "is no state of a component"),
        ({"components": ["ftgks51sfs2d: on fire"]}, "is no state of a component"),
        ({"components": ["a: operational, b: x"]}, "'b: x' is no state of a component"),
        ({"incident": "x"}, "There is no incident"),
    ],
)
def test_what_cannot_be_told_is_told(page: Statuspage, incident: Incident, said: Any, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(OPEN, incident, **SAID | said)


def test_without_statuspage_it_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="statuspage is not connected"):
        plan(OPEN, incident, **SAID)
