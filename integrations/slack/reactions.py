"""Reactions in an incident's channel: each is an event that workflows can wait for; one emoji attaches the message to
the incident, as pinning it there does, one makes it an action.

Slack tells which message it was, not what it says: so the reaction is written down while Slack waits, and the message
read in the background, of those two emoji only.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import User
from events.actors import Actor
from events.record import created, record
from incidentio.core.engine import wake
from incidentio.core.errors import DomainError
from incidents.actions import create_action
from incidents.attachments import Resource, attach
from incidents.models import Incident, ResourceType
from integrations.base import Attempt, Outcome, StepFailed
from integrations.connections import Account, account_of
from integrations.models import RemoteObject
from integrations.slack.account import setting, slack_of
from integrations.slack.client import TOOL, NotDone, Slack, items_in, mapping_in, text_in
from integrations.slack.visitors import MAY_CHANGE, Sorry, incident_in, recognise, recognised

REACTION, RECORDED = "reaction", "recorded_reaction"
SUBJECT = "slack_reaction"
SOMEBODY = replace(Actor.system(), label="Somebody at Slack")
WAITING, DONE, REFUSED = "waiting", "done", "refused"
PIN, ACTION = "pin_emoji", "action_emoji"
READ_SECONDS = 10.0
MOST_ATTEMPTS = 6
FIRST_WAIT_SECONDS = 5.0
# Nobody reads a message this long: whoever was to was stopped.
FORGOTTEN_AFTER = timedelta(minutes=5)
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Reaction:
    """Who reacted with which emoji, without its skin tone, to whose message; `told_at` is Slack's own time of it."""

    emoji: str
    channel: str
    ts: str
    user: str
    author: str
    told_at: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Reaction":
        """The reaction an event tells of (docs.slack.dev/reference/events/reaction_added)."""
        item = mapping_in(event, "item")
        return cls(
            emoji=text_in(event, "reaction").split("::")[0],
            channel=text_in(item, "channel"),
            ts=text_in(item, "ts"),
            user=text_in(event, "user"),
            author=text_in(event, "item_user"),
            told_at=text_in(event, "event_ts"),
        )


def take(account: Account, event: Mapping[str, Any]) -> None:
    """Write down a reaction to a message in an incident's channel, and have the message read if the emoji means so."""
    reaction = Reaction.of(event)
    if not (reaction.emoji and reaction.channel and reaction.ts):
        return
    incident = Incident.objects.filter(slack_channel_id=reaction.channel).order_by("-id").first()
    if incident is None:
        return
    _record(incident, reaction)
    for meant in (PIN, ACTION):
        if reaction.emoji == setting(account, meant).strip(": "):
            _have_read(reaction.channel, reaction.ts, reaction.user, meant)


def take_pin(event: Mapping[str, Any]) -> None:
    """Have a message read that was pinned in an incident's channel (docs.slack.dev/reference/events/pin_added)."""
    channel, user = text_in(event, "channel_id"), text_in(event, "user")
    ts = text_in(mapping_in(mapping_in(event, "item"), "message"), "ts")
    if channel and ts and user and Incident.objects.filter(slack_channel_id=channel).exists():
        _have_read(channel, ts, user, PIN)


def _record(incident: Incident, reaction: Reaction) -> None:
    """Make an event of it, once however often Slack tells; whoever is not known is looked for, for the next time."""
    user, author = _known(reaction.user), _known(reaction.author)
    said = {"reaction": reaction.emoji, "channel": reaction.channel, "ts": reaction.ts, "slack_user_id": reaction.user}
    people = {"user_id": user.id if user else None, "author_id": author.id if author else None}
    with transaction.atomic():
        row, fresh = _written(RECORDED, SUBJECT, ":".join(astuple(reaction)), incident.id, {})
        if fresh:
            doer, changes = user.actor if user else SOMEBODY, created(said | people)
            record(doer, f"{SUBJECT}.added", SUBJECT, row.subject_id, changes, incident_id=incident.id)
            if user is None and reaction.user:
                wake(recognise, reaction.user)


def _known(slack_user_id: str) -> User | None:
    known = User.objects.filter(slack_user_id=slack_user_id, is_active=True)
    return known.first() if slack_user_id else None


