"""Reactions in an incident's channel: one emoji attaches the message to the incident, one makes it an action.

Slack tells which message it was, not what it says: so the reaction is written down while Slack waits, and the message
read in the background.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import User
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
from integrations.slack.visitors import MAY_CHANGE, Sorry, incident_in, recognised

REACTION = "reaction"
WAITING, DONE, REFUSED = "waiting", "done", "refused"
PIN, ACTION = "pin_emoji", "action_emoji"
READ_SECONDS = 10.0
MOST_ATTEMPTS = 6
FIRST_WAIT_SECONDS = 5.0
# Nobody reads a message this long: whoever was to was stopped.
FORGOTTEN_AFTER = timedelta(minutes=5)
LONGEST_TITLE = 200


def take(account: Account, event: Mapping[str, Any]) -> None:
    """Write a reaction down, if it means something here, and have its message read. Each message once for each emoji,
    whoever reacts and however often Slack tells.
    """
    item, emoji = mapping_in(event, "item"), text_in(event, "reaction").split("::")[0]
    channel, ts = text_in(item, "channel"), text_in(item, "ts")
    meant = next((name for name in (PIN, ACTION) if emoji and emoji == setting(account, name).strip(": ")), None)
    if meant is None or not (channel and ts) or not Incident.objects.filter(slack_channel_id=channel).exists():
        return
    state = {"channel": channel, "ts": ts, "user": text_in(event, "user"), "meant": meant, "attempts": 0}
    with transaction.atomic():
        row, fresh = RemoteObject.objects.get_or_create(
            tool=TOOL,
            kind=REACTION,
            subject_type="slack_message",
            subject_id=hashlib.sha256(f"{channel}:{ts}:{meant}".encode()).hexdigest()[:26],
            defaults={"remote_id": WAITING, "state": state},
        )
        if fresh:
            wake(read, row.pk)


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
