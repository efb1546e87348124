"""Steps that say something at Slack, and change what was said."""

import re
from collections.abc import Callable
from typing import Any

from incidentio.core.vocabulary import STRING
from incidents.models import Incident
from integrations.base import Args, Attempt, Call, Doing, Param, Repeat, Step, StepFailed
from integrations.connections import account_of
from integrations.slack.channels import own_channel
from integrations.slack.client import TOOL, NotDone, Slack
from integrations.slack.messages import Message, announcement_of, message_of
from integrations.slack.mrkdwn import in_zone
from integrations.slack.posting import ANNOUNCEMENT, Place, check_readers, find, latest, make
from integrations.slack.told import Body, call, hidden_from, is_private, listed, making, needed, people_of
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.types import SLACK_CHANNEL, TEMPLATED_TEXT, USER

_CHANNEL = Param("channel", "Channel", SLACK_CHANNEL)
_MESSAGE = Param("message", "Message", TEMPLATED_TEXT)
_THREADED = Param("threaded_message", "Threaded Message", TEMPLATED_TEXT)
_TIMEZONE = Param("timezone", "Timezone", STRING)
_RECIPIENTS = Param("recipients", "Recipient(s)", USER, array=True)
_TO = Param("slack_message", "Slack message (its link; left out: the hub's last one for the incident)", STRING)
_LINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<rest>\d{6})")
_THREAD = re.compile(r"[?&]thread_ts=(\d{10}\.\d{6})")
_PLACE = re.compile(r"[CGD][A-Z0-9]{7,}:\d{10}\.\d{6}")


def _post(doing: Doing, message: Message, did: str, **more: Any) -> Call:
    """A call that says `message`, with what all such calls are told."""
    told: dict[str, Any] = {
        "incident_id": doing.incident_id,
        "thread_ts": "",
        "threaded": None,
        "is_announcement": False,
        "left_out": [],
    }
    at = more.get("channel") or more["user_id"]
    return call(doing, at=at, message=message, did=did, **(told | more))


def _text(args: Args, param: Param) -> str:
    return in_zone(needed(args, param), text_of(args, "timezone"))


def _check(incident_id: str | None, channel: str) -> None:
    """Refuse as soon as it is known that others would read of a private incident.

    Raises:
        StepFailed: they would.
    """
    try:
        check_readers(incident_id, channel)
    except NotDone as refusal:
        raise StepFailed(str(refusal)) from refusal


# ---- new messages


def _plan_post(doing: Doing, args: Args) -> list[Call]:
    channel = text_of(args, "channel") or own_channel(incident_of(doing, args))
    _check(doing.incident_id, channel)
    threaded = in_zone(text_of(args, "threaded_message"), text_of(args, "timezone"))
    more = {"channel": channel, "threaded": message_of(threaded) if threaded else None}
    return [_post(doing, message_of(_text(args, _MESSAGE)), "Posted in {channel}", **more)]


def _plan_direct(doing: Doing, args: Args) -> list[Call]:
    people, message = people_of(args, _RECIPIENTS.name), message_of(_text(args, _MESSAGE))
    hidden = hidden_from(doing.incident_id, people)
    names = listed([user.name for user in hidden])
    left_out = [f"Left out {names}, who may not see this private incident"] if hidden else []
    readers = [user for user in people if user not in hidden]
    if not readers:
        raise StepFailed(f"{names} may not see this private incident" if hidden else "Nobody to write to")
    return [_post(doing, message, f"Wrote to {user.name}", user_id=user.id, left_out=left_out) for user in readers]


def _plan_reply(doing: Doing, args: Args) -> list[Call]:
    place = _place(doing, args)
    _check(doing.incident_id, place.channel)
    thread = _THREAD.search(text_of(args, _TO.name))
    more = {"channel": place.channel, "thread_ts": thread[1] if thread else place.ts}
    return [_post(doing, message_of(_text(args, _MESSAGE)), "Replied in {channel}", **more)]


