"""Telling on the status page how an incident goes on: each message once, whatever happens on the way."""

from typing import Any

import pytest

from incidents.models import Incident, Visibility
from integrations.base import StepFailed
from integrations.models import RemoteObject
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.issues import DATE, resets
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
from tests.integrations.statuspage.fake import Statuspage
from workflows.models import CallState

OPEN, UPDATE, RESOLVE = "statuspage.open", "statuspage.update", "statuspage.resolve"
SAID = {"name": "Checkout fails", "body": "We are looking into it.", "components": ["ftgks51sfs2d: major_outage"]}
NEWS = {"status": "monitoring", "body": "It should be well again."}
FIRST = ("investigating", "We are looking into it.")
DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"


@pytest.fixture
def opened(page: Statuspage, incident: Incident) -> Incident:
    """An incident that is on the status page."""
    assert call(OPEN, incident, "open.0", **SAID).state == CallState.DONE
    page.asked.clear()
    return incident


def test_the_public_is_told_what_is_new(page: Statuspage, opened: Incident) -> None:
    effect = call(UPDATE, opened, **NEWS, components=["bb5w0kc1234x: partial_outage"], impact="minor")
    assert page.said == [FIRST, ("monitoring", "It should be well again.")]
    told = page.asked[0].body["incident"]
    assert told["component_ids"] == ["ftgks51sfs2d", "bb5w0kc1234x"]
    assert told["components"] == {"bb5w0kc1234x": "partial_outage"}
    assert effect.detail == {"did": "Told it on the status page"}
    state = RemoteObject.objects.get().state
    assert state["status"] == "monitoring"
    assert state["components"] == {"ftgks51sfs2d": "major_outage", "bb5w0kc1234x": "partial_outage"}


def test_when_it_is_over_its_components_are_well_again(page: Statuspage, opened: Incident) -> None:
    effect = call(RESOLVE, opened, body="It is well again.")
    assert page.said == [FIRST, ("resolved", "It is well again.")]
    assert set(page.components.values()) == {"operational"}
    assert RemoteObject.objects.get().state["status"] == "resolved"
    assert effect.detail == {"did": "Resolved it on the status page"}


def test_a_component_may_stay_as_it_is(page: Statuspage, opened: Incident) -> None:
    call(RESOLVE, opened, components=["ftgks51sfs2d: degraded_performance"])
    assert page.components["ftgks51sfs2d"] == "degraded_performance"


FAULTS = {
    "success": ([well], [DONE], CallState.DONE),
    "slow": ([slow(0.3)], [DONE], CallState.DONE),
    "not JSON": ([says(200, b"<html>")], [UNKNOWN, DONE], CallState.DONE),
    "error body": ([says(400)], [REFUSED], CallState.NOT_DONE),
    "401": ([says(401)], [REFUSED], CallState.NOT_DONE),
    "403": ([says(403)], [REFUSED], CallState.NOT_DONE),
    "404": ([says(404)], [REFUSED], CallState.NOT_DONE),
    "420": ([says(420)], [FAILED, DONE], CallState.DONE),
    "422": ([says(422, {"error": "no"})], [REFUSED], CallState.NOT_DONE),
    "429, seconds": ([says(429, retry_after="60")], [FAILED, DONE], CallState.DONE),
    "500": ([says(500)], [UNKNOWN, DONE], CallState.DONE),
    "500, done": ([done_and_failed], [UNKNOWN, DONE], CallState.DONE),
    "silence": ([silent], [UNKNOWN, DONE], CallState.DONE),
    "silence, done": ([done_in_silence], [UNKNOWN, DONE], CallState.DONE),
    "reset, done": ([done_and_reset], [UNKNOWN, DONE], CallState.DONE),
    "then 429 to looking": ([done_and_reset, says(429)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then 500 to looking": ([done_and_reset, says(500)], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then half an answer": ([done_and_reset, says(200, b"{")], [UNKNOWN, FAILED, DONE], CallState.DONE),
    "then deleted": ([done_and_reset, says(404)], [UNKNOWN, REFUSED], CallState.UNKNOWN),
    "429, date": ([says(429, retry_after=DATE)], [FAILED, DONE], CallState.DONE),
    "reset": ([resets], [UNKNOWN, DONE], CallState.DONE),
}


@pytest.mark.faults({UPDATE: FAULTS, RESOLVE: FAULTS})
@pytest.mark.parametrize(("faults", "ended", "state"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(("name", "said"), [(UPDATE, NEWS), (RESOLVE, {"body": "Over."})])
def test_faults(
    page: Statuspage,
    opened: Incident,
    name: str,
    said: dict[str, Any],
    faults: list[Fault],
    ended: list[str],
    state: CallState,
) -> None:
    page.script = list(faults)
    effect = call(name, opened, **said)
    assert (outcomes(effect), effect.state) == (ended, state)
    news = (said.get("status", "resolved"), said["body"])
    assert page.said == ([FIRST] if state == CallState.NOT_DONE else [FIRST, news])


def test_the_same_message_of_another_step_is_told_too(page: Statuspage, opened: Incident) -> None:
    for key in range(2):
        call(UPDATE, opened, f"step.{key}", **NEWS)
    assert len(page.said) == 3


def test_without_metadata_the_latest_message_tells(page: Statuspage, opened: Incident) -> None:
    def forgets(handler: Any, work: Any) -> None:
        work()
        page.incidents[0]["metadata"] = {}
        says(500)(handler, work)

    page.script = [forgets]
    assert call(UPDATE, opened, **NEWS).state == CallState.DONE
    assert len(page.said) == 2


def test_what_was_deleted_there_can_be_opened_again(page: Statuspage, opened: Incident) -> None:
    page.incidents.clear()
    assert "The incident was deleted on the status page" in errors(call(UPDATE, opened, **NEWS))
    assert call(OPEN, opened, "step.1", **SAID).state == CallState.DONE


def test_what_became_private_is_not_told_any_more(page: Statuspage, opened: Incident) -> None:
    (effect,) = plan(UPDATE, opened, **NEWS)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    assert page.asked == []
    with pytest.raises(StepFailed, match="A private incident is not told of"):
        plan(RESOLVE, opened)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [({}, "Nothing is said"), ({"status": "over"}, "'over' is no status"), ({"components": ["x"]}, "no state")],
)
def test_what_cannot_be_told_is_told(opened: Incident, said: Any, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(UPDATE, opened, **said)


@pytest.mark.parametrize("name", [UPDATE, RESOLVE])
def test_what_is_not_on_the_page_is_to_be_opened_first(page: Statuspage, incident: Incident, name: str) -> None:
    with pytest.raises(StepFailed, match=f"{incident.reference} is not on the status page: open it there first"):
        plan(name, incident, **NEWS)
