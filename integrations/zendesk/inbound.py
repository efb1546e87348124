"""Tickets that Zendesk tells of: by a trigger, whose body people write, or by webhooks subscribed to ticket events.

developer.zendesk.com: "Creating and monitoring webhooks", "Webhook event types", "Verifying webhook authenticity".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from incidentio.core.errors import Invalid
from incidentio.core.times import instant
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.alert_templates import as_text
from incidents.models import AlertStatus
from integrations.base import Arrived, Forged, Inbound

SOURCE_TYPE = "zendesk"
EVENT, TICKET_EVENT = "zen:event-type:", "zen:event-type:ticket."
# A ticket in one of these is nobody's work any more.
OVER = ("solved", "closed", "deleted", "archived", "scrubbed")
GONE = ("soft_deleted", "permanently_deleted", "marked_as_spam", "merged")
LONGEST_ID = 40
SIGNATURE, TIMESTAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
# A request on its way for longer is taken for one that somebody kept; Zendesk's clock and ours may differ by as much.
LONGEST_WAY = timedelta(minutes=5)


def key_of(ticket_id: str) -> str:
    """The deduplication key of a ticket."""
    return f"zendesk:{ticket_id}"


def parse(body: Mapping[str, Any]) -> list[AlertEvent]:
    """The ticket a request tells of; nothing if it is about something else.

    Raises:
        Invalid: it does not say which ticket.
    """
    type = as_text(body.get("type"))
    if type.startswith(TICKET_EVENT):
        return [_of_event(body, type.removeprefix(TICKET_EVENT))]
    return [] if type.startswith(EVENT) else [_of_trigger(body)]


def _of_trigger(body: Mapping[str, Any]) -> AlertEvent:
    ticket_id = _ticket_id(body.get("ticket_id"), "ticket_id")
    tags = as_text(body.get("tags")).split()  # `{{ticket.tags}}` puts spaces between them
    return AlertEvent(
        status=_status(as_text(body.get("status"))),
        title=_title(body.get("title"), ticket_id),
        deduplication_key=key_of(ticket_id),
        description=as_text(body.get("description"))[:LONGEST_DESCRIPTION],
        source_url=_url(as_text(body.get("url"))),
        metadata=_without_empty(body) | {"ticket_id": ticket_id, "tags": tags},
        payload=dict(body),
        at=instant(body.get("updated_at")),
    )


def _of_event(body: Mapping[str, Any], type: str) -> AlertEvent:
    detail = body.get("detail")
    if not isinstance(detail, dict):
        raise Invalid("is_required", "An event of a ticket has its detail", "detail")
    ticket_id = _ticket_id(detail.get("id"), "detail.id")
    status = AlertStatus.RESOLVED if type in GONE else _status(as_text(detail.get("status")))
    return AlertEvent(
        status=status,
        title=_title(detail.get("subject"), ticket_id),
        deduplication_key=key_of(ticket_id),
        description=as_text(detail.get("description"))[:LONGEST_DESCRIPTION],
        metadata=_without_empty(detail) | {"ticket_id": ticket_id, "event": type},
        payload=dict(body),
        at=instant(body.get("time")),
    )


def _ticket_id(value: Any, pointer: str) -> str:
    ticket_id = as_text(value).strip()
    if not (ticket_id.isascii() and ticket_id.isdecimal() and len(ticket_id) <= LONGEST_ID):
        raise Invalid("is_required", "Send the number of the ticket, as in {{ticket.id}}", pointer)
    return ticket_id


def _status(said: str) -> str:
    return AlertStatus.RESOLVED if said.strip().lower() in OVER else AlertStatus.FIRING


def _title(said: Any, ticket_id: str) -> str:
    return " ".join(as_text(said).split())[:LONGEST_TITLE] or f"Ticket {ticket_id}"


def _url(said: str) -> str:
    """`{{ticket.link}}` has no scheme in some accounts."""
    said = said.strip()
    return said if "://" in said or not said else f"https://{said}"


def _without_empty(said: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in columns of its own is not said again."""
    return {
        name: value
        for name, value in said.items()
        if value not in (None, "") and name not in ("title", "subject", "description", "url", "id")
    }


def verify(arrived: Arrived, secret: str) -> None:
    """Check the signature: base64 of the HMAC-SHA256 of timestamp and body.

    Raises:
        Forged: it is not this sender's, or not of now.
    """
    timestamp = arrived.headers.get(TIMESTAMP, "")
    given = arrived.headers.get(SIGNATURE, "")
    if not timestamp or not given:
        raise Forged("The request is not signed: it lacks X-Zendesk-Webhook-Signature or its timestamp")
    digest = hmac.digest(secret.encode(), timestamp.encode() + arrived.body, hashlib.sha256)
    if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
        raise Forged("The signature does not fit the body and the secret")
    moment = instant(timestamp)
    if moment is None or abs(arrived.at - moment) > LONGEST_WAY:
        raise Forged("The signature is not of now")


INBOUND = Inbound(
    SOURCE_TYPE,
    parse,
    verify,
    "In Zendesk's Admin Center under Apps and integrations, Webhooks: the webhook's signing secret",
)
