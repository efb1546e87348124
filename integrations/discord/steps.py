"""What workflows do at Discord: they post in channels, and change what they posted.

Execute: POST to the webhook, which with `wait` tells the message it made. It takes no nonce, and shows a message to
nobody who does not know its ID; so whether a lost one arrived is for people to say.
"""

from typing import Any

from incidentio.core import http
from incidentio.core.vocabulary import STRING
from incidents.models import Incident
from integrations import incoming_webhooks
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, refused
from integrations.connections import account_of
from integrations.discord.account import TOOL, complaint, limited, request
from integrations.discord.messages import message
from integrations.incoming_webhooks import CHANNEL, INCIDENT_PARAM, MESSAGE, PRIVATE_TOO, Channel, Order
from integrations.models import RemoteObject
from integrations.told import incident_of

KIND = "message"


def _plan(doing: Doing, args: Args) -> list[Call]:
    return incoming_webhooks.plan(TOOL, doing, args)


def _make(sent: Sent) -> Attempt:
    order, channel = incoming_webhooks.ordered(TOOL, sent)

    def judge(answer: http.Answer, told: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"Discord took no message for {channel.name}: {complaint(told)}")
        if not isinstance(told, dict) or not told.get("id"):
            return _nobody_known(answer)
        _remember(order, channel, str(told["id"]))
        return done(answer, f"Posted in {channel.name} at Discord", str(told["id"]))

    body = message(order.message, incoming_webhooks.about(order))
    return attempt(TOOL, request(channel, "POST", body=body, wait="true"), judge, sent.seconds, limited)


def _nobody_known(answer: http.Answer) -> Attempt:
    """It says that it is done, but does not speak as Discord does."""
    return Attempt(Outcome.UNKNOWN, "What answers is not Discord", answer.status, answer.duration_ms)


# ---- what was posted


def _remember(order: Order, channel: Channel, message_id: str) -> None:
    """Write down that this is the latest message for the incident."""
    if order.incident_id:
        RemoteObject.objects.update_or_create(
            **_row(order.incident_id), defaults={"remote_id": message_id, "state": {"channel": channel.name}}
        )


def _latest(incident: Incident) -> RemoteObject:
    row = RemoteObject.objects.filter(**_row(incident.pk)).first()
    if row is None:
        raise StepFailed(f"The hub posted nothing at Discord for {incident.reference}")
    return row


def _row(incident_id: str) -> dict[str, Any]:
    return {"tool": TOOL, "kind": KIND, "subject_type": "incident", "subject_id": incident_id}


def _plan_update(doing: Doing, args: Args) -> list[Call]:
    row = _latest(incident_of(doing, args))
    channel = incoming_webhooks.channel_called(account_of(TOOL).values, row.state["channel"])
    return [incoming_webhooks.call(TOOL, incoming_webhooks.order_of(doing, args, channel))]


def _update(sent: Sent) -> Attempt:
    """Change the message that is the latest now."""
    order, _ = incoming_webhooks.ordered(TOOL, sent)
    row = RemoteObject.objects.get(**_row(order.incident_id or ""))
    channel = incoming_webhooks.channel_called(account_of(TOOL).values, row.state["channel"])
    body = message(order.message, incoming_webhooks.about(order))

    def judge(answer: http.Answer, told: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"Discord did not change the message in {channel.name}: {complaint(told)}")
        if not isinstance(told, dict) or not told.get("id"):
            return _nobody_known(answer)
        return done(answer, f"Changed the message in {channel.name} at Discord", row.remote_id)

    changed = request(channel, "PATCH", f"/messages/{row.remote_id}", body)
    return attempt(TOOL, changed, judge, sent.seconds, limited)


POST_MESSAGE = Step(
    "discord.post_message",
    "Send message to a Discord channel",
    (Param(CHANNEL, "Channel", STRING), MESSAGE, INCIDENT_PARAM, PRIVATE_TOO),
    plan=_plan,
    make=_make,
    repeats=Repeat.ASK,
)
UPDATE_MESSAGE = Step(
    "discord.update_message",
    "Change the latest message of the incident at Discord",
    (MESSAGE, INCIDENT_PARAM, PRIVATE_TOO),
    plan=_plan_update,
    make=_update,
)
