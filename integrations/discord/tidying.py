"""Deleting what a fire drill posted at Discord (discord.com/developers, Webhook, Delete Webhook Message)."""

from integrations import incoming_webhooks
from integrations.asking import Clock, ask
from integrations.base import Made, Remains, StepFailed
from integrations.calling import json_of
from integrations.connections import account_of
from integrations.discord.account import TOOL, complaint, limited, request
from integrations.discord.steps import POST_MESSAGE
from integrations.incoming_webhooks import Order

UNKNOWN_MESSAGE = 10008


def tidy_up(remains: Remains) -> str:
    """Delete the messages, each by the webhook that posted it.

    Raises:
        StepFailed: Discord does not do it.
    """
    posted = [one for one in remains.made if one.step == POST_MESSAGE.name]
    known = [one for one in posted if one.remote_id]
    clock = Clock(remains.seconds)
    for one in known:
        _delete(one, clock)
    did = [f"Deleted {len(known)} message{'s' if len(known) > 1 else ''}"] if known else []
    lost = len(posted) - len(known)
    return "; ".join([*did, f"{lost} more may stand there: Discord did not say whether it came"] if lost else did)


def _delete(made: Made, clock: Clock) -> None:
    channel = incoming_webhooks.channel_called(account_of(TOOL).values, Order.read(made.body).channel)
    answer = ask(TOOL, request(channel, "DELETE", f"/messages/{made.remote_id}"), clock.left, limited)
    told = json_of(answer)
    is_gone = answer.status == 404 and isinstance(told, dict) and told.get("code") == UNKNOWN_MESSAGE
    if answer.status != 204 and not is_gone:
        raise StepFailed(f"A message in {channel.name} is still there: {complaint(told)} ({answer.status})")
