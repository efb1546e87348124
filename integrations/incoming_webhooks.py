"""Messages to channels by incoming webhooks: for each channel an address, which is a secret, by a name people gave."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from incidentio.core import http
from incidents.links import permalink
from incidents.models import Incident, Visibility
from integrations.base import Args, Call, Doing, Param, Sent, Setting, StepFailed
from integrations.connections import account_of
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.tracking import PRIVATE_TOO
from integrations.types import TEMPLATED_TEXT

WEBHOOKS = Setting(
    "webhooks",
    "Webhooks",
    "One a line: name = https://…  A step names the channel it posts in; the first is for those that name none",
    secret=True,
    long=True,
)
MESSAGE = Param("message", "Message", TEMPLATED_TEXT, required=True)
CHANNEL = "channel"
# A name has nothing that an address has, so that an address is never taken, and shown, for a name.
_LINE = re.compile(r"\s*(?P<name>[\w#][\w #&+()'.-]{0,59}?)\s*=\s*(?P<url>https?://\S+)\s*")
__all__ = ["INCIDENT_PARAM", "MESSAGE", "PRIVATE_TOO", "WEBHOOKS", "Channel", "Order"]


@dataclass(frozen=True)
class Channel:
    """A channel and the address that posts in it."""

    name: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class Order:
    """A message that is to be posted. `incident_id` is whose link goes with it, `run_about` what the run is about."""

    channel: str
    message: str
    incident_id: str | None
    run_about: str | None
    private_too: bool

    @classmethod
    def read(cls, body: str) -> "Order":
        return cls(**json.loads(body))


def channels_of(values: Mapping[str, str]) -> list[Channel]:
    """The channels of a connection, in the order of its lines.

    Raises:
        StepFailed: there is none, or a line is not as it should be; says which, and shows nothing of it.
    """
    channels: dict[str, Channel] = {}
    for number, line in enumerate(values.get(WEBHOOKS.name, "").splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None or not _is_callable(found["url"]):
            raise StepFailed(f"Line {number} of the webhooks is not as it should be: name = https://…")
        channel = Channel(found["name"].strip().removeprefix("#"), found["url"])
        if channel.name.casefold() in channels:
            raise StepFailed(f"Line {number} of the webhooks has the name of an earlier one, {channel.name!r}")
        channels[channel.name.casefold()] = channel
    if not channels:
        raise StepFailed("There are no webhooks: see Connections in the admin")
    return list(channels.values())


def _is_callable(url: str) -> bool:
    try:
        http.check_url(url)
    except http.Refused:
        return False
    return True


def channel_called(values: Mapping[str, str], name: str) -> Channel:
    """The channel of this name; the first if there is none.

    Raises:
        StepFailed: no channel has this name, or as `channels_of`.
    """
    channels, wanted = channels_of(values), name.strip().removeprefix("#").casefold()
    found = [channel for channel in channels if not wanted or channel.name.casefold() == wanted]
    if not found:
        names = ", ".join(channel.name for channel in channels)
        raise StepFailed(f"There is no webhook for {name[:60]!r}; there are {names}")
    return found[0]


def plan(tool: str, doing: Doing, args: Args) -> list[Call]:
    """The call that posts the step's message.

    Raises:
        StepFailed: it says nothing, in no channel there is, or of a private incident that it may not tell of.
    """
    return [call(tool, order_of(doing, args, channel_called(account_of(tool).values, text_of(args, CHANNEL))))]


def order_of(doing: Doing, args: Args, channel: Channel) -> Order:
    """What the step says, in `channel`.

    Raises:
        StepFailed: it says nothing, or of a private incident that it may not tell of.
    """
    message = text_of(args, MESSAGE.name)
    if not message:
        raise StepFailed("Message is not set")
    incident_id = incident_of(doing, args).pk if text_of(args, INCIDENT_PARAM.name) else doing.incident_id
    order = Order(channel.name, message, incident_id, doing.incident_id, bool(args.get(PRIVATE_TOO.name)))
    check_readers(order)
    return order


def call(tool: str, order: Order) -> Call:
    """The order as a call of the ledger. Each channel has its own limits, and its own ways to fail."""
    return Call(f"{tool}:{order.channel}", json.dumps(vars(order), ensure_ascii=False))


def ordered(tool: str, sent: Sent) -> tuple[Order, Channel]:
    """What a call is to say now, and where.

    Raises:
        StepFailed: it may not be told any more, or there is no such channel any more.
    """
    order = Order.read(sent.body)
    check_readers(order)
    return order, channel_called(account_of(tool).values, order.channel)


def check_readers(order: Order) -> None:
    """Refuse to tell a channel of a private incident, unless the step says so.

    Raises:
        StepFailed: it would be told.
    """
    about = {pk for pk in (order.incident_id, order.run_about) if pk}
    hidden = Incident.objects.filter(pk__in=about, visibility=Visibility.PRIVATE).first()
    if hidden is not None and not order.private_too:
        why = f"{hidden.reference} is private, and this step does not say that private incidents are told of, too"
        raise StepFailed(why)


def about(order: Order) -> tuple[str, str] | None:
    """What the incident of an order is called, and where people find it; None if it is about none."""
    incident = Incident.objects.filter(pk=order.incident_id or "").first()
    if incident is None:
        return None
    return f"{incident.reference} {incident.name}", permalink(incident.pk)
