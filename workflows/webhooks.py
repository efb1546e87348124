"""Outgoing webhooks: the endpoints people set up, and which deliveries an event makes."""

import base64
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.words import configuring
from events.actors import Actor
from events.models import Event
from events.record import changed, created, record, record_configuration
from incidentio.core import http
from incidentio.core.engine import wake
from incidentio.core.errors import Conflict, Gather, Invalid, NotFound
from incidents.models import Incident, Visibility
from workflows import ledger
from workflows.delivering import deliver
from workflows.models import CallState, Delivery, EventType, WebhookEndpoint

SUBJECT = "webhook_endpoint"
SECRET_BYTES = 24
LONGEST_NAME = 200
# Nobody's to read, or how it fares, which is no configuration.
UNTOLD = ("secret", "old_secret", "failing_since")


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint and its signing secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


def create_endpoint(actor: Actor, *, name: str, url: str, event_types: list[str], enabled: bool = True) -> NewEndpoint:
    """Set up an endpoint, with a signing secret of its own.

    Raises:
        Invalid: a blank name, a URL the hub does not call, or an unknown event type; all mistakes at once.
    """
    _check(name, url, event_types)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    endpoint = WebhookEndpoint(name=name, url=url, secret=secret, event_types=event_types, enabled=enabled)
    with configuring():
        endpoint.save(force_insert=True)
        record_configuration(actor, f"{SUBJECT}.created", SUBJECT, endpoint, created(_state(endpoint)))
    return NewEndpoint(endpoint, secret)


def update_endpoint(
    actor: Actor, endpoint: WebhookEndpoint, *, name: str, url: str, event_types: list[str], enabled: bool
) -> WebhookEndpoint:
    """Change an endpoint. What waits for it goes to the new URL; switched off, what is due is not sent.

    Raises:
        Invalid: as `create_endpoint`.
        NotFound: it was archived meanwhile.
    """
    _check(name, url, event_types)
    columns = {"name": name, "url": url, "event_types": event_types, "enabled": enabled}
    return _change(actor, endpoint, "updated", columns)


def archive_endpoint(actor: Actor, endpoint: WebhookEndpoint) -> None:
    """Take an endpoint out of use; its log of deliveries stays.

    Raises:
        NotFound: it was archived meanwhile.
    """
    _change(actor, endpoint, "archived", {"archived_at": timezone.now()})


def resend(actor: Actor, delivery: Delivery) -> None:
    """Send a delivery again, now: the same bytes under the same webhook-id, with as many attempts as a new one.

    Raises:
        Conflict: its endpoint is switched off, or it is being sent this moment.
    """
    with transaction.atomic():
        ledger.release(delivery.target)
        delivery.refresh_from_db()
        if not delivery.endpoint.enabled or delivery.endpoint.archived_at is not None:
            raise Conflict("endpoint_switched_off", "This endpoint is switched off; switch it on to send to it again")
        now, before = timezone.now(), delivery.state
        if delivery.lease_until is not None and delivery.lease_until > now:
            raise Conflict("being_sent", "This delivery is being sent this moment; look again in a few seconds")
        delivery.state, delivery.attempts, delivery.due_at = CallState.PENDING, 0, now
        delivery.save(update_fields=["state", "attempts", "due_at", "updated_at"])
        record(actor, "delivery.resent", "delivery", delivery.pk, {"state": [before, CallState.PENDING]})
        wake(deliver, delivery.pk)


def fan_out(events: list[Event]) -> None:
    """Write a delivery of each incident event for each endpoint that subscribes to it, and wake the first of them.

    What happened before an endpoint was set up is not for it, even if it is positioned only now.
    """
    events = [event for event in events if event.subject_type == "incident" and event.type.startswith("incident.")]
    endpoints = list(WebhookEndpoint.objects.filter(enabled=True, archived_at=None).defer("secret")) if events else []
    if not endpoints:
        return
    ids = {event.subject_id for event in events}
    private = Incident.objects.filter(pk__in=ids, visibility=Visibility.PRIVATE)
    secret_ids = set(private.values_list("pk", flat=True))
    deliveries = [
        _delivery(event, event_type, endpoint)
        for event in events
        for event_type in [_event_type(event, private=event.subject_id in secret_ids)]
        for endpoint in endpoints
        if event_type in endpoint.event_types and event.created_at >= endpoint.created_at
    ]
    Delivery.objects.bulk_create(deliveries)
    woken = Counter[str]()
    for delivery in deliveries:
        if woken[delivery.target] < ledger.calls_at_once():
            woken[delivery.target] += 1
            wake(deliver, delivery.pk)


def _event_type(event: Event, *, private: bool) -> EventType:
    match event.type == "incident.created", private:
        case True, True:
            return EventType.PRIVATE_CREATED
        case True, False:
            return EventType.PUBLIC_CREATED
        case False, True:
            return EventType.PRIVATE_UPDATED
        case _:
            return EventType.PUBLIC_UPDATED


def _delivery(event: Event, event_type: EventType, endpoint: WebhookEndpoint) -> Delivery:
    assert event.position is not None  # noqa: S101  followers are told of positioned events only
    return Delivery(
        key=f"msg_{event.pk}",
        target=endpoint.target,
        due_at=timezone.now(),
        endpoint=endpoint,
        event_type=event_type,
        event_id=event.pk,
        incident_id=event.subject_id,
        position=event.position,
    )


def _check(name: str, url: str, event_types: list[str]) -> None:
    problems = Gather()
    with problems:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise Invalid("invalid_value", f"A name of 1 to {LONGEST_NAME} characters is required", "name")
    with problems:
        try:
            http.check_url(url)
        except http.Refused as refusal:
            raise Invalid("invalid_value", f"The hub does not call this URL: {refusal.reason}", "url") from None
    with problems:
        unknown = sorted(set(event_types) - set(EventType.values))
        if unknown or not event_types:
            known = ", ".join(EventType.values)
            raise Invalid("invalid_value", f"Choose one or more of the event types {known}", "event_types")
    problems.raise_if_any()


def _change(actor: Actor, endpoint: WebhookEndpoint, verb: str, columns: dict[str, Any]) -> WebhookEndpoint:
    with configuring():
        endpoint.refresh_from_db()
        if endpoint.archived_at is not None:
            raise NotFound("webhook endpoint")
        before = _state(endpoint)
        for column, value in columns.items():
            setattr(endpoint, column, value)
        if _state(endpoint) != before:
            endpoint.save()
            changes = changed(before, _state(endpoint))
            record_configuration(actor, f"{SUBJECT}.{verb}", SUBJECT, endpoint, changes)
    return endpoint


def _state(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The endpoint as its events tell it: the secrets are nobody's to read."""
    fields = [field for field in endpoint._meta.concrete_fields if field.name not in UNTOLD]
    return {field.attname: field.value_from_object(endpoint) for field in fields}
