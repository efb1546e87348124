"""What workflows do at Microsoft Teams: they post in channels.

A channel's webhook is a flow of the Workflows app, started by a request: it answers 202 as soon as it has the message,
and knows no key by which it would post it once.
"""

from typing import Any
from urllib.parse import urlsplit

from incidentio.core import http
from integrations import incoming_webhooks
from integrations.base import Args, Attempt, Call, CheckFailed, Doing, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import Request, attempt, done, refused
from integrations.incoming_webhooks import CHANNEL, INCIDENT_PARAM, MESSAGE, PRIVATE_TOO, WEBHOOKS, Channel
from integrations.microsoft_teams.cards import message
from integrations.types import TEAMS_CHANNEL

TOOL = "microsoft_teams"
SETTINGS = (WEBHOOKS,)
# Where Office 365 connectors were, which Microsoft has ended. They answered 200 also where they did not post.
CONNECTORS = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")


def check(values: Any) -> str:
    """Read the lines of the webhooks: every call would post something.

    Raises:
        CheckFailed: they cannot be read, or one leads to a connector.
    """
    try:
        channels = incoming_webhooks.channels_of(values)
    except StepFailed as failure:
        raise CheckFailed(str(failure)) from failure
    for channel in channels:
        if is_connector(channel):
            raise CheckFailed(_ended(channel))
    names = ", ".join(channel.name for channel in channels)
    return f"Can be read: {names}. Whether Teams takes messages shows when one is posted"


def is_connector(channel: Channel) -> bool:
    """Whether the address is one of an Office 365 connector."""
    host = urlsplit(channel.url).hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in CONNECTORS)


def _ended(channel: Channel) -> str:
    return f"{channel.name} is an Office 365 connector, which Microsoft has ended: make a flow for the channel instead"


def _plan(doing: Doing, args: Args) -> list[Call]:
    return incoming_webhooks.plan(TOOL, doing, args)


def _make(sent: Sent) -> Attempt:
    order, channel = incoming_webhooks.ordered(TOOL, sent)
    if is_connector(channel):
        raise StepFailed(_ended(channel))
    body = message(order.message, incoming_webhooks.about(order))

    def judge(answer: http.Answer, told: Any) -> Attempt:
        if 200 <= answer.status < 300:
            return done(answer, f"Gave the message for {channel.name} to Microsoft Teams")
        return refused(answer, f"Microsoft Teams does not take messages for {channel.name}: {_why(told)}")

    return attempt(TOOL, Request("POST", channel.url, body=body), judge, sent.seconds)


def _why(told: Any) -> str:
    """What a flow says is wrong; its text tells people more than its code."""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return "it does not say why"
    return str(error.get("message") or error.get("code") or "it does not say why")[:300]


POST_MESSAGE = Step(
    "ms_teams.post_message",
    "Send message to a Microsoft Teams channel",
    (Param(CHANNEL, "Channel", TEAMS_CHANNEL), MESSAGE, INCIDENT_PARAM, PRIVATE_TOO),
    plan=_plan,
    make=_make,
    repeats=Repeat.ASK,
)
