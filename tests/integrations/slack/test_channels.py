"""An incident's own channel: made once, found again, filled with those who may see it."""

import json
from collections.abc import Callable

import pytest

from accounts.models import User
from events.models import Event
from incidents.models import Incident
from integrations.base import Outcome, StepFailed
from tests.incidents.folding import folded, stored
from tests.integrations.slack.fake import BOT, FakeSlack, Fault, said
from tests.integrations.slack.stepping import do, made, planned
from tests.receiver import Behaviour, answer, silence
from tests.workflows.asking import NOTE, on
from tests.workflows.steps.doing import WORKFLOW
from tests.workflows.writing import step
from workflows.models import Effect, RunState, WorkflowRun

Declare = Callable[..., Incident]
CREATE, INVITE, TOPIC = "slack.create_channel", "slack.invite_user", "slack.set_topic"
TRIED_LATER = ("ratelimited", "500", "silence")


def test_a_workflow_makes_the_channel_and_invites_people(
    slack: FakeSlack, declare: Declare, settle: Callable[[], None], nora: User
) -> None:
    invite = step(INVITE, {}, {"array_value": [{"literal": nora.pk}]}) | {"id": "invite"}
    on("incident.created", steps=[step(CREATE), invite, {**NOTE, "id": "note"}])
    incident = declare(name="Checkout is down!")
    settle()
    incident.refresh_from_db()
    assert WorkflowRun.objects.get().state == RunState.COMPLETE
    assert slack.channels[incident.slack_channel_id]["name"] == f"inc-{incident.number}-checkout-is-down"
    assert slack.members == {incident.slack_channel_id: ["U0NORA"]}
    assert incident.actions.count() == 1
    assert set(Effect.objects.values_list("target", flat=True)) == {"slack"}


def test_the_incident_knows_its_channel_and_who_made_it(slack: FakeSlack, incident: Incident) -> None:
    (attempt,) = do(CREATE, incident)
    assert attempt.detail == {"did": f"Created the channel #inc-{incident.number}-checkout-is-down"}
    assert (attempt.remote_id, incident.slack_team_id) == (incident.slack_channel_id, "T061EG9R6")
    event = Event.objects.filter(subject_id=incident.pk).latest("number")
    assert (event.actor_id, event.changes["slack_channel_id"]) == (WORKFLOW.id, ["", incident.slack_channel_id])
    assert folded(incident) == stored(incident)


def test_an_incident_with_a_channel_gets_no_other(slack: FakeSlack, incident: Incident) -> None:
    do(CREATE, incident)
    assert do(CREATE, incident) == []
    assert len(slack.channels) == 1


def test_a_channel_whose_answer_got_lost_is_found_again(slack: FakeSlack, incident: Incident) -> None:
    slack.channel("general", creator="U0SOMEBODY")
    (call,) = planned(CREATE, incident)
    lost = slack.channel(json.loads(call.body)["name"])
    attempt = made(CREATE, call)
    assert (attempt.outcome, attempt.remote_id) == (Outcome.DONE, lost)
    assert len(slack.channels) == 2


def test_somebody_elses_channel_is_left_alone(slack: FakeSlack, declare: Declare) -> None:
    incident = declare(slack_channel_name="General")
    slack.channel("general", creator="U0SOMEBODY")
    (attempt,) = do(CREATE, incident)
    assert (attempt.outcome, incident.slack_channel_id) == (Outcome.REFUSED, "")
    assert attempt.error == "#general is taken by a channel that this app did not make"


def test_a_channel_that_was_archived_is_said_to_be(slack: FakeSlack, incident: Incident) -> None:
    (call,) = planned(CREATE, incident)
    name = json.loads(call.body)["name"]
    slack.channel("general", creator="U0SOMEBODY")
    archived = slack.channel(name, is_archived=True)
    attempt = made(CREATE, call)
    assert (attempt.outcome, len(slack.channels)) == (Outcome.REFUSED, 2)
    assert attempt.error.startswith(f"#{name}, which this app made, is archived. Slack lets no bot unarchive")
    slack.channels[archived]["is_archived"] = False
    assert made(CREATE, call).remote_id == archived