def _plan_announcement(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    if is_private(incident.id):
        raise StepFailed(f"{incident.reference} is private: it is not announced")
    channel = account_of(TOOL)["announcement_channel"]
    if not channel:
        raise StepFailed("No announcement channel is set: see Slack under Connections in the admin")
    text = in_zone(text_of(args, "message"), text_of(args, "timezone"))
    more = {"channel": channel, "incident_id": incident.id, "is_announcement": True}
    return [_post(doing, announcement_of(incident, doing.words, text), "Announced in {channel}", **more)]


# ---- messages there are


def _place(doing: Doing, args: Args) -> Place:
    """The message the step is about.

    Raises:
        StepFailed: nobody named one, and the hub said nothing for this incident.
    """
    said = text_of(args, _TO.name)
    if _PLACE.fullmatch(said):
        return Place.of(said)
    found = _LINK.search(said)
    if found is not None:
        return Place(found["channel"], f"{found['seconds']}.{found['rest']}")
    if said and said.lower() != ANNOUNCEMENT:
        raise StepFailed(f"{said[:100]!r} is no link to a Slack message")
    incident: Incident = incident_of(doing, {})
    place = latest(incident.id, ANNOUNCEMENT) if said else latest(incident.id)
    if place is None:
        raise StepFailed(f"The hub {'did not announce' if said else 'said nothing at Slack for'} {incident.reference}")
    return place


def _plan_update(doing: Doing, args: Args) -> list[Call]:
    place = _place(doing, args)
    _check(doing.incident_id, place.channel)
    return [call(doing, incident_id=doing.incident_id, place=str(place), message=message_of(_text(args, _MESSAGE)))]


def _update(slack: Slack, body: Body, key: str) -> Attempt:
    place = Place.of(body["place"])
    check_readers(body["incident_id"], place.channel)
    said = slack.write("chat.update", channel=place.channel, ts=place.ts, **body["message"])
    return said.done(f"Changed the message in {place.channel}", str(place))


def _plan_pin(doing: Doing, args: Args) -> list[Call]:
    return [call(doing, incident_id=doing.incident_id, place=str(_place(doing, args)))]


def _pin(slack: Slack, body: Body, key: str) -> Attempt:
    place = Place.of(body["place"])
    said = slack.write("pins.add", fine=("already_pinned",), channel=place.channel, timestamp=place.ts)
    return said.done(f"Pinned the message in {place.channel}", str(place))


def _saying(name: str, label: str, params: tuple[Param, ...], plan: Callable[[Doing, Args], list[Call]]) -> Step:
    """A step that says something new; before it says it again, it looks whether it was said."""
    return Step(name, label, params, plan=plan, make=make, find=find, repeats=Repeat.LOOKUP)


POST_MESSAGE = _saying(
    "slack.post_message",
    "Send message to a channel",
    (_CHANNEL, _MESSAGE, _THREADED, _TIMEZONE),
    _plan_post,
)
SEND_MESSAGE = _saying(
    "slack.send_message",
    "Send direct message",
    (_RECIPIENTS, _MESSAGE, _TIMEZONE),
    _plan_direct,
)
REPLY_IN_THREAD = _saying(
    "slack.reply_in_thread",
    "Reply in a thread",
    (_TO, _MESSAGE, _TIMEZONE),
    _plan_reply,
)
ANNOUNCE = _saying(
    "slack.announce",
    "Announce the incident",
    (INCIDENT_PARAM, _MESSAGE, _TIMEZONE),
    _plan_announcement,
)
PIN_MESSAGE = Step("slack.pin_message", "Pin a message", (_TO,), plan=_plan_pin, make=making(_pin))
UPDATE_MESSAGE = Step(
    "slack.update_message",
    "Change a message",
    (_TO, _MESSAGE, _TIMEZONE),
    plan=_plan_update,
    make=making(_update),
)
STEPS = (POST_MESSAGE, SEND_MESSAGE, REPLY_IN_THREAD, ANNOUNCE, PIN_MESSAGE, UPDATE_MESSAGE)
