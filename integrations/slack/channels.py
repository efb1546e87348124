"""An incident's own channel: made once, found again by its name, filled with people, and given a topic."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.models import User
from incidents.channels import record_channel
from incidents.models import Incident, Visibility
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Step, StepFailed
from integrations.models import RemoteObject
from integrations.slack.client import TOOL, NotDone, Slack, items_in, mapping_in, text_in
from integrations.slack.naming import channel_name
from integrations.slack.people import slack_id_of
from integrations.slack.told import USERS, Body, actor_of, call, hidden_from, is_private, listed, making, people_of
from integrations.told import INCIDENT_PARAM, incident_of, known, text_of, texts_of
from integrations.types import SLACK_USER_GROUP, TEMPLATED_TEXT

CHANNEL = "channel"
LONGEST_TOPIC = 250
MOST_INVITED = 100
# docs.slack.dev/reference/methods/conversations.unarchive: no bot may; whom archiving takes out, it leaves out.
TAKING_BACK = (
    "Slack lets no bot unarchive a channel: have a member of the workspace do it (Directories, Channels, Archived "
    "channels) and invite the app there, then try again"
)
UNSEEN = f"this app does not see: somebody's private one, or one that is archived. {TAKING_BACK}"
IN_ALREADY = ("already_in_channel", "cant_invite_self")
_GROUPS = Param("groups", "Slack User Group(s)", SLACK_USER_GROUP, array=True)


def own_channel(incident: Incident) -> str:
    """The id of the incident's channel.

    Raises:
        StepFailed: it has none yet.
    """
    if not incident.slack_channel_id:
        raise StepFailed(f"{incident.reference} has no Slack channel yet: put slack.create_channel before this step")
    return incident.slack_channel_id


def is_closed(incident: Incident) -> bool:
    """Whether the incident's channel is a private one that the hub made: nobody reads it who was not let in."""
    made = RemoteObject.objects.filter(tool=TOOL, kind=CHANNEL, subject_type="incident", subject_id=incident.pk).first()
    return made is not None and made.remote_id == incident.slack_channel_id and bool(made.state.get("is_private"))


# ---- making it