def test_somebody_elses_archived_channel_is_left_alone(slack: FakeSlack, declare: Declare) -> None:
    slack.channel("general", creator="U0SOMEBODY", is_archived=True)
    (attempt,) = do(CREATE, declare(slack_channel_name="General"))
    assert attempt.error == "#general is taken by a channel that this app did not make"


def test_a_private_channel_that_was_archived_is_not_seen(slack: FakeSlack, private: Incident) -> None:
    (call,) = planned(CREATE, private)
    slack.channel(json.loads(call.body)["name"], is_archived=True, is_private=True)
    attempt = made(CREATE, call)
    assert attempt.outcome == Outcome.REFUSED
    assert "this app does not see: somebody's private one, or one that is archived" in attempt.error


@pytest.mark.parametrize("fault", [said("ratelimited", retry_after="30"), answer(500), silence], ids=TRIED_LATER)
def test_what_is_archived_is_not_waited_for(slack: FakeSlack, incident: Incident, fault: Behaviour) -> None:
    (call,) = planned(CREATE, incident)
    slack.channel(json.loads(call.body)["name"], is_archived=True)
    slack.faults["conversations.list"] = [Fault(answer(200, b'{"ok": true, "channels": []}')), Fault(fault)]
    attempt = made(CREATE, call, seconds=0.5)
    assert (attempt.outcome, "this app does not see" in attempt.error) == (Outcome.REFUSED, True)


@pytest.mark.parametrize("fault", [said("ratelimited", retry_after="30"), answer(500), silence], ids=TRIED_LATER)
def test_what_is_open_is_looked_for_again(slack: FakeSlack, incident: Incident, fault: Behaviour) -> None:
    (call,) = planned(CREATE, incident)
    lost = slack.channel(json.loads(call.body)["name"])
    slack.faults["conversations.list"] = [Fault(fault)]
    assert made(CREATE, call, seconds=0.5).outcome == Outcome.FAILED
    assert made(CREATE, call).remote_id == lost


def test_two_incidents_do_not_share_a_channel(slack: FakeSlack, declare: Declare) -> None:
    first, second = declare(slack_channel_name="war-room"), declare(slack_channel_name="war-room")
    do(CREATE, first)
    (attempt,) = do(CREATE, second)
    assert attempt.error == "#war-room is another incident's channel"
    assert second.slack_channel_id == ""


def test_a_private_incident_gets_a_private_channel(slack: FakeSlack, private: Incident) -> None:
    do(CREATE, private)
    assert slack.channels[private.slack_channel_id]["is_private"] is True


def test_a_private_incident_takes_no_public_channel(slack: FakeSlack, private: Incident) -> None:
    (call,) = planned(CREATE, private)
    slack.channel(json.loads(call.body)["name"])
    assert made(CREATE, call).outcome == Outcome.REFUSED


def test_people_are_found_by_their_address_and_remembered(slack: FakeSlack, incident: Incident, omar: User) -> None:
    slack.users[omar.email] = "U0OMAR"
    do(CREATE, incident)
    (attempt,) = do(INVITE, incident, users=[omar.pk])
    omar.refresh_from_db()
    assert (attempt.detail, omar.slack_user_id) == ({"did": "Invited Omar Aziz"}, "U0OMAR")
    do(INVITE, incident, users=[omar.pk])
    assert len(slack.called("users.lookupByEmail")) == 1


@pytest.mark.parametrize("about", [{"team_id": "T0OTHER"}, {"is_stranger": True}], ids=str)
def test_people_of_other_workspaces_are_not_ours(
    slack: FakeSlack, incident: Incident, omar: User, about: dict[str, object]
) -> None:
    slack.users[omar.email], slack.about_users = "U0MALLORY", about
    do(CREATE, incident)
    (attempt,) = do(INVITE, incident, users=[omar.pk])
    assert (attempt.error, slack.members) == ("Nobody at Slack has the address omar@example.com", {})


def test_a_channel_that_was_written_down_is_not_made_again(slack: FakeSlack, incident: Incident) -> None:
    (call,) = planned(CREATE, incident)
    first, second = made(CREATE, call), made(CREATE, call)
    assert (first.remote_id, len(slack.calls)) == (second.remote_id, 1)


