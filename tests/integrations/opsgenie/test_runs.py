"""Opsgenie's steps as workflows do them."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident
from tests.integrations.opsgenie.fake import Opsgenie
from tests.integrations.recorded import payload, source_of, tell
from tests.integrations.standing_in import Fault, done_in_silence, says, silent
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import of, step
from workflows.models import RunState, WorkflowRun

Declare = Callable[..., Incident]
Drain = Callable[[], None]


def literal(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def many(*texts: str) -> dict[str, Any]:
    return {"array_value": [{"literal": text} for text in texts]}


def test_an_alert_from_its_making_to_its_end(opsgenie: Opsgenie, declare: Declare, drain: Drain, nora: User) -> None:
    said = (literal("{{ incident.name }}, please"), {}, literal("P2"), many(nora.pk), many("Payments"))
    steps = [
        step("opsgenie.create_alert", of("incident"), *said, id="a"),
        step("opsgenie.add_note", of("incident"), literal("Look at {{ incident.name }}"), id="b"),
        step("opsgenie.acknowledge_alert", of("incident"), id="c"),
        step("opsgenie.close_alert", of("incident"), id="d"),
    ]
    on("incident.created", steps=steps)
    declare()
    drain()
    run = WorkflowRun.objects.get()
    assert (run.state, [row.did for row in run.steps.order_by("place")]) == (
        RunState.COMPLETE,
        [
            "Made an alert at Opsgenie",
            "Added a note to the alert at Opsgenie",
            "Acknowledged the alert at Opsgenie",
            "Closed the alert at Opsgenie",
        ],
    )
    [alert] = opsgenie.alerts
    assert (alert["message"], alert["status"], alert["acks"]) == ("Checkout is down, please", "closed", 1)
    assert [responder["type"] for responder in alert["responders"]] == ["team", "user"]


@pytest.mark.parametrize("fault", [says(401), says(500), says(429, retry_after="600"), silent, done_in_silence])
def test_other_workflows_go_on(opsgenie: Opsgenie, declare: Declare, drain: Drain, fault: Fault) -> None:
    opsgenie.script = [fault]
    on("incident.created", name="Page", steps=[step("opsgenie.create_alert", of("incident"))])
    on("incident.created", name="Note", steps=[NOTE])
    incident = declare()
    drain()
    assert incident.actions.count() == 1
    assert WorkflowRun.objects.get(workflow__name="Note").state == RunState.COMPLETE


def test_a_workflow_may_go_on_although_no_alert_was_made(opsgenie: Opsgenie, declare: Declare, drain: Drain) -> None:
    opsgenie.refuses = "Responder team does not exist"
    steps = [step("opsgenie.create_alert", of("incident")), {**NOTE, "id": "then"}]
    on("incident.created", steps=steps, continue_on_step_error=True)
    incident = declare()
    drain()
    run = WorkflowRun.objects.get()
    assert (run.state, incident.actions.count()) == (RunState.ERROR, 1)
    assert "Opsgenie accepted it, and did not do it: Responder team does not exist" in run.error


def test_the_hubs_own_alert_does_not_come_back(opsgenie: Opsgenie, declare: Declare, drain: Drain) -> None:
    on("incident.created", steps=[step("opsgenie.create_alert", of("incident"))])
    incident = declare()
    drain()
    [alert] = opsgenie.alerts
    body = payload("opsgenie", "create")
    body["alert"] |= {"alias": alert["alias"], "alertId": alert["id"], "message": alert["message"]}
    assert tell(source_of("opsgenie"), body).json()["accepted"] == 0
    drain()
    assert (list(Incident.objects.all()), len(opsgenie.alerts)) == ([incident], 1)
