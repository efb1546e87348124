"""Posting in Microsoft Teams: once, in the right channel, and nothing of what is private."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Incident, Visibility
from integrations.base import CheckFailed, StepFailed
from integrations.microsoft_teams.steps import check
from integrations.models import Connection
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.microsoft_teams.fake import PATH, SIGNATURE, Flow
from tests.integrations.posting import DONE, POSTING
from tests.integrations.standing_in import says
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import of, step
from workflows.models import CallState, Effect, RunState, WorkflowRun

POST = "ms_teams.post_message"
SAID = {"message": "**Checkout** fails"}
# A flow's answer has no body; whatever stands there is not read.
POSTED = POSTING | {"not JSON": (says(202, b"<html>"), [DONE], CallState.DONE, 0)}


def test_a_card_is_posted(flow: Flow, incident: Incident, settings: Any) -> None:
    effect = call(POST, incident, **SAID)
    (asked,) = flow.asked
    assert (asked.method, asked.path, dict(asked.query)["sig"]) == ("POST", PATH, SIGNATURE)
    (card,) = flow.cards
    assert [block["text"] for block in card["body"]] == ["**Checkout** fails"]
    assert card["actions"][0]["url"] == f"{settings.PUBLIC_URL}/incidents/{incident.pk}"
    assert effect.detail == {"did": "Gave the message for Incidents to Microsoft Teams"}


def test_the_channel_is_the_one_the_step_names(flow: Flow, incident: Incident) -> None:
    effect = call(POST, incident, channel="leads", **SAID)
    assert (effect.target, effect.state) == ("microsoft_teams:Leads", CallState.DONE)


def test_a_run_about_no_incident_posts_too(flow: Flow) -> None:
    assert call(POST, None, **SAID).state == CallState.DONE
    assert "actions" not in flow.cards[0]


@pytest.mark.faults({POST: POSTED})
@pytest.mark.parametrize("case", POSTED)
def test_whatever_happens_nothing_is_posted_twice(flow: Flow, incident: Incident, case: str) -> None:
    fault, ended, state, posted = POSTED[case]
    flow.script = [fault]
    effect = call(POST, incident, **SAID)
    assert (outcomes(effect), effect.state, len(flow.cards)) == (ended, state, posted)
    assert SIGNATURE not in json.dumps(list(Effect.objects.values()), default=str)
    assert SIGNATURE not in Connection.objects.get().last_error


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        (f"{PATH}?sig=wrong", r"It does not accept the hub's account \(401\)"),
        ("/workflows/gone?sig=x", r"does not take messages for ops: The workflow could not be found. \(404\)"),
    ],
)
def test_a_flow_that_takes_nothing_is_told(flow: Flow, incident: Incident, path: str, complaint: str) -> None:
    connection = Connection.objects.get()
    connection.secrets = json.dumps({"webhooks": f"ops = {flow.url}{path}"})
    connection.save()
    effect = call(POST, incident, **SAID)
    assert effect.state == CallState.NOT_DONE
    assert re.search(complaint, errors(effect))


CONNECTORS = [
    "https://acme.webhook.office.com/webhookb2/6f0a@1b2c/IncomingWebhook/3d4e/5f6a",
    "https://outlook.office.com/webhook/6f0a@1b2c/IncomingWebhook/3d4e/5f6a",
    "https://OUTLOOK.office365.com/webhook/6f0a",
]


@pytest.mark.parametrize("url", CONNECTORS)
def test_a_connector_that_microsoft_ended_is_refused(flow: Flow, incident: Incident, url: str) -> None:
    connection = Connection.objects.get()
    connection.secrets = json.dumps({"webhooks": f"ops = {url}"})
    connection.save()
    with pytest.raises(CheckFailed, match="ops is an Office 365 connector"):
        check({"webhooks": f"leads = {flow.address}\nops = {url}"})
    effect = call(POST, incident, **SAID)
    assert (effect.state, flow.asked) == (CallState.NOT_DONE, [])
    assert "make a flow for the channel instead" in errors(effect)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"error": {"code": "WorkflowTriggerIsNotEnabled"}}, "WorkflowTriggerIsNotEnabled"),
        ({"error": "no"}, "it does not say why"),
        ([], "it does not say why"),
        (b"<html>", "it does not say why"),
    ],
)
def test_what_the_flow_complains_of_is_told(flow: Flow, incident: Incident, told: Any, said: str) -> None:
    flow.script = [says(400, told)]
    assert errors(call(POST, incident, **SAID)).endswith(f"for Incidents: {said} (400)")


def test_nothing_is_told_of_a_private_incident(flow: Flow, private: Incident, incident: Incident) -> None:
    for run_about, named in ((private, ""), (incident, private.pk), (private, incident.pk)):
        with pytest.raises(StepFailed, match=f"{private.reference} is private"):
            plan(POST, run_about, **SAID, incident=named)
    assert flow.asked == []


def test_unless_the_step_says_so(flow: Flow, private: Incident) -> None:
    assert call(POST, private, **SAID, include_private=True).state == CallState.DONE


def test_what_became_private_is_not_told_any_more(flow: Flow, incident: Incident) -> None:
    (effect,) = plan(POST, incident, **SAID)
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    effect.refresh_from_db()
    assert (effect.state, flow.asked) == (CallState.NOT_DONE, [])


def test_a_workflow_posts_and_its_other_steps_go_on(
    flow: Flow, declare: Callable[..., Incident], drain: Callable[[], None]
) -> None:
    flow.script = [says(404)]
    said = {"value": {"literal": "{{ incident.name }} in triage"}}
    posts = [
        step(POST, {"value": {"literal": name}}, said, of("incident"), {}, id=name) for name in ("Leads", "Incidents")
    ]
    on("incident.created", steps=[*posts, NOTE], continue_on_step_error=True)
    incident = declare(name="Checkout is down")
    drain()
    assert [card["body"][0]["text"] for card in flow.cards] == ["Checkout is down in triage"]
    assert (incident.actions.count(), WorkflowRun.objects.get().state) == (1, RunState.ERROR)


def test_the_lines_are_read_when_the_connection_is_tried(flow: Flow) -> None:
    lines = f"Incidents = {flow.address}\nLeads = {flow.address}"
    found = "Can be read: Incidents, Leads. Whether Teams takes messages shows when one is posted"
    assert (check({"webhooks": lines}), flow.asked) == (found, [])
    with pytest.raises(CheckFailed, match="Line 1 of the webhooks is not as it should be"):
        check({"webhooks": flow.address})


def test_without_teams_it_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="microsoft_teams is not connected"):
        plan(POST, incident, **SAID)
