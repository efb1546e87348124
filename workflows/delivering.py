"""Sending webhooks: one signed POST per delivery, those of one incident to one endpoint in their order."""

import hashlib
from datetime import UTC, datetime
from time import monotonic

import structlog
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.tasks import task
from django.utils import timezone
from standardwebhooks import Webhook

from incidentio.core import http
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.engine import wake
from integrations.base import Attempt, Outcome
from workflows import ledger, payloads
from workflows.models import CallState, Delivery

# After this long a worker goes back to the queue, where others may be waiting.
TURN_SECONDS = 1.0
ANSWER_KEPT_BYTES = 1024


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
    started = monotonic()
    try:
        body = _body(delivery)
        headers = _signed(delivery.key, body, endpoint.secret)
        answer = http.send(
            "POST", endpoint.url, headers=headers, body=body.encode(), timeout_seconds=ledger.call_seconds()
        )
    except (payloads.Withheld, http.Refused) as refusal:
        return Attempt(Outcome.REFUSED, str(refusal))
    except (http.Unreachable, UndecryptableSecret) as failure:
        return Attempt(Outcome.FAILED, str(failure), duration_ms=_ms_since(started))
    except http.LostConnection as failure:
        return Attempt(Outcome.UNKNOWN, str(failure), duration_ms=_ms_since(started))
    return _judged(answer)


def _ms_since(started: float) -> int:
    return round((monotonic() - started) * 1000)


def _body(delivery: Delivery) -> str:
    """The bytes of every attempt: written on the row before the first one."""
    if delivery.request_body:
        payloads.check_still_public(delivery.event_type, delivery.incident_id)
        return delivery.request_body
    body = payloads.body(delivery.event_type, delivery.incident_id)
    delivery.request_body = body
    delivery.request_digest = hashlib.sha256(body.encode()).hexdigest()
    delivery.save(update_fields=["request_body", "request_digest"])
    return body


def _signed(message_id: str, body: str, secret: str) -> dict[str, str]:
    """The headers of the Standard Webhooks specification; receivers refuse timestamps that are minutes old."""
    moment = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body),
    }


def _judged(answer: http.Answer) -> Attempt:
    """Any 2xx is success; a redirect is not followed, so it is none."""
    done = 200 <= answer.status < 300
    return Attempt(
        Outcome.DONE if done else Outcome.FAILED,
        status=answer.status,
        duration_ms=answer.duration_ms,
        answer=answer.body[:ANSWER_KEPT_BYTES].decode(errors="replace"),
        wait_seconds=0.0 if done else answer.wait_seconds,
    )