def _plan_channel(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    if incident.slack_channel_id:
        return []
    private = incident.visibility == Visibility.PRIVATE
    return [call(doing, incident_id=incident.id, name=channel_name(incident), is_private=private)]


def _make_channel(slack: Slack, body: Body, key: str) -> Attempt:
    incident, name = known(body["incident_id"]), body["name"]
    if incident.slack_channel_id:  # an earlier attempt got this far
        return Attempt(Outcome.DONE, remote_id=incident.slack_channel_id, detail={"did": "It has a channel already"})
    private = incident.visibility == Visibility.PRIVATE
    said = slack.write("conversations.create", fine=("name_taken",), name=name, is_private=private)
    channel = mapping_in(said.data, "channel") if not said.error else _found(slack, name, private=private)
    channel_id, called = text_in(channel, "id"), text_in(channel, "name") or name
    if not channel_id:
        raise NotDone(Attempt(Outcome.FAILED, "Slack's answer names no channel"))
    _keep(body, incident, channel)
    return said.done(f"{'Found' if said.error else 'Created'} the channel #{called}", channel_id)


def _found(slack: Slack, name: str, *, private: bool) -> Mapping[str, Any]:
    """The channel of this name, if this app made it and it is open: an earlier attempt whose answer got lost."""
    channel = _called(slack, name, exclude_archived="true") or _archived(slack, name)
    if channel is None:
        raise NotDone(Attempt(Outcome.REFUSED, f"#{name} is taken by a channel that {UNSEEN}"))
    if text_in(channel, "creator") != text_in(slack.read("auth.test"), "user_id"):
        raise NotDone(Attempt(Outcome.REFUSED, f"#{name} is taken by a channel that this app did not make"))
    if private and not channel.get("is_private"):
        raise NotDone(Attempt(Outcome.REFUSED, f"#{name} is public, and the incident is private"))
    if channel.get("is_archived"):
        raise NotDone(Attempt(Outcome.REFUSED, f"#{name}, which this app made, is archived. {TAKING_BACK}"))
    return channel


def _called(slack: Slack, name: str, **params: str) -> Mapping[str, Any] | None:
    """The channel of this name, if the app sees one."""
    kinds = "public_channel,private_channel"
    listed_ones = slack.pages("conversations.list", "channels", types=kinds, limit=1000, **params)
    return next((one for one in listed_ones if text_in(one, "name") == name), None)


def _archived(slack: Slack, name: str) -> Mapping[str, Any] | None:
    """The channel of this name among all there ever were. These may be more than Slack tells in time; to know it is
    worth no further attempt, for the channel is of no use as it is.
    """
    try:
        return _called(slack, name)
    except NotDone:
        return None


def _keep(body: Body, incident: Incident, channel: Mapping[str, Any]) -> None:
    channel_id, name = text_in(channel, "id"), text_in(channel, "name") or body["name"]
    if Incident.objects.filter(slack_channel_id=channel_id).exclude(pk=incident.pk).exists():
        raise NotDone(Attempt(Outcome.REFUSED, f"#{name} is another incident's channel"))
    team_id = text_in(channel, "context_team_id")
    if not record_channel(actor_of(body), incident.id, channel_id=channel_id, name=name, team_id=team_id):
        raise NotDone(Attempt(Outcome.REFUSED, f"The incident has another channel; #{name} is not used"))
    RemoteObject.objects.update_or_create(
        tool=TOOL,
        kind=CHANNEL,
        subject_type="incident",
        subject_id=incident.id,
        defaults={"remote_id": channel_id, "state": {"name": name, "is_private": bool(channel.get("is_private"))}},
    )


# ---- inviting people


def _plan_invitations(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    own_channel(incident)
    people, groups = people_of(args, USERS.name), texts_of(args, _GROUPS.name)
    hidden = hidden_from(incident.id, people)
    names = [user.name for user in hidden]
    told: dict[str, Any] = {"incident_id": incident.id, "left_out": names}
    calls = [call(doing, user_id=user.id, **told) for user in people if user not in hidden]
    calls += [call(doing, group=group, **told) for group in groups]
    if not calls:
        raise StepFailed(f"{listed(names)} may not see this private incident" if names else "Nobody to invite")
    return calls


def _invite(slack: Slack, body: Body, key: str) -> Attempt:
    """One call for each person, since a list stops at the first who cannot be invited; of a group those who can be."""
    incident = known(body["incident_id"])
    if "group" in body:
        return _invite_group(slack, incident, body)
    user = User.objects.filter(pk=body["user_id"], is_active=True).first()
    if user is None or hidden_from(incident.id, [user]):
        raise NotDone(Attempt(Outcome.REFUSED, "Somebody who left, or may not see this private incident"))
    slack_user_id = slack_id_of(slack, actor_of(body), user)
    said = slack.write("conversations.invite", fine=IN_ALREADY, channel=own_channel(incident), users=slack_user_id)
    did = f"{user.name} is in the channel already" if said.error else f"Invited {user.name}"
    return said.done("\n".join([did, *_left_out(body)]), slack_user_id)


def _invite_group(slack: Slack, incident: Incident, body: Body) -> Attempt:
    group = body["group"]
    data = slack.read("usergroups.users.list", usergroup=group)
    ids = [one for one in data.get("users", []) if isinstance(one, str)]
    if is_private(incident.id):
        members = User.objects.filter(slack_user_id__in=ids, memberships__incident=incident)
        ids = list(members.values_list("slack_user_id", flat=True))
    if not ids:
        raise NotDone(Attempt(Outcome.REFUSED, f"Nobody of the group {group} may be invited"))
    for start in range(0, len(ids), MOST_INVITED):
        users = ",".join(ids[start : start + MOST_INVITED])
        channel = own_channel(incident)
        said = slack.write("conversations.invite", fine=IN_ALREADY, channel=channel, users=users, force=True)
    left = [text_in(one, "user") for one in items_in(said.data, "errors") if text_in(one, "error") not in IN_ALREADY]
    did = f"Invited the group {group}" + (f", but not {listed(left)}" if left else "")
    return said.done("\n".join([did, *_left_out(body)]))


def _left_out(body: Body) -> list[str]:
    names = body["left_out"]
    return [f"Left out {listed(names)}, who may not see this private incident"] if names else []


# ---- the topic


def _plan_topic(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    own_channel(incident)
    topic = " ".join(text_of(args, "topic").split()) or _usual_topic(doing, incident)
    return [call(doing, incident_id=incident.id, topic=topic[:LONGEST_TOPIC])]


def _usual_topic(doing: Doing, incident: Incident) -> str:
    severity = doing.words.severities[incident.severity_id].name if incident.severity_id else ""
    status = doing.words.statuses[incident.incident_status_id].name
    return " · ".join(part for part in (incident.reference, severity, status, incident.name) if part)


def _set_topic(slack: Slack, body: Body, key: str) -> Attempt:
    incident = known(body["incident_id"])
    if is_private(incident.id) and not is_closed(incident):
        raise NotDone(Attempt(Outcome.REFUSED, "The incident is private, and its channel is not"))
    said = slack.write("conversations.setTopic", channel=own_channel(incident), topic=body["topic"])
    return replace(said.done(f"The topic is now: {body['topic']}"), remote_id=own_channel(incident))


CREATE_CHANNEL = Step(
    "slack.create_channel",
    "Create the incident's Slack channel",
    (INCIDENT_PARAM,),
    plan=_plan_channel,
    make=making(_make_channel),
    repeats=Repeat.HANDLE,
)
INVITE_USER = Step(
    "slack.invite_user",
    "Invite user or group to the incident's channel",
    (INCIDENT_PARAM, USERS, _GROUPS),
    plan=_plan_invitations,
    make=making(_invite),
    repeats=Repeat.HANDLE,
)
SET_TOPIC = Step(
    "slack.set_topic",
    "Set the topic of the incident's channel",
    (INCIDENT_PARAM, Param("topic", "Topic", TEMPLATED_TEXT)),
    plan=_plan_topic,
    make=making(_set_topic),
    repeats=Repeat.HANDLE,
)
