"""After a fire drill nothing of it stands in Slack but an archived channel."""

from typing import Any

import pytest

from incidents.models import Incident
from integrations.base import Made, Remains, StepFailed
from integrations.slack.tidying import tidy_up
from tests.integrations.slack.fake import FakeSlack, Fault, said
from tests.integrations.slack.stepping import made, planned
from tests.receiver import answer, reset_in_mid_answer, silence

FAULTS = {
    "missing scope": Fault(said("missing_scope")),
    "not allowed": Fault(said("restricted_action")),
    "401": Fault(answer(401)),
    "429": Fault(answer(429, retry_after="30")),
    "500": Fault(answer(500)),
    "done, and 500": Fault(answer(500), after=True),
    "silence": Fault(silence),
    "done, and silence": Fault(silence, after=True),
    "done, and reset": Fault(reset_in_mid_answer, after=True),
}
SECONDS = 0.4


@pytest.fixture
def drilled(slack: FakeSlack, incident: Incident) -> Remains:
    """A channel with something in it, something elsewhere with an answer, and a word to nobody else."""
    elsewhere = slack.channel("everybody")
    _do("slack.create_channel", incident, "a")
    incident.refresh_from_db()
    here = _do("slack.post_message", incident, "b", message="Here")
    there = _do("slack.post_message", incident, "c", channel=elsewhere, message="There", threaded_message="More")
    return Remains(incident, [*here, *there], SECONDS)


def _do(name: str, incident: Incident, key: str, **args: Any) -> list[Made]:
    calls = planned(name, incident, **args)
    return [Made(name, key, one.body, made(name, one, key=key).remote_id) for one in calls]


def left(slack: FakeSlack) -> list[str]:
    """What stands in channels that are open."""
    return [one["text"] for one in slack.messages if not slack.channels[one["channel"]].get("is_archived")]


def test_what_was_said_is_deleted_and_the_channel_archived(slack: FakeSlack, drilled: Remains) -> None:
    assert tidy_up(drilled) == f"Deleted 2 messages; Archived #{drilled.incident.slack_channel_name}"
    assert left(slack) == []
    assert slack.channels[drilled.incident.slack_channel_id]["is_archived"]


def test_an_answer_goes_before_what_it_answers(slack: FakeSlack, drilled: Remains) -> None:
    parent = next(one["ts"] for one in slack.messages if one["text"] == "There")
    tidy_up(drilled)
    assert [call["ts"] for call in slack.called("chat.delete")][-1] == parent


def test_it_may_be_done_again(slack: FakeSlack, drilled: Remains) -> None:
    assert tidy_up(drilled) == tidy_up(drilled)
    assert left(slack) == []


def test_what_somebody_took_away_is_gone(slack: FakeSlack, drilled: Remains) -> None:
    slack.messages.clear()
    del slack.channels[drilled.incident.slack_channel_id]
    assert tidy_up(drilled).startswith("Deleted 2 messages")


def test_where_nothing_was_made_nothing_is_asked(slack: FakeSlack, incident: Incident) -> None:
    assert tidy_up(Remains(incident, [], SECONDS)) == ""
    assert slack.calls == []


def test_a_channel_that_people_gave_the_incident_stays(slack: FakeSlack, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(slack_channel_id=slack.channel("ours"))
    incident.refresh_from_db()
    assert tidy_up(Remains(incident, [], SECONDS)) == ""
    assert slack.called("conversations.archive") == []


@pytest.mark.parametrize("method", ["chat.delete", "conversations.archive"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_is_said_and_can_be_done_later(slack: FakeSlack, drilled: Remains, fault: str, method: str) -> None:
    slack.faults[method] = [FAULTS[fault]]
    with pytest.raises(StepFailed, match="still"):
        tidy_up(drilled)
    assert tidy_up(drilled)
    assert left(slack) == []


def test_a_message_that_stays_does_not_keep_the_channel_open(slack: FakeSlack, drilled: Remains) -> None:
    slack.faults["chat.delete"] = [Fault(said("cant_delete_message"))] * 2
    with pytest.raises(StepFailed, match="cant_delete_message"):
        tidy_up(drilled)
    assert slack.channels[drilled.incident.slack_channel_id]["is_archived"]
