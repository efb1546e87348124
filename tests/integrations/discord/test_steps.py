"""Posting at Discord: once, in the right channel, and nothing of what is private."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from incidentio.core.http import Answer
from incidents.models import Incident, Visibility
from integrations.base import StepFailed
from integrations.discord.account import limited
from integrations.discord.steps import KIND
from integrations.models import Connection, RemoteObject
from tests.integrations.calls import call, errors, outcomes, perform, plan
from tests.integrations.discord.fake import PATH, TOKEN, Discord
from tests.integrations.issues import DATE, resets
from tests.integrations.posting import DONE, FAILED, POSTING, REFUSED, UNKNOWN
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

POST, UPDATE = "discord.post_message", "discord.update_message"
SAID = {"message": "**Checkout** fails @everyone"}
POSTED = POSTING | {"not JSON": (says(200, b"<html>"), [UNKNOWN], CallState.UNKNOWN, 0)}


def test_a_message_is_posted(discord: Discord, incident: Incident, settings: Any) -> None:
    effect = call(POST, incident, **SAID)
    (asked,) = discord.asked
    assert (asked.method, asked.path, asked.query) == ("POST", PATH, [("wait", "true")])
    title, url = f"{incident.reference} Checkout is down", f"{settings.PUBLIC_URL}/incidents/{incident.pk}"
    assert asked.body == {
        "content": "**Checkout** fails @everyone",
        "embeds": [{"title": title, "url": url}],
        "allowed_mentions": {"parse": []},
    }
    assert (effect.remote_id, effect.detail) == (*discord.messages, {"did": "Posted in incidents at Discord"})


def test_the_channel_is_the_one_the_step_names(discord: Discord, incident: Incident) -> None:
    effect = call(POST, incident, channel="#on call", **SAID)
    assert dict(discord.asked[0].query) == {"thread_id": "42", "wait": "true"}
    assert (effect.target, effect.detail) == ("discord:On call", {"did": "Posted in On call at Discord"})


def test_a_run_about_no_incident_posts_too(discord: Discord) -> None:
    assert call(POST, None, **SAID).state == CallState.DONE
    assert (discord.asked[0].body["embeds"], RemoteObject.objects.count()) == ([], 0)


@pytest.mark.faults({POST: POSTED})
@pytest.mark.parametrize("case", POSTED)
def test_whatever_happens_nothing_is_posted_twice(discord: Discord, incident: Incident, case: str) -> None:
    fault, ended, state, posted = POSTED[case]
    discord.script = [fault]
    effect = call(POST, incident, **SAID)
    assert (outcomes(effect), effect.state, len(discord.messages)) == (ended, state, posted)
    assert TOKEN not in json.dumps(list(Effect.objects.values()), default=str)
    assert TOKEN not in Connection.objects.get().last_error


@pytest.mark.parametrize("body", [b"<", [], {}])
def test_what_is_not_discord_leaves_it_to_people(discord: Discord, incident: Incident, body: Any) -> None:
    discord.script = [says(200, body)]
    effect = call(POST, incident, **SAID)
    assert (effect.state, errors(effect)) == (CallState.UNKNOWN, "What answers is not Discord")


@pytest.mark.parametrize(
    ("told", "headers", "seconds"),
    [
        ({"retry_after": 0.65, "global": False}, {"retry-after": "1"}, 1.0),
        ({"retry_after": 64.57, "global": True}, {"retry-after": "1"}, 64.57),
        ({"retry_after": "soon"}, {}, 0.0),
        ({"retry_after": 10**400}, {}, 3_600.0),
        ({}, {"retry-after": "7"}, 7.0),
        (None, {"retry-after": "7"}, 7.0),
    ],
)
def test_it_waits_as_long_as_discord_says(told: Any, headers: dict[str, str], seconds: float) -> None:
    attempt = limited(Answer(429, headers, b"", 1), told)
    assert attempt is not None
    assert attempt.wait_seconds == seconds


def test_a_busy_channel_waits_and_others_do_not(discord: Discord, incident: Incident, settings: Any) -> None:
    settings.STEP_RETRY_SECONDS = [0.0] * 20
    discord.script = [says(429, {"retry_after": 600.0})] * 6
    busy = call(POST, incident, **SAID)
    assert (busy.due_at - datetime.now(UTC)).total_seconds() > 500
    assert call(POST, incident, "step.1", channel="On call", **SAID).state == CallState.DONE


# ---- changing what was posted


def test_the_latest_message_of_the_incident_is_changed(discord: Discord, incident: Incident) -> None:
    call(POST, incident, message="First")
    call(POST, incident, "step.1", channel="On call", message="Second")
    effect = call(UPDATE, incident, "step.2", message="It is over @here")
    assert discord.said == ["First", "It is over @here"]
    assert effect.detail == {"did": "Changed the message in On call at Discord"}
    asked = discord.asked[-1]
    assert (asked.method, asked.query, asked.body["allowed_mentions"]) == (
        "PATCH",
        [("thread_id", "42")],
        {"parse": []},
    )
    assert RemoteObject.objects.get().kind == KIND


def test_what_was_never_posted_is_not_changed(discord: Discord, incident: Incident) -> None:
    with pytest.raises(StepFailed, match=f"posted nothing at Discord for {incident.reference}"):
        plan(UPDATE, incident, message="x")


CHANGING = {
    "success": (well, [DONE]),
    "slow": (slow(0.2), [DONE]),
    "error body": (says(400, {"message": "Invalid Form Body", "code": 50035}), [REFUSED]),
    "401": (says(401, {}), [REFUSED]),
    "403": (says(403, {}), [REFUSED]),
    "404": (says(404, {"message": "Unknown Message", "code": 10008}), [REFUSED]),
    "422": (says(422, {}), [REFUSED]),
    "429, its own": (says(429, {"retry_after": 0.1}), [FAILED, DONE]),
    "429, seconds": (says(429, {}, retry_after="1"), [FAILED, DONE]),
    "429, date": (says(429, {}, retry_after=DATE), [FAILED, DONE]),
    "500": (says(500), [FAILED, DONE]),
    "500, done": (done_and_failed, [FAILED, DONE]),
    "silence": (silent, [UNKNOWN, DONE]),
    "silence, done": (done_in_silence, [UNKNOWN, DONE]),
    "reset": (resets, [UNKNOWN, DONE]),
    "reset, done": (done_and_reset, [UNKNOWN, DONE]),
    "not JSON": (says(200, b"<html>"), [UNKNOWN, DONE]),
}


@pytest.mark.faults({UPDATE: CHANGING})
@pytest.mark.parametrize(("fault", "ended"), CHANGING.values(), ids=CHANGING)
def test_whatever_happens_the_message_ends_as_it_should(
    discord: Discord, incident: Incident, fault: Fault, ended: list[str]
) -> None:
    call(POST, incident, message="First")
    discord.script = [fault]
    effect = call(UPDATE, incident, "step.1", message="Second")
    assert outcomes(effect) == ended
    assert discord.said == (["Second"] if ended[-1] == DONE else ["First"])


def test_a_message_that_was_deleted_is_told(discord: Discord, incident: Incident) -> None:
    call(POST, incident, message="First")
    discord.messages.clear()
    effect = call(UPDATE, incident, "step.1", message="Second")
    assert errors(effect) == "Discord did not change the message in incidents: Unknown Message (404)"


# ---- what is private


def test_nothing_is_told_of_a_private_incident(discord: Discord, private: Incident, incident: Incident) -> None:
    for run_about, named in ((private, ""), (incident, private.pk), (private, incident.pk)):
        with pytest.raises(StepFailed, match=f"{private.reference} is private"):
            plan(POST, run_about, **SAID, incident=named)
    assert discord.asked == []


def test_unless_the_step_says_so(discord: Discord, private: Incident) -> None:
    assert call(POST, private, **SAID, include_private=True).state == CallState.DONE
    assert call(UPDATE, private, "step.1", **SAID, include_private=True).state == CallState.DONE
    with pytest.raises(StepFailed, match="is private"):
        plan(UPDATE, private, **SAID)


@pytest.mark.parametrize("name", [POST, UPDATE])
def test_what_became_private_is_not_told_any_more(discord: Discord, incident: Incident, name: str) -> None:
    call(POST, incident, message="First")
    (effect,) = plan(name, incident, "step.1", message="Second")
    Incident.objects.update(visibility=Visibility.PRIVATE)
    perform(effect.target)
    effect.refresh_from_db()
    assert (effect.state, discord.said) == (CallState.NOT_DONE, ["First"])


# ---- what cannot be done


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"message": " "}, "Message is not set"),
        ({"channel": "nowhere"}, "There is no webhook for 'nowhere'; there are incidents, On call"),
        ({"incident": "x"}, "There is no incident"),
    ],
)
def test_what_cannot_be_said_is_told(discord: Discord, incident: Incident, said: Any, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(POST, incident, **SAID | said)


def test_a_channel_that_was_taken_away_is_told(discord: Discord, incident: Incident) -> None:
    (effect,) = plan(POST, incident, channel="On call", **SAID)
    connection = Connection.objects.get()
    connection.secrets = json.dumps({"webhooks": f"incidents = {discord.url}{PATH}"})
    connection.save()
    perform(effect.target)
    effect.refresh_from_db()
    assert errors(effect) == "There is no webhook for 'On call'; there are incidents"


def test_without_discord_it_says_what_to_do(incident: Incident) -> None:
    with pytest.raises(StepFailed, match="discord is not connected"):
        plan(POST, incident, **SAID)
