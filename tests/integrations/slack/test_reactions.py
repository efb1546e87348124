"""Reactions in an incident's channel: pinning a message, making it an action; once, and only there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from events.models import Event
from events.record import fold
from incidents.channels import record_channel
from incidents.models import Action, Attachment, Incident
from incidents.participants import participants_of
from integrations.models import RemoteObject
from integrations.slack.reactions import REACTION
from tests.conftest import SYSTEM
from tests.integrations.slack.fake import BOT, FakeSlack, Fault, payload, said
from tests.integrations.slack.speaking import event
from tests.receiver import answer
from tests.workflows.asking import ask, on
from tests.workflows.writing import asking, step
from workflows.facts import timelines
from workflows.models import RunState, WorkflowRun

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


def reads() -> "QuerySet[RemoteObject]":
    """The messages that were to be read."""
    return RemoteObject.objects.filter(kind=REACTION)


def recorded() -> list[Event]:
    return list(Event.objects.filter(type="slack_reaction.added").order_by("id"))


def test_a_pin_attaches_the_message(slack: FakeSlack, talked_about: Incident, drain: Drain, nora: User) -> None:
    react()
    assert slack.calls == []
    drain()
    (attachment,) = talked_about.attachments.all()
    assert (attachment.title, attachment.permalink) == ("We restart the checkout", LINK)


def test_what_is_pinned_in_the_channel_is_attached_once(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    for _ in range(2):
        assert event(payload("pin_added")).status_code == 200
    drain()
    react()
    drain()
    assert (talked_about.attachments.get().permalink, reads().count()) == (LINK, 1)


@pytest.mark.parametrize(
    "more",
    [
        {"channel_id": "C0ELSEWHERE"},
        {"channel_id": None},
        {"user": ""},
        {"item": {"type": "file", "file": {"id": "F0"}}},
        {"item": []},
    ],
)
def test_other_pins_mean_nothing(slack: FakeSlack, talked_about: Incident, drain: Drain, more: Any) -> None:
    sent = payload("pin_added")
    sent["event"] |= more
    assert event(sent).status_code == 200
    drain()
    assert (slack.calls, reads().count()) == ([], 0)


def test_what_the_app_itself_pins_is_not_attached(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    sent = payload("pin_added")
    sent["event"]["user"] = BOT
    event(sent)
    drain()
    assert (reads().get().remote_id, talked_about.attachments.count()) == ("refused", 0)


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
    assert (slack.calls, Attachment.objects.count(), reads().count()) == ([], 0, 0)


def test_strangers_pin_nothing(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    react(user="U0STRANGER")
    drain()
    assert reads().get().remote_id == "refused"
    assert not Attachment.objects.exists()


def test_whoever_may_not_pin_keeps_nobody_from_it(slack: FakeSlack, talked_about: Incident, drain: Drain) -> None:
    react(user="U0STRANGER")
    drain()
    react(user="U0STRANGER", event_ts="1465244571.000001")
    assert reads().get().remote_id == "refused"
    react()
    drain()
    assert (reads().get().remote_id, talked_about.attachments.get().permalink) == ("done", LINK)


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
    row = reads().get()
    assert (row.remote_id, row.state["why"]) == ("refused", "The message is not there any more")


def test_what_was_forgotten_is_read_with_the_next_reaction(
    slack: FakeSlack, talked_about: Incident, drain: Drain
) -> None:
    slack.faults["conversations.history"] = [Fault(answer(500))]
    react()
    drain()
    reads().update(created_at=reads().get().created_at - timedelta(hours=1))
    react("tada")
    drain()
    assert talked_about.attachments.count() == 1


def test_each_reaction_is_an_event_of_the_incident_once(slack: FakeSlack, talked_about: Incident, nora: User) -> None:
    react("tada::skin-tone-3")
    (event,) = recorded()
    said = {"reaction": "tada", "channel": CHANNEL, "ts": TS, "slack_user_id": "U0NORA", "user_id": nora.id}
    assert fold([event]) == said
    assert (event.incident_id, event.actor_id, event.number) == (talked_about.id, nora.id, 1)
    react("tada", event_ts="1465244999.000001")  # taken away, and added again
    react("eyes")
    assert [event.changes["reaction"][1] for event in recorded()] == ["tada", "tada", "eyes"]


def test_a_reaction_changes_nothing_of_the_incident(slack: FakeSlack, talked_about: Incident, nora: User) -> None:
    before = Incident.objects.get(pk=talked_about.pk).updated_at
    react("tada")
    assert Incident.objects.get(pk=talked_about.pk).updated_at == before
    state = timelines([talked_about.pk])[talked_about.pk]
    assert (state.changed_at, nora.id in state.active_participants) == (before, True)
    assert nora.id in [participant.user.id for participant in participants_of(talked_about.pk)]


def test_reactions_elsewhere_are_no_events(slack: FakeSlack, talked_about: Incident) -> None:
    react("tada", item={"type": "message", "channel": "C0ELSEWHERE", "ts": TS})
    assert recorded() == []


def test_a_stranger_s_reaction_is_nobody_s_until_they_are_known(
    slack: FakeSlack, talked_about: Incident, drain: Drain, omar: User
) -> None:
    slack.users[omar.email] = "U0OMAR"
    react("tada", user="U0OMAR")
    drain()
    react("eyes", user="U0OMAR", item_user="U0NORA")
    first, second = recorded()
    assert (first.actor_label, first.actor_id, "user_id" in first.changes) == ("Somebody at Slack", "", False)
    assert (second.actor_id, second.changes["user_id"]) == (omar.id, [None, omar.id])
    assert second.changes["author_id"][1] == User.objects.get(slack_user_id="U0NORA").id


def waiting(*asked: dict[str, Any], **said: Any) -> None:
    """A workflow that waits for reactions, if what is asked is so."""
    groups = [{"conditions": list(asked)}] if asked else []
    said |= {"condition_groups": groups, "runs_on_incidents": "newly_created_and_active"}
    on("slack.message_reaction_added", **said)


def test_a_reaction_starts_a_workflow_that_replies(
    slack: FakeSlack, talked_about: Incident, settle: Drain, nora: User
) -> None:
    slack.channels[CHANNEL] = {"id": CHANNEL, "name": "inc-1"}
    told = [{"value": {"reference": "slack_message"}}, {"value": {"literal": "{{ user.name }}: {{ reaction }}"}}]
    asked = [asking("reaction", "one_of", "eyes"), asking("user", "one_of", nora.id)]
    asked += [asking("slack_message.channel", "one_of", CHANNEL)]
    waiting(*asked, steps=[step("slack.reply_in_thread", *told)])
    react("tada")
    react("eyes")
    settle()
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert [(one["thread_ts"], one["text"]) for one in slack.messages[1:]] == [(TS, f"{nora.name}: eyes")]


@pytest.mark.parametrize("reference", ["reaction", "user", "slack_message.author", "slack_message.channel"])
def test_conditions_decide_which_reactions_start_it(
    slack: FakeSlack, talked_about: Incident, omar: User, reference: str
) -> None:
    value = {"reaction": "tada", "slack_message.channel": "C0ELSEWHERE"}.get(reference, omar.id)
    waiting(asking(reference, "is_set"), asking(reference, "not_in", value), name="others")
    waiting(asking(reference, "one_of", value), name="this one")
    react("eyes", item_user="U0NORA")
    assert [run.workflow.name for run in ask()] == ["others"]


def test_reactions_on_a_private_incident_start_what_may_see_it(slack: FakeSlack, private: Incident) -> None:
    record_channel(SYSTEM, private.id, channel_id=CHANNEL, name="inc-2", team_id="T061EG9R6")
    waiting(name="no")
    waiting(name="yes", private_incident_scope="all")
    react("eyes")
    assert [(run.workflow.name, run.incident_id) for run in ask()] == [("yes", private.id)]
