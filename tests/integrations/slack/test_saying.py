"""What workflows say at Slack: to whom, how it looks, once, and nothing of what is private."""

import json
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Incident
from integrations.base import Outcome, StepFailed
from integrations.models import Connection
from tests.integrations.slack.conftest import connected
from tests.integrations.slack.fake import FakeSlack, Fault, said
from tests.integrations.slack.stepping import do, found, made, planned

CREATE, POST, DIRECT, ANNOUNCE = (
    "slack.create_channel",
    "slack.post_message",
    "slack.send_message",
    "slack.announce",
)
REPLY, PIN, UPDATE = "slack.reply_in_thread", "slack.pin_message", "slack.update_message"


def texts(slack: FakeSlack) -> list[str]:
    return [message["text"] for message in slack.messages]


@pytest.fixture
def channel(slack: FakeSlack, incident: Incident) -> str:
    """The incident's channel."""
    do(CREATE, incident)
    return incident.slack_channel_id


def announcing(slack: FakeSlack) -> str:
    """The channel where incidents are announced."""
    Connection.objects.all().delete()
    pk = slack.channel("incidents")
    connected(slack, announcement_channel=pk)
    return pk


def test_a_message_is_posted_with_blocks(slack: FakeSlack, incident: Incident) -> None:
    (attempt,) = do(POST, incident, channel=slack.channel("general"), message="**Down** since noon")
    (message,) = slack.messages
    assert message["text"] == "*Down* since noon"
    assert message["blocks"] == [{"type": "section", "text": {"type": "mrkdwn", "text": "*Down* since noon"}}]
    assert message["metadata"]["event_payload"] == {"id": "slack.post_message_0_0"}
    assert attempt.remote_id == f"{message['channel']}:{message['ts']}"


def test_a_channel_may_be_named(slack: FakeSlack, incident: Incident) -> None:
    general = [slack.channel("random"), slack.channel("general")][1]
    do(POST, incident, channel="#General", message="Hello")
    assert [message["channel"] for message in slack.messages] == [general]


def test_without_a_channel_it_is_the_incidents(slack: FakeSlack, incident: Incident, channel: str) -> None:
    do(POST, incident, message="Hello")
    assert slack.messages[0]["channel"] == channel


def test_a_threaded_message_hangs_under_the_first(slack: FakeSlack, incident: Incident, channel: str) -> None:
    do(POST, incident, message="Down", threaded_message="It began at 2026-01-05T14:03:00Z", timezone="Europe/Berlin")
    first, second = slack.messages
    assert (second["text"], second["thread_ts"]) == ("It began at 2026-01-05 15:03 CET", first["ts"])


def test_the_first_is_not_said_again_if_the_second_fails(slack: FakeSlack, incident: Incident, channel: str) -> None:
    (call,) = planned(POST, incident, message="Down", threaded_message="More")
    slack.faults["chat.postMessage"] = [Fault(said("internal_error"), after=True), Fault(said("ratelimited"))]
    outcomes = [made(POST, call).outcome]
    assert found(POST, call) is None
    outcomes += [made(POST, call).outcome, made(POST, call).outcome]
    assert outcomes == [Outcome.UNKNOWN, Outcome.FAILED, Outcome.DONE]
    assert texts(slack) == ["Down", "More"]


def test_what_was_said_in_a_thread_is_found_there(slack: FakeSlack, incident: Incident, channel: str) -> None:
    (call,) = planned(POST, incident, message="Down", threaded_message="More")
    made(POST, call)
    slack.faults["chat.postMessage"] = [Fault(said("fatal_error"))]
    attempt = found(POST, call)
    assert attempt is not None
    assert (attempt.outcome, texts(slack)) == (Outcome.DONE, ["Down", "More"])


def test_nothing_is_said_while_slack_does_not_tell(slack: FakeSlack, incident: Incident, channel: str) -> None:
    (call,) = planned(POST, incident, message="Down")
    slack.faults["conversations.history"] = [Fault(said("missing_scope"))]
    attempt = found(POST, call)
    assert attempt is not None
    assert (attempt.outcome, slack.messages) == (Outcome.UNKNOWN, [])


def test_people_are_written_to_once_each(slack: FakeSlack, incident: Incident, nora: User, omar: User) -> None:
    slack.users[omar.email] = "U0OMAR"
    attempts = do(DIRECT, incident, recipients=[nora.pk, omar.pk, nora.pk], message="Please look")
    assert [message["channel"] for message in slack.messages] == ["DU0NORA", "DU0OMAR"]
    assert [attempt.detail for attempt in attempts] == [{"did": "Wrote to Nora Lind"}, {"did": "Wrote to Omar Aziz"}]


def test_an_incident_is_announced(slack: FakeSlack, incident: Incident, channel: str) -> None:
    place = announcing(slack)
    do(ANNOUNCE, incident, message="<!channel> We look into it")
    (message,) = slack.messages
    shown = json.dumps(message["blocks"], ensure_ascii=False)
    assert message["channel"] == place
    assert f"INC-{incident.number} Checkout is down!" in shown
    assert all(part in shown for part in ("Major", "Triage", f"<#{channel}>", "Take the lead", incident.pk))
    assert "<!channel>" not in shown


