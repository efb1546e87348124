"""Sending webhooks: one signed POST per delivery, those of one incident to one endpoint in their order."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import structlog
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.tasks import task
from django.utils import timezone
from standardwebhooks import Webhook

from events.actors import Actor
from events.models import Event
from events.record import record
from incidentio.core import http
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.engine import wake
from incidentio.core.errors import Conflict
from integrations.base import Attempt, Outcome
from workflows import failing, ledger, payloads
from workflows.models import CallState, Delivery, WebhookEndpoint
from workflows.steps.redacting import shown_headers

# After this long a worker goes back to the queue, where others may be waiting.
TURN_SECONDS = 1.0
ANSWER_KEPT_BYTES = 1024
HEADERS_KEPT = 30
HEADER_CHARACTERS = 300
SIGNATURE_HEADER = "webhook-signature"

_EARLIER = Exists(
    Delivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        incident_id=OuterRef("incident_id"),
        state=CallState.PENDING,
        position__lt=OuterRef("position"),
    )
)


def at_the_front() -> "models.QuerySet[Delivery]":
    """Deliveries before which nothing of the same incident waits to go to the same endpoint."""
    return Delivery.objects.filter(~_EARLIER)


@task
def deliver(delivery_id: str) -> None:
    """Send what is due for the endpoint of this delivery, for about a turn; who finishes one starts the next."""
    target = Delivery.objects.values_list("target", flat=True).get(pk=delivery_id)
    end_of_turn = monotonic() + TURN_SECONDS
    while (delivery := ledger.take(at_the_front().select_related("endpoint"), target)) is not None:
        with structlog.contextvars.bound_contextvars(event_id=delivery.event_id, delivery_id=delivery.pk):
            _finish(delivery, _attempt(delivery))
        if monotonic() > end_of_turn:
            wake_next(target)
            return


def wake_next(target: str) -> None:
    """Wake somebody for what is due at `target`, if anything is."""
    due = ledger.due(at_the_front().filter(target=target)).first()
    if due is not None:
        wake(deliver, due.pk)


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


def _finish(delivery: Delivery, attempt: Attempt) -> None:
    with transaction.atomic():
        due_at = ledger.settle(delivery, attempt)
        if due_at is not None:
            wake(deliver, delivery.pk, delay_seconds=(due_at - timezone.now()).total_seconds())


def _attempt(delivery: Delivery) -> Attempt:
    """Send the delivery, with no transaction open. The receiver may see it twice, and knows it by its webhook-id."""
    endpoint = delivery.endpoint
    if not endpoint.enabled or endpoint.archived_at is not None:
        return Attempt(Outcome.REFUSED, "The endpoint is switched off")
    try:
        body = _body(delivery)
        headers = _signed(delivery.key, body, _secrets(endpoint))
    except payloads.Withheld as refusal:
        return Attempt(Outcome.REFUSED, str(refusal))
    except UndecryptableSecret as failure:  # the hub's failure, not the endpoint's
        return Attempt(Outcome.FAILED, str(failure))
    attempt = replace(_sent(endpoint.url, headers, body), request_headers=_shown(headers))
    failing.note(endpoint, well=attempt.outcome == Outcome.DONE)
    return attempt


def _sent(url: str, headers: dict[str, str], body: str) -> Attempt:
    started = monotonic()
    try:
        answer = http.send("POST", url, headers=headers, body=body.encode(), timeout_seconds=ledger.call_seconds())
    except http.NoAnswer as failure:
        return Attempt(_outcome_of(failure), str(failure), duration_ms=round((monotonic() - started) * 1000))
    return _judged(answer)


def _outcome_of(failure: http.NoAnswer) -> Outcome:
    match failure:
        case http.Refused():
            return Outcome.REFUSED
        case http.Unreachable():
            return Outcome.FAILED
        case _:
            return Outcome.UNKNOWN


def _body(delivery: Delivery) -> str:
    """The bytes of every attempt: written on the row before the first one."""
    if delivery.request_body:
        payloads.check_still_public(delivery.event_type, delivery.incident_id)
        return delivery.request_body
    body = payloads.body(delivery.event_type, Event.objects.get(pk=delivery.event_id))
    delivery.request_body = body
    delivery.request_digest = hashlib.sha256(body.encode()).hexdigest()
    delivery.save(update_fields=["request_body", "request_digest"])
    return body


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    """What signs now: the endpoint's secret, and while a rotation lasts the one before."""
    until = endpoint.old_secret_until
    rotating = until is not None and until > timezone.now() and endpoint.old_secret
    return [endpoint.secret, endpoint.old_secret] if rotating else [endpoint.secret]


def _signed(message_id: str, body: str, secrets: list[str]) -> dict[str, str]:
    """The headers of the Standard Webhooks specification; receivers refuse timestamps that are minutes old."""
    moment = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        SIGNATURE_HEADER: " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets),
    }


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as the log keeps them: the first few, none of them long, and no secret."""
    some = {name: value[:HEADER_CHARACTERS] for name, value in list(headers.items())[:HEADERS_KEPT]}
    return shown_headers(some, SIGNATURE_HEADER, ())


def _judged(answer: http.Answer) -> Attempt:
    """Any 2xx is success; a redirect is not followed, so it is none."""
    done = 200 <= answer.status < 300
    return Attempt(
        Outcome.DONE if done else Outcome.FAILED,
        status=answer.status,
        duration_ms=answer.duration_ms,
        answer=answer.body[:ANSWER_KEPT_BYTES].decode(errors="replace"),
        answer_headers=_shown(answer.headers),
        wait_seconds=0.0 if done else answer.wait_seconds,
    )
