"""Reactions in an incident's channel: pinning a message, making it an action; once, and only there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from incidents.channels import record_channel
from incidents.models import Action, Attachment, Incident
from integrations.models import RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.slack.fake import FakeSlack, Fault, payload, said
from tests.integrations.slack.speaking import event
from tests.receiver import answer

pytestmark = pytest.mark.usefixtures("nora")
CHANNEL, TS = "C0264KZ9A", "1464196127.000002"
LINK = "https://acme.slack.com/archives/C0264KZ9A/p1464196127000002"
Drain = Callable[[], None]


@pytest.fixture
def talked_about(slack: FakeSlack, incident: Incident) -> Incident:
    """An incident with a channel in which something was said."""
    record_channel(SYSTEM, incident.id, channel_id=CHANNEL, name="inc-1", team_id="T061EG9R6")
    slack.messages.append({"channel": CHANNEL, "ts": TS, "thread_ts": "", "text": "We restart\nthe checkout"})
    return incident


def react(emoji: str = "pushpin", **more: Any) -> None:
    sent = payload("reaction_added")
    sent["event"] |= {"reaction": emoji} | more
    for retry in ("0", "1"):
        assert event(sent, **{"x-slack-retry-num": retry}).status_code == 200


def test_a_pin_attaches_the_message(slack: FakeSlack, talked_about: Incident, drain: Drain, nora: User) -> None:
    react()
    assert slack.calls == []
    drain()
    (attachment,) = talked_about.attachments.all()
    assert (attachment.title, attachment.permalink) == ("We restart the checkout", LINK)


def test_a_check_mark_makes_an_action_once(slack: FakeSlack, talked_about: Incident, drain: Drain, omar: User) -> None:
    User.objects.filter(pk=omar.pk).update(slack_user_id="U0OMAR")
    react("white_check_mark::skin-tone-3")
    drain()
    react("white_check_mark", user="U0OMAR")
    drain()
    (action,) = Action.objects.all()
    assert (action.description, action.incident_id) == ("We restart\nthe checkout", talked_about.pk)


def test_a_message_in_a_thread_is_read_there(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    slack.messages[0]["thread_ts"] = "1464196000.000001"
    react()
    drain()
    assert talked_about.attachments.get().title == "We restart the checkout"


@pytest.mark.parametrize(
    ("emoji", "more"),
    [
        ("tada", {}),
        ("pushpin", {"item": {"type": "message", "channel": "C0ELSEWHERE", "ts": TS}}),
        ("pushpin", {"item": {"type": "file", "file": "F0"}}),
        ("", {}),
    ],
)
def test_other_reactions_mean_nothing(
    slack: FakeSlack, talked_about: Incident, drain: Drain, emoji: str, more: dict[str, Any]
) -> None:
    react(emoji, **more)
    drain()
    assert (slack.calls, Attachment.objects.count(), RemoteObject.objects.count()) == ([], 0, 0)


def test_strangers_pin_nothing(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    react(user="U0STRANGER")
    drain()
    assert RemoteObject.objects.get().remote_id == "refused"
    assert not Attachment.objects.exists()


def test_whoever_reacts_is_found_by_their_address(
    slack: FakeSlack, talked_about: Incident, drain: Drain, omar: User
) -> None:
    slack.users[omar.email] = "U0OMAR"
    react(user="U0OMAR")
    drain()
    omar.refresh_from_db()
    assert (omar.slack_user_id, talked_about.attachments.count()) == ("U0OMAR", 1)


def test_a_message_that_cannot_be_read_now_is_read_later(
    slack: FakeSlack, talked_about: Incident, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.slack.reactions.FIRST_WAIT_SECONDS", 0)
    slack.faults["conversations.history"] = [Fault(answer(500)), Fault(said("ratelimited"))]
    react()
    drain()
    assert talked_about.attachments.count() == 1


def test_a_message_that_is_gone_is_no_attachment(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    slack.messages.clear()
    react()
    drain()
    row = RemoteObject.objects.get()
    assert (row.remote_id, row.state["why"]) == ("refused", "The message is not there any more")


def test_what_was_forgotten_is_read_with_the_next_reaction(
    slack: FakeSlack, talked_about: Incident, drain: Drain
) -> None:
    slack.faults["conversations.history"] = [Fault(answer(500))]
    react()
    drain()
    RemoteObject.objects.update(created_at=RemoteObject.objects.get().created_at - timedelta(hours=1))
    react("tada")
    drain()
    assert talked_about.attachments.count() == 1
