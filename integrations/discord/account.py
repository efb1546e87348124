"""Webhooks of Discord's channels: how they are called, and whether they work (discord.com/developers, Webhook)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from incidentio.core import http
from integrations.asking import Clock, ask
from integrations.base import Attempt, CheckFailed, Outcome, StepFailed
from integrations.calling import FirstJudge, Request, json_of
from integrations.incoming_webhooks import WEBHOOKS, Channel, channels_of
from integrations.limits import less_often

TOOL = "discord"
CHECK_SECONDS = 2.0
TOO_MANY = 429
LONGEST_WAIT_SECONDS = 3_600.0
SETTINGS = (WEBHOOKS,)


def request(channel: Channel, method: str, path: str = "", body: Any = None, **query: str) -> Request:
    """A call of a channel's webhook; what its address asks for (a thread) stays. To change a message, or to read, is
    the same however often it is done.
    """
    parts = urlsplit(channel.url)
    asked = urlencode(dict(parse_qsl(parts.query)) | query)
    url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, asked, ""))
    return Request(method, url, body=body, does_once=method != "POST")


def limited(answer: http.Answer, told: Any) -> Attempt | None:
    """How long Discord asks to wait, which its body says to the fraction of a second (Rate Limits)."""
    if answer.status != TOO_MANY:
        return None
    said = told.get("retry_after") if isinstance(told, dict) else None
    wait = max(answer.wait_seconds, min(said, LONGEST_WAIT_SECONDS) if isinstance(said, int | float) else 0.0)
    return less_often("Discord", answer, wait)


def complaint(told: Any) -> str:
    """What Discord says is wrong."""
    said = told.get("message") if isinstance(told, dict) else None
    return str(said or "it does not say why")[:300]


def check(values: Mapping[str, str]) -> str:
    """Ask each webhook for its name.

    Raises:
        CheckFailed: a line cannot be read, or Discord does not know a webhook.
    """
    clock = Clock(CHECK_SECONDS)
    try:
        names = [f"{channel.name} ({_name(channel, clock)})" for channel in channels_of(values)]
    except StepFailed as failure:
        raise CheckFailed(str(failure)) from failure
    return f"Discord knows {', '.join(names)}"


def _name(channel: Channel, clock: Clock) -> str:
    answer = ask(TOOL, request(channel, "GET"), clock.left, _unknown(channel))
    told = json_of(answer)
    if answer.status != 200 or not isinstance(told, dict) or not told.get("channel_id"):
        raise StepFailed(f"What answers for {channel.name} is no webhook of Discord's ({answer.status})")
    return str(told.get("name") or "without a name")[:100]


def _unknown(channel: Channel) -> FirstJudge:
    def first(answer: http.Answer, told: Any) -> Attempt | None:
        if answer.status not in (401, 403, 404):
            return limited(answer, told)
        why = f"Discord does not know the webhook of {channel.name}: {complaint(told)} ({answer.status})"
        return Attempt(Outcome.REFUSED, why, answer.status, answer.duration_ms)

    return first
