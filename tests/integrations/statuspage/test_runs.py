"""Whole runs of workflows that tell the public."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Incident
from tests.integrations.standing_in import Fault, done_and_failed, done_and_reset, done_in_silence, says
from tests.integrations.statuspage.fake import Statuspage
from tests.workflows.asking import NOTE, on
from tests.workflows.passing import later
from tests.workflows.writing import of, step
from workflows.models import CallState, Effect, RunState, WorkflowRun

__all__ = ["later"]
Declare = Callable[..., Incident]
Drain = Callable[[], None]


def literal(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def told() -> list[dict[str, Any]]:
    """Steps that open, update and resolve."""
    name, body = literal("Checkout fails"), literal("We are looking into {{ incident.reference }}.")
    components = {"array_value": [{"literal": "ftgks51sfs2d: major_outage"}]}
    return [
        step("statuspage.open", of("incident"), name, {}, body, components, literal("major"), id="a"),
        step("statuspage.update", of("incident"), {}, literal("monitoring"), literal("Better."), id="b"),
        step("statuspage.resolve", of("incident"), literal("Over."), id="c"),
    ]


def test_an_incident_is_told_from_beginning_to_end(page: Statuspage, declare: Declare, drain: Drain) -> None:
    on("incident.created", steps=told())
    incident = declare()
    drain()
    run = WorkflowRun.objects.get()
    assert (run.state, [row.did for row in run.steps.order_by("place")]) == (
        RunState.COMPLETE,
        ["Opened an incident on the status page", "Told it on the status page", "Resolved it on the status page"],
    )
    first = ("investigating", f"We are looking into {incident.reference}.")
    assert page.said == [first, ("monitoring", "Better."), ("resolved", "Over.")]
    assert page.components["ftgks51sfs2d"] == "operational"


@pytest.mark.parametrize("fault", [done_and_failed, done_and_reset, done_in_silence])
def test_whatever_is_lost_on_the_way_each_is_told_once(
    page: Statuspage, declare: Declare, drain: Drain, later: Drain, fault: Fault
) -> None:
    on("incident.created", steps=told())
    declare()
    for _ in range(3):
        page.script = [fault]
        drain()
        page.script = []
        later()
    assert [status for status, _ in page.said] == ["investigating", "monitoring", "resolved"]
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert set(Effect.objects.values_list("state", flat=True)) == {CallState.DONE}


def test_two_workflows_open_one(page: Statuspage, declare: Declare, drain: Drain, later: Drain) -> None:
    for name in ("One", "Two"):
        on("incident.created", name=name, steps=told()[:1])
    declare()
    drain()
    later()
    assert len(page.incidents) == 1
    assert {run.state for run in WorkflowRun.objects.all()} == {RunState.COMPLETE}


def test_private_incidents_end_in_an_error_and_others_go_on(page: Statuspage, declare: Declare, drain: Drain) -> None:
    on("incident.created", name="Tell", steps=told()[:1], include_private_incidents=True)
    on("incident.created", name="Note", steps=[NOTE], include_private_incidents=True)
    incident = declare(visibility="private")
    drain()
    run = WorkflowRun.objects.get(workflow__name="Tell")
    assert (run.state, page.asked) == (RunState.ERROR, [])
    assert "A private incident is not told of on a status page" in run.error
    assert incident.actions.count() == 1


def test_other_workflows_go_on(page: Statuspage, declare: Declare, drain: Drain) -> None:
    page.script = [says(429, retry_after="600")]
    on("incident.created", name="Tell", steps=told())
    on("incident.created", name="Note", steps=[NOTE])
    incident = declare()
    drain()
    assert (incident.actions.count(), page.incidents) == (1, [])
