"""Whole runs of workflows that make an incident's meeting: of several tools, one does."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Incident
from tests.integrations.calls import call, errors
from tests.integrations.google_meet.conftest import google
from tests.integrations.google_meet.fake import Google
from tests.integrations.meetings import call_of, claims
from tests.integrations.standing_in import Fault, done_and_failed, done_and_reset, done_in_silence, says, well
from tests.integrations.zoom.conftest import zoom
from tests.integrations.zoom.fake import Zoom
from tests.workflows.asking import NOTE, on
from tests.workflows.passing import later
from tests.workflows.writing import of, step
from workflows.models import CallState, RunState, WorkflowRun

__all__ = ["google", "later", "zoom"]
Declare = Callable[..., Incident]
Drain = Callable[[], None]
LINK = "https://zoom.us/j/92674392836?pwd=UkFzZjRlSGVZ"
ZOOM: dict[str, Any] = step("zoom.create_meeting", of("incident"), {}, {}, id="zoom")
MEET: dict[str, Any] = step("google_meet.create_space", of("incident"), {}, id="meet")


def test_a_step_that_follows_tells_where_people_talk(zoom: Zoom, declare: Declare, drain: Drain) -> None:
    said = step("incident.rename", of("incident"), {"value": {"literal": "Join {{ incident.call_url }}"}}, id="say")
    on("incident.created", steps=[ZOOM, said])
    incident = declare()
    drain()
    assert call_of(incident) == LINK
    assert incident.name == f"Join {LINK}"
    assert WorkflowRun.objects.get().steps.first().did == "Made a meeting at Zoom"


@pytest.mark.parametrize("fault", [done_and_failed, done_and_reset, done_in_silence])
def test_whatever_is_lost_on_the_way_there_is_one_meeting(
    zoom: Zoom, declare: Declare, drain: Drain, later: Drain, fault: Fault
) -> None:
    on("incident.created", steps=[ZOOM, NOTE])
    zoom.script = [well, fault]
    incident = declare()
    drain()
    later()
    assert (len(zoom.meetings), call_of(incident), incident.actions.count()) == (1, LINK, 1)
    assert WorkflowRun.objects.get().state == RunState.COMPLETE


def test_of_two_tools_one_makes_the_meeting(
    zoom: Zoom, google: Google, declare: Declare, drain: Drain, later: Drain
) -> None:
    for name, wanted in (("Zoom", ZOOM), ("Meet", MEET), ("Zoom again", ZOOM)):
        on("incident.created", name=name, steps=[wanted])
    incident = declare()
    drain()
    later()
    assert len(zoom.meetings) + len(google.spaces) == 1
    assert {run.state for run in WorkflowRun.objects.all()} == {RunState.COMPLETE}
    assert (call_of(incident) != "", claims()) == (True, 0)


def test_one_tool_waits_for_what_the_other_may_have_made(
    zoom: Zoom, google: Google, incident: Incident, settings: Any
) -> None:
    settings.STEP_RETRY_SECONDS = [0.0]
    zoom.script = [well, done_in_silence]
    assert call("zoom.create_meeting", incident).state == CallState.UNKNOWN
    effect = call("google_meet.create_space", incident, "step.1")
    assert errors(effect) == "Another step is making this incident's call"
    assert google.asked == []


def test_where_no_meeting_is_made_other_workflows_go_on(zoom: Zoom, declare: Declare, drain: Drain) -> None:
    zoom.script = [well, says(404, {"code": 1001, "message": "User does not exist: me."})]
    on("incident.created", name="Call", steps=[ZOOM])
    on("incident.created", name="Note", steps=[NOTE])
    incident = declare()
    drain()
    assert (incident.actions.count(), call_of(incident)) == (1, "")
    assert (
        "Zoom made no meeting: User does not exist: me. (404)" in WorkflowRun.objects.get(workflow__name="Call").error
    )


def test_people_of_a_private_incident_get_a_meeting_too(zoom: Zoom, declare: Declare, drain: Drain) -> None:
    on("incident.created", steps=[ZOOM], include_private_incidents=True)
    incident = declare(name="Someone read our mail", visibility="private")
    drain()
    assert (call_of(incident), zoom.meetings[0]["topic"]) == (LINK, incident.reference)