def _have_read(channel: str, ts: str, user: str, meant: str) -> None:
    """Have the message read. Each message once for each meaning, whoever reacts; again for somebody else, where who
    reacted before could not.
    """
    told = {"channel": channel, "ts": ts, "user": user, "meant": meant, "attempts": 0}
    with transaction.atomic():
        key = f"{channel}:{ts}:{meant}"
        row, fresh = _written(REACTION, "slack_message", key, WAITING, told)
        refused = RemoteObject.objects.filter(pk=row.pk, remote_id=REFUSED).exclude(state__user=user)
        if fresh or refused.update(remote_id=WAITING, state=told):
            wake(read, row.pk)


def _written(
    kind: str, subject_type: str, key: str, remote_id: str, state: dict[str, Any]
) -> tuple[RemoteObject, bool]:
    """The row that stands for `key`, and whether it is a new one."""
    return RemoteObject.objects.get_or_create(
        tool=TOOL,
        kind=kind,
        subject_type=subject_type,
        subject_id=hashlib.sha256(key.encode()).hexdigest()[:26],
        defaults={"remote_id": remote_id, "state": state},
    )


def wake_forgotten() -> None:
    """Have the messages read that somebody was stopped at."""
    before = timezone.now() - FORGOTTEN_AFTER
    waiting = RemoteObject.objects.filter(tool=TOOL, kind=REACTION, remote_id=WAITING, created_at__lt=before)
    with transaction.atomic():
        for pk in waiting.values_list("pk", flat=True)[:10]:
            wake(read, pk)


@task
def read(pk: int) -> None:
    """Read the message of a reaction, and do what the reaction means."""
    row = RemoteObject.objects.filter(pk=pk, remote_id=WAITING).first()
    if row is None:
        return
    try:
        _act(row, slack_of(account_of(TOOL), READ_SECONDS))
    except NotDone as failure:
        _again(row, failure.attempt)
    except (Sorry, DomainError, StepFailed) as refusal:
        _settle(row, REFUSED, str(refusal))


def _act(row: RemoteObject, slack: Slack) -> None:
    told = row.state
    user = recognised(slack, told["user"])
    if user is None or user.role not in MAY_CHANGE:
        raise Sorry("Whoever reacted is not known to the hub, or may not change incidents")
    incident = incident_in(told["channel"], user)
    text = _text(slack, told["channel"], told["ts"])
    link = text_in(slack.read("chat.getPermalink", channel=told["channel"], message_ts=told["ts"]), "permalink")
    with transaction.atomic():
        locked = RemoteObject.objects.select_for_update().get(pk=row.pk)
        if locked.remote_id == WAITING:
            _do(told["meant"], user, incident, text, link)
            _settle(locked, DONE, "")


def _do(meant: str, user: User, incident: Incident, text: str, link: str) -> None:
    if meant == ACTION:
        create_action(user.actor, incident.id, description=text or link)
        return
    title = " ".join(text.split())[:LONGEST_TITLE] or "A message at Slack"
    attach(user.actor, incident.id, Resource(ResourceType.ARBITRARY_URL, url=link, title=title, emoji="📌"))


def _text(slack: Slack, channel: str, ts: str) -> str:
    """What the message says; one within a thread is not in the channel's history."""
    found = slack.read("conversations.history", channel=channel, latest=ts, oldest=ts, inclusive="true", limit=1)
    messages = items_in(found, "messages")
    if not any(text_in(message, "ts") == ts for message in messages):
        messages = slack.pages("conversations.replies", "messages", channel=channel, ts=ts, limit=200)
    message = next((one for one in messages if text_in(one, "ts") == ts), None)
    if message is None:
        raise Sorry("The message is not there any more")
    return text_in(message, "text")


def _again(row: RemoteObject, attempt: Attempt) -> None:
    """Read it later, unless another attempt would end the same way."""
    attempts = row.state["attempts"] + 1
    if attempt.outcome is Outcome.REFUSED or attempts >= MOST_ATTEMPTS:
        _settle(row, REFUSED, attempt.error)
        return
    with transaction.atomic():
        row.state |= {"attempts": attempts, "why": attempt.error}
        row.save(update_fields=["state"])
        wake(read, row.pk, delay_seconds=max(attempt.wait_seconds, FIRST_WAIT_SECONDS * 2**attempts))


def _settle(row: RemoteObject, how: str, why: str) -> None:
    row.remote_id, row.state = how, row.state | {"why": why}
    row.save(update_fields=["remote_id", "state"])
