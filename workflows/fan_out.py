"""Which webhooks an event makes, and for whom (API behaviour, section 10)."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from events.models import Event
from incidentio.core.engine import wake
from incidents.models import Alert, Incident, Visibility
from workflows import ledger, payloads
from workflows.delivering import deliver
from workflows.models import Delivery, EventType, WebhookEndpoint

# By the event's type: the names of its webhooks, after `public_incident.` or `private_incident.`
OF_WORK = {
    "action.created": ("action_created_v1",),
    "action.updated": ("action_updated_v1",),
    "action.deleted": ("action_updated_v1",),
    "follow_up.created": ("follow_up_created_v1", "follow_up_created_v2"),
    "follow_up.updated": ("follow_up_updated_v1", "follow_up_updated_v2"),
    "follow_up.deleted": ("follow_up_updated_v1", "follow_up_updated_v2"),
}
# The same, after `public_alert.` or `private_alert.`
OF_ALERTS = {"alert.created": "alert_created_v1", "alert.resolved": "alert_resolved_v1"}
MEMBERSHIPS = "memberships."


@dataclass(frozen=True)
class Webhook:
    """A webhook that an event makes, whoever wants it. `key` is its webhook-id; a `body` without text is written when
    it is first sent.
    """

    event: Event
    event_type: EventType
    key: str
    event_id: str
    body: str = ""


def fan_out(events: list[Event]) -> None:
    """Write a delivery of each event's webhooks for each endpoint that wants them, and wake the first of them.

    What happened before an endpoint was set up is not for it, even if it is positioned only now.
    """
    events = [event for event in events if _is_told(event)]
    endpoints = WebhookEndpoint.objects.filter(enabled=True, archived_at=None) if events else None
    wanting = list(endpoints.defer("secret", "old_secret")) if endpoints is not None else []
    if not wanting:
        return
    private = _private_ones(events)
    deliveries = [
        _delivery(webhook, endpoint)
        for event in events
        for webhook in webhooks_of(event, private=payloads.about(event) in private)
        for endpoint in wanting
        if webhook.event_type in endpoint.event_types and event.created_at >= endpoint.created_at
    ]
    Delivery.objects.bulk_create(deliveries)
    woken = Counter[str]()
    for delivery in deliveries:
        if woken[delivery.target] < ledger.calls_at_once():
            woken[delivery.target] += 1
            wake(deliver, delivery.pk)


def webhooks_of(event: Event, *, private: bool) -> list[Webhook]:
    """The webhooks of an event. Receivers de-duplicate on the webhook-id, so each has one of its own: that of the
    first names the event alone.
    """
    told = [(event_type, event.pk, "") for event_type in _event_types(event, private=private)]
    if private:
        told += _of_memberships(event)
    return [
        Webhook(event, event_type, f"msg_{event.pk}_{index}" if index else f"msg_{event.pk}", event_id, body)
        for index, (event_type, event_id, body) in enumerate(told)
    ]


def _is_told(event: Event) -> bool:
    return (event.subject_type == "incident" and event.type.startswith("incident.")) or (
        event.type in OF_WORK or event.type in OF_ALERTS
    )


def _private_ones(events: list[Event]) -> set[str]:
    """Of what the events are about, what is private now."""
    ids = {payloads.about(event) for event in events}
    incidents = Incident.objects.filter(pk__in=ids, visibility=Visibility.PRIVATE)
    alerts = Alert.objects.filter(pk__in=ids, is_private=True)
    return {*incidents.values_list("pk", flat=True), *alerts.values_list("pk", flat=True)}


def _event_types(event: Event, *, private: bool) -> list[EventType]:
    room = "private" if private else "public"
    if event.type in OF_ALERTS:
        return [EventType(f"{room}_alert.{OF_ALERTS[event.type]}")]
    if event.type in OF_WORK:
        return [EventType(f"{room}_incident.{name}") for name in OF_WORK[event.type]]
    if event.type == "incident.created":
        return [EventType(f"{room}_incident.incident_created_v2")]
    updated = [EventType(f"{room}_incident.incident_updated_v2")]
    moved = not private and None not in event.changes.get("incident_status_id", (None, None))
    return [*updated, EventType.PUBLIC_STATUS_UPDATED] if moved else updated


def _of_memberships(event: Event) -> Iterator[tuple[EventType, str, str]]:
    """One for each person who was let in or out after the incident was declared."""
    if event.type == "incident.created":
        return
    changes = [(name, change) for name, change in event.changes.items() if name.startswith(MEMBERSHIPS)]
    for index, (name, (before, after)) in enumerate(changes):
        event_type = EventType.MEMBERSHIP_REVOKED if after is None else EventType.MEMBERSHIP_GRANTED
        told = payloads.membership(event, name.removeprefix(MEMBERSHIPS))
        yield event_type, (after or before) if index else event.pk, payloads.written(event_type, told)


def _delivery(webhook: Webhook, endpoint: WebhookEndpoint) -> Delivery:
    event = webhook.event
    assert event.position is not None  # noqa: S101  followers are told of positioned events only
    return Delivery(
        key=webhook.key,
        target=endpoint.target,
        due_at=timezone.now(),
        endpoint=endpoint,
        event_type=webhook.event_type,
        event_id=webhook.event_id,
        incident_id=payloads.about(event),
        position=event.position,
        request_body=webhook.body,
        request_digest=hashlib.sha256(webhook.body.encode()).hexdigest() if webhook.body else "",
    )
