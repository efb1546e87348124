"""Saying something at Slack, once. Slack knows no key for messages, so each carries ours in its metadata, and one whose
answer got lost is looked for before it is said again (docs.slack.dev/messaging/message-metadata).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import User
from incidents.models import Incident
from integrations.base import Attempt, Outcome, Sent
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.slack.account import slack_of
from integrations.slack.channels import is_closed
from integrations.slack.client import TOOL, NotDone, Said, Slack, mapping_in, text_in
from integrations.slack.people import slack_id_of
from integrations.slack.told import Body, actor_of, hidden_from, is_private, making

MESSAGE, ANNOUNCEMENT = "message", "announcement"
CALL = "call"  # what a message is of: the call that said it
EVENT_TYPE = "incidentio_message"
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
# How far the clocks of Slack and of the hub may be apart.
SKEW_SECONDS = 300


@dataclass(frozen=True)
class Place:
    """Where a message stands."""

    channel: str
    ts: str

    @classmethod
    def of(cls, remote_id: str) -> "Place":
        """The place that was written down."""
        channel, _, ts = remote_id.partition(":")
        return cls(channel, ts)

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"


def latest(incident_id: str, kind: str = MESSAGE) -> Place | None:
    """Where the hub last said something for the incident, if it did."""
    row = _rows(kind, "incident", incident_id).first()
    return Place.of(row.remote_id) if row is not None else None


def said_by(key: str) -> list[Place]:
    """Where what a call said stands: the message, and what was said in its thread."""
    places = [_place_of(key), _place_of(_threaded(key))]
    return [place for place in places if place is not None]


def check_readers(incident_id: str | None, channel: str) -> None:
    """Refuse to tell of a private incident where others read: anywhere but in its own closed channel.

    Raises:
        NotDone: it would be told.
    """
    if not is_private(incident_id):
        return
    incident = Incident.objects.get(pk=incident_id)
    if channel != incident.slack_channel_id or not is_closed(incident):
        why = f"{incident.reference} is private: nothing of it is said outside its own private channel"
        raise NotDone(Attempt(Outcome.REFUSED, why))


def channel_id(slack: Slack, said: str) -> str:
    """The id of the channel with this id or name.

    Raises:
        NotDone: there is none, or Slack does not say.
    """
    if CHANNEL_ID.fullmatch(said):
        return said
    name = said.removeprefix("#").lower()
    kinds = "public_channel,private_channel"
    found = slack.pages("conversations.list", "channels", types=kinds, exclude_archived="true", limit=1000)
    channel = next((one for one in found if text_in(one, "name") == name), None)
    if channel is None:
        raise NotDone(Attempt(Outcome.REFUSED, f"There is no channel {said[:80]!r} that the app sees"))
    return text_in(channel, "id")


# ---- one attempt


def _post(slack: Slack, body: Body, key: str) -> Attempt:
    channel = _channel(slack, body)
    check_readers(None if "user_id" in body else body["incident_id"], channel)
    place, said = _place_of(key), None
    if place is None:
        place, said = _say(slack, body, key, Place(channel, body["thread_ts"]), body["message"])
    if body["threaded"] is not None and _place_of(_threaded(key)) is None:
        _, said = _say(slack, body, _threaded(key), place, body["threaded"])
    did = _did(body, place)
    return said.done(did, str(place)) if said is not None else _done_before(did, place)


def _say(slack: Slack, body: Body, key: str, where: Place, message: Mapping[str, Any]) -> tuple[Place, Said]:
    """Say `message` in the channel, or in the thread of what stands at `where`."""
    thread = {"thread_ts": where.ts} if where.ts else {}
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": key}}
    quiet = {"unfurl_links": False, "unfurl_media": False}
    told = {"channel": where.channel, **message, **thread, "metadata": metadata, **quiet}
    said = slack.write("chat.postMessage", does_once=False, **told)
    place = Place(text_in(said.data, "channel") or where.channel, text_in(said.data, "ts"))
    _remember(body, key, place)
    return place, said


def _channel(slack: Slack, body: Body) -> str:
    """Where to say it; for a person, the conversation with them."""
    if "user_id" not in body:
        return channel_id(slack, body["channel"])
    user = User.objects.filter(pk=body["user_id"], is_active=True).first()
    if user is None or hidden_from(body["incident_id"], [user]):
        raise NotDone(Attempt(Outcome.REFUSED, "They left, or may not see this private incident"))
    opened = slack.write("conversations.open", users=slack_id_of(slack, actor_of(body), user))
    return text_in(mapping_in(opened.data, "channel"), "id")


# ---- looking for an earlier one


def find(sent: Sent) -> Attempt | None:
    """What an earlier attempt said, if it did. Where Slack does not tell, nobody knows still, and nothing is said."""
    body: Body = json.loads(sent.body)
    slack = slack_of(account_of(TOOL), sent.seconds)
    try:
        place = _found(slack, body, sent.key, body["thread_ts"])
        if place is None:
            return None
        if body["threaded"] is not None and _found(slack, body, _threaded(sent.key), place.ts) is None:
            return None
    except NotDone as failure:
        return replace(failure.attempt, outcome=Outcome.UNKNOWN)
    return _done_before(_did(body, place), place)


def _found(slack: Slack, body: Body, key: str, thread_ts: str) -> Place | None:
    known = _place_of(key)
    if known is not None:
        return known
    channel = _channel(slack, body)
    method = "conversations.replies" if thread_ts else "conversations.history"
    thread = {"ts": thread_ts} if thread_ts else {}
    since = f"{body['planned_at'] - SKEW_SECONDS:.6f}"
    look = {"channel": channel, "oldest": since, "include_all_metadata": "true", "limit": 200, **thread}
    for message in slack.pages(method, "messages", **look):
        if text_in(mapping_in(mapping_in(message, "metadata"), "event_payload"), "id") == key:
            place = Place(channel, text_in(message, "ts"))
            _remember(body, key, place)
            return place
    return None


# ---- what was said before


def _remember(body: Body, key: str, place: Place) -> None:
    """Keep where the call's message stands, and that it is the latest of its incident."""
    _keep(MESSAGE, CALL, _short(key), place)
    if body["incident_id"] is not None and "user_id" not in body and not key.endswith(_THREADED):
        _keep(MESSAGE, "incident", body["incident_id"], place)
        if body["is_announcement"]:
            _keep(ANNOUNCEMENT, "incident", body["incident_id"], place)


def _keep(kind: str, subject_type: str, subject_id: str, place: Place) -> None:
    RemoteObject.objects.update_or_create(
        tool=TOOL, kind=kind, subject_type=subject_type, subject_id=subject_id, defaults={"remote_id": str(place)}
    )


def _place_of(key: str) -> Place | None:
    row = _rows(MESSAGE, CALL, _short(key)).first()
    return Place.of(row.remote_id) if row is not None else None


def _rows(kind: str, subject_type: str, subject_id: str) -> Any:
    return RemoteObject.objects.filter(tool=TOOL, kind=kind, subject_type=subject_type, subject_id=subject_id)


_THREADED = "_thread"


def _threaded(key: str) -> str:
    return f"{key}{_THREADED}"


def _short(key: str) -> str:
    """The key as the column of a subject's id holds it."""
    return hashlib.sha256(key.encode()).hexdigest()[:26]


def _did(body: Body, place: Place) -> str:
    return "\n".join([body["did"].replace("{channel}", place.channel), *body["left_out"]])


def _done_before(did: str, place: Place) -> Attempt:
    return Attempt(Outcome.DONE, remote_id=str(place), detail={"did": did})


make = making(_post)