def test_whoever_is_there_already_is_no_failure(slack: FakeSlack, incident: Incident, nora: User) -> None:
    do(CREATE, incident)
    do(INVITE, incident, users=[nora.pk])
    (attempt,) = do(INVITE, incident, users=[nora.pk])
    assert (attempt.outcome, attempt.detail) == (Outcome.DONE, {"did": "Nora Lind is in the channel already"})


def test_the_app_need_not_be_invited(slack: FakeSlack, incident: Incident, nora: User) -> None:
    do(CREATE, incident)
    User.objects.filter(pk=nora.pk).update(slack_user_id=BOT)
    (attempt,) = do(INVITE, incident, users=[nora.pk])
    assert attempt.outcome == Outcome.DONE


def test_one_who_cannot_be_invited_does_not_stop_the_others(
    slack: FakeSlack, incident: Incident, nora: User, omar: User
) -> None:
    do(CREATE, incident)
    nobody, invited = do(INVITE, incident, users=[omar.pk, nora.pk])
    assert (nobody.outcome, nobody.error) == (Outcome.REFUSED, "Nobody at Slack has the address omar@example.com")
    assert invited.outcome == Outcome.DONE


def test_groups_are_invited(slack: FakeSlack, incident: Incident) -> None:
    slack.groups["S0ONCALL"] = ["U1", "U2"]
    do(CREATE, incident)
    (attempt,) = do(INVITE, incident, users=[], groups=["S0ONCALL"])
    assert attempt.detail == {"did": "Invited the group S0ONCALL"}
    assert slack.members[incident.slack_channel_id] == ["U1", "U2"]
    assert slack.called("conversations.invite")[0]["force"] is True


def test_only_members_are_invited_to_a_private_incident(
    slack: FakeSlack, private: Incident, nora: User, omar: User
) -> None:
    slack.groups["S0ONCALL"] = ["U0NORA", "U2"]
    do(CREATE, private)
    attempt, group = do(INVITE, private, users=[nora.pk, omar.pk], groups=["S0ONCALL"])
    assert slack.members[private.slack_channel_id] == ["U0NORA"]
    assert attempt.detail == {"did": "Invited Nora Lind\nLeft out Omar Aziz, who may not see this private incident"}
    assert group.outcome == Outcome.DONE


def test_nobody_who_may_see_it_is_told(slack: FakeSlack, private: Incident, omar: User) -> None:
    do(CREATE, private)
    with pytest.raises(StepFailed, match="Omar Aziz may not see this private incident"):
        planned(INVITE, private, users=[omar.pk])


@pytest.mark.parametrize("name", [INVITE, TOPIC])
def test_an_incident_without_a_channel_is_told(slack: FakeSlack, incident: Incident, nora: User, name: str) -> None:
    with pytest.raises(StepFailed, match=r"has no Slack channel yet: put slack\.create_channel before"):
        planned(name, incident, users=[nora.pk])


def test_the_topic_says_how_it_stands(slack: FakeSlack, incident: Incident) -> None:
    do(CREATE, incident)
    do(TOPIC, incident)
    topic = slack.channels[incident.slack_channel_id]["topic"]["value"]
    assert topic == f"INC-{incident.number} · Major · Triage · Checkout is down!"


def test_a_topic_is_cut_where_slack_ends(slack: FakeSlack, incident: Incident) -> None:
    do(CREATE, incident)
    do(TOPIC, incident, topic="wörd " * 100)
    assert len(slack.channels[incident.slack_channel_id]["topic"]["value"]) == 250


def test_a_topic_does_not_tell_of_what_became_private(slack: FakeSlack, incident: Incident) -> None:
    do(CREATE, incident)
    (call,) = planned(TOPIC, incident)
    Incident.objects.update(visibility="private")
    assert made(TOPIC, call).outcome == Outcome.REFUSED
    assert slack.called("conversations.setTopic") == []


def test_a_hub_without_slack_says_so(incident: Incident) -> None:
    (call,) = planned(CREATE, incident)
    with pytest.raises(StepFailed, match="slack is not connected"):
        made(CREATE, call)
