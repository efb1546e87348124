"""What PagerDuty tells by its webhooks (v3): an incident there is an alert here, as long as it is open.

Signed as its documentation has it (Webhooks, Verifying Signatures): no time is in the signature, so what is sent again
cannot be told from what was sent before. It changes nothing: an alert has one key, and each event says when it was so.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidentio.core.times import instant
from incidents.alert_events import LONGEST_TITLE, AlertEvent
from incidents.models import AlertStatus, Incident
from integrations.base import Arrived, Forged, Inbound

HEADER, VERSION = "x-pagerduty-signature", "v1="
LONGEST_URL, LONGEST_ID = 5_000, 200
RESOLVED = "resolved"
KEPT = ("number", "status", "urgency", "incident_key", "created_at")
NAMED = ("service", "escalation_policy", "priority")


def verify(arrived: Arrived, secret: str) -> None:
    """Any of the signatures may be ours: while PagerDuty changes the secret of a subscription, it signs with both.

    Raises:
        Forged: none is.
    """
    header = arrived.headers.get(HEADER, "")
    if not header:
        raise Forged("There is no X-PagerDuty-Signature")
    expected = VERSION + hmac.new(secret.encode(), arrived.body, hashlib.sha256).hexdigest()
    signatures = [part.strip().encode() for part in header.split(",")]
    if not any(hmac.compare_digest(expected.encode(), signature) for signature in signatures):
        raise Forged("No signature of X-PagerDuty-Signature is of this body with the secret of this source")


def parse(body: Mapping[str, Any]) -> Sequence[AlertEvent]:
    """What a webhook says of an incident; nothing, where it is about something else (a note, a service, a ping).

    An incident that the hub itself made by paging is none: it would make an incident of its own incident.

    Raises:
        Invalid: this is no webhook of PagerDuty's third version.
    """
    event = body.get("event")
    if not isinstance(event, dict) or not isinstance(event.get("event_type"), str):
        raise Invalid(
            "invalid_value", "This is no v3 webhook of PagerDuty: it has no event with an event_type", "event"
        )
    data = event.get("data")
    if not isinstance(data, dict) or data.get("type") != "incident" or not event["event_type"].startswith("incident."):
        return []
    pk = data.get("id")
    if not isinstance(pk, str) or not 0 < len(pk) <= LONGEST_ID:
        raise Invalid("is_required", "The incident has no ID", "event.data.id")
    return [] if _is_ours(data.get("incident_key")) else [_event_of(pk, event, data, body)]


def _is_ours(key: Any) -> bool:
    return isinstance(key, str) and is_id(key) and Incident.objects.filter(pk=key).exists()


def _event_of(pk: str, event: dict[str, Any], data: dict[str, Any], body: Mapping[str, Any]) -> AlertEvent:
    said = data.get("status") or event["event_type"].rpartition(".")[2]
    metadata = {name: data[name] for name in KEPT if isinstance(data.get(name), str | int)}
    metadata |= {name: _name(data[name]) for name in NAMED if _name(data.get(name))}
    metadata["assignees"] = [_name(one) for one in data.get("assignees") or [] if _name(one)]
    return AlertEvent(
        status=AlertStatus.RESOLVED if said == RESOLVED else AlertStatus.FIRING,
        title=str(data.get("title") or f"PagerDuty incident {pk}")[:LONGEST_TITLE],
        deduplication_key=f"pagerduty:{pk}",
        source_url=str(data.get("html_url") or "")[:LONGEST_URL],
        metadata=metadata | {"event_type": event["event_type"]},
        payload=dict(body),
        at=instant(event.get("occurred_at")),
    )


def _name(thing: Any) -> str:
    """What people call something that PagerDuty refers to."""
    return str(thing.get("summary") or "") if isinstance(thing, dict) else ""


INBOUND = Inbound(
    "pager_duty",
    parse,
    verify,
    signature_help="The secret that PagerDuty shows once, when the webhook subscription is made",
)