def test_an_announcement_can_be_changed_pinned_and_replied_to(slack: FakeSlack, incident: Incident) -> None:
    place = announcing(slack)
    do(ANNOUNCE, incident)
    do(UPDATE, incident, slack_message="announcement", message="It is over")
    do(REPLY, incident, message="Thank you")
    do(PIN, incident)
    (attempt,) = do(PIN, incident, slack_message="announcement")
    first, second = slack.messages
    assert (first["text"], second["thread_ts"]) == ("It is over", first["ts"])
    assert [pin[0] for pin in slack.pins] == [place, place]
    assert attempt.outcome == Outcome.DONE


def test_a_hub_that_announces_nowhere_says_so(slack: FakeSlack, incident: Incident) -> None:
    with pytest.raises(StepFailed, match="No announcement channel is set"):
        planned(ANNOUNCE, incident)


@pytest.mark.parametrize(
    ("link", "thread"),
    [
        ("https://acme.slack.com/archives/C0GENERAL/p2100000000000001", "2100000000.000001"),
        (
            "https://acme.slack.com/archives/C0GENERAL/p2100000000000009?thread_ts=2100000000.000001&cid=C0GENERAL",
            "2100000000.000001",
        ),
        ("C0GENERAL:2100000000.000001", "2100000000.000001"),
    ],
)
def test_a_message_is_named_by_its_link(slack: FakeSlack, incident: Incident, link: str, thread: str) -> None:
    slack.channels["C0GENERAL"] = {"id": "C0GENERAL", "name": "general"}
    do(REPLY, incident, slack_message=link, message="We are on it")
    assert (slack.messages[0]["channel"], slack.messages[0]["thread_ts"]) == ("C0GENERAL", thread)


@pytest.mark.parametrize(
    ("name", "args", "complaint"),
    [
        (POST, {"channel": "C0GENERAL"}, "Message is not set"),
        (POST, {"message": "Hello"}, "has no Slack channel yet"),
        (POST, {"channel": "C0GENERAL", "message": "Hello", "timezone": "Mars"}, "is no time zone"),
        (DIRECT, {"recipients": [], "message": "Hello"}, "Nobody to write to"),
        (REPLY, {"message": "Hello"}, "The hub said nothing at Slack for INC-"),
        (PIN, {"slack_message": "announcement"}, "The hub did not announce INC-"),
        (PIN, {"slack_message": "https://example.com/"}, "is no link to a Slack message"),
    ],
)
def test_what_cannot_be_said_is_told(
    slack: FakeSlack, incident: Incident, name: str, args: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        planned(name, incident, **args)


def test_a_long_message_is_cut_into_blocks(slack: FakeSlack, incident: Incident, channel: str) -> None:
    do(POST, incident, message="word " * 20_000)
    (message,) = slack.messages
    assert len(message["text"]) <= 35_000
    assert max(len(block["text"]["text"]) for block in message["blocks"]) <= 3_000
    assert len(message["blocks"]) <= 50


# ---- private incidents


@pytest.mark.parametrize("name", [POST, REPLY, UPDATE])
def test_nothing_of_a_private_incident_is_said_elsewhere(slack: FakeSlack, private: Incident, name: str) -> None:
    do(CREATE, private)
    with pytest.raises(StepFailed, match="is private: nothing of it is said outside its own private channel"):
        planned(name, private, channel="C0GENERAL", slack_message="C0GENERAL:2100000000.000001", message="Leak")


def test_a_private_incident_is_not_announced(slack: FakeSlack, private: Incident) -> None:
    announcing(slack)
    with pytest.raises(StepFailed, match="is private: it is not announced"):
        planned(ANNOUNCE, private)


def test_a_private_incident_has_its_own_channel_to_talk_in(slack: FakeSlack, private: Incident) -> None:
    do(CREATE, private)
    (attempt,) = do(POST, private, message="Between us")
    assert attempt.outcome == Outcome.DONE


def test_only_members_are_written_to(slack: FakeSlack, private: Incident, nora: User, omar: User) -> None:
    (attempt,) = do(DIRECT, private, recipients=[nora.pk, omar.pk], message="Between us")
    assert attempt.detail == {"did": "Wrote to Nora Lind\nLeft out Omar Aziz, who may not see this private incident"}
    assert [message["channel"] for message in slack.messages] == ["DU0NORA"]


@pytest.mark.parametrize("name", [POST, ANNOUNCE])
def test_what_became_private_meanwhile_is_not_said(
    slack: FakeSlack, incident: Incident, channel: str, name: str
) -> None:
    announcing(slack)
    (call,) = planned(name, incident, message="Leak")
    Incident.objects.update(visibility="private")
    assert (made(name, call).outcome, slack.messages) == (Outcome.REFUSED, [])


def test_who_lost_access_meanwhile_is_not_written_to(slack: FakeSlack, incident: Incident, nora: User) -> None:
    (call,) = planned(DIRECT, incident, recipients=[nora.pk], message="Leak")
    Incident.objects.update(visibility="private")
    assert (made(DIRECT, call).outcome, slack.messages) == (Outcome.REFUSED, [])
