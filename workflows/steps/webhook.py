"""Calling a webhook, signed as the Standard Webhooks specification has it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import orjson
from standardwebhooks import Webhook

from incidentio.core import http
from incidentio.core.vocabulary import STRING
from incidents.models import Incident, Visibility
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, Step, StepFailed
from integrations.types import LINK, TEMPLATED_TEXT
from workflows import payloads
from workflows.models import EventType
from workflows.steps.arguments import needed, text_of, texts_of
from workflows.steps.redacting import (
    SECRET,
    hidden_header,
    hidden_in_url,
    hidden_whole,
    is_plain,
    said_in,
    shown_headers,
    shown_url,
    without,
)

METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
SIGNATURE_HEADER = "webhook-signature"
TIMES_OUT_LATER = (408, 425, 429)
SHOWN_CHARACTERS = 10_000
ANSWER_CHARACTERS = 1_024
_ENDPOINT = Param("endpoint", "Endpoint", LINK, required=True, hide=hidden_in_url)


def _plan(doing: Doing, args: Args) -> list[Call]:
    url = needed(args, _ENDPOINT).strip()
    try:
        http.check_url(url)
    except http.Refused as refusal:
        raise StepFailed(f"The hub does not call this endpoint: {refusal.reason}") from None
    method = (text_of(args, "method").strip() or "POST").upper()
    if method not in METHODS:
        raise StepFailed(f"{method[:20]!r} is no method of webhooks; there are {', '.join(METHODS)}")
    public = Incident.objects.filter(pk=doing.incident_id or "", visibility=Visibility.PUBLIC).exists()
    sealed = {
        "url": url,
        "method": method,
        "headers": _headers(texts_of(args, "headers")),
        "secret": text_of(args, "signing_secret") or text_of(args, "generated_secret"),
        "signature_header": (text_of(args, "signature_header").strip() or SIGNATURE_HEADER).lower(),
        "public_incident_id": doing.incident_id if public else None,
    }
    body = text_of(args, "body") or _incident(doing.incident_id, public=public)
    return [Call(target=f"webhook:{_origin(url)}", body="" if method == "GET" else body, sealed=sealed)]


def _headers(lines: list[str]) -> dict[str, str]:
    """The headers of lines such as `Name: value`."""
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:  # it may be a secret
            raise StepFailed("One of the headers is none; write it as in Name: value")
        if not name.strip() or not name.strip().isascii() or any(end in value.strip() for end in "\r\n"):
            raise StepFailed(f"{name.strip()[:60]!r} is no header; write it as in Name: value")
        headers[name.strip().lower()] = value.strip()
    return headers


def _incident(incident_id: str | None, *, public: bool) -> str:
    """What is sent if nothing was said: the incident as far as it may be told."""
    if incident_id is None:
        return "{}"
    told = payloads.public_incident(incident_id) if public else {"id": incident_id}
    return orjson.dumps(told).decode()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass(frozen=True)
class _Request:
    """What is sent now. `secrets` are shown to nobody, nor is what `hidden` headers say."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    signature_header: str
    secrets: tuple[str, ...]
    hidden: frozenset[str]

    def shown(self) -> dict[str, Any]:
        """The request in the words of the wire."""
        headers = shown_headers(self.headers, self.signature_header, self.secrets)
        headers |= dict.fromkeys(self.hidden, SECRET)
        return {"headers": headers} | _shown_body(without(self.body, self.secrets))


def _make(sent: Sent) -> Attempt:
    """Post it once. The receiver may see it twice, and knows it by its webhook-id."""
    started = monotonic()
    request = _request(sent)
    incident_id = sent.sealed["public_incident_id"]
    try:
        if incident_id:
            payloads.check_still_public(EventType.PUBLIC_UPDATED, incident_id)
        answer = http.send(
            request.method,
            request.url,
            headers=request.headers,
            body=request.body.encode(),
            timeout_seconds=sent.seconds,
        )
    except payloads.Withheld as refusal:
        return Attempt(Outcome.REFUSED, str(refusal))
    except http.NoAnswer as failure:
        return _unanswered(request, failure, round((monotonic() - started) * 1000))
    return _answered(request, answer)


def _request(sent: Sent) -> _Request:
    sealed, now = sent.sealed, datetime.now(UTC)
    headers = {"content-type": "application/json", "user-agent": "incidentio"} | sealed["headers"]
    headers |= {"webhook-id": sent.key, "webhook-timestamp": str(int(now.timestamp()))}
    if sealed["secret"]:
        headers[sealed["signature_header"]] = _signer(sealed["secret"]).sign(sent.key, now, sent.body)
    return _Request(
        method=sealed["method"],
        url=sealed["url"],
        headers=headers,
        body=sent.body,
        signature_header=sealed["signature_header"],
        secrets=(sealed["secret"], sealed["secret"].removeprefix("whsec_"), *said_in(sealed["headers"])),
        hidden=frozenset(name for name in sealed["headers"] if not is_plain(name)),
    )


def _signer(secret: str) -> Webhook:
    """Signs with `secret`: base64 as the specification has it, else the text itself."""
    try:
        return Webhook(base64.b64decode(secret.removeprefix("whsec_"), validate=True) or secret.encode())
    except (binascii.Error, ValueError):
        return Webhook(secret.encode())


def _answered(request: _Request, answer: http.Answer) -> Attempt:
    done = 200 <= answer.status < 300
    later = answer.status >= 500 or answer.status in TIMES_OUT_LATER
    body = without(answer.body.decode(errors="replace"), request.secrets)
    response = {"headers": shown_headers(answer.headers, "", request.secrets)} | _shown_body(body)
    delivery = _delivery(request, "success" if done else "non_2xx", answer.duration_ms)
    delivery |= {"status_code": answer.status, "response": response}
    return Attempt(
        Outcome.DONE if done else Outcome.FAILED if later else Outcome.REFUSED,
        error="" if done else f"The endpoint answered {answer.status}",
        status=answer.status,
        duration_ms=answer.duration_ms,
        answer=body[:ANSWER_CHARACTERS],
        wait_seconds=0.0 if done else answer.wait_seconds,
        detail=_detail(request, delivery),
    )


def _unanswered(request: _Request, failure: http.NoAnswer, duration_ms: int) -> Attempt:
    outcome, told = Outcome.UNKNOWN, "network_error"
    if isinstance(failure, http.Refused):
        outcome, told = Outcome.REFUSED, "unreachable"
    elif isinstance(failure, http.Unreachable):
        outcome, told = Outcome.FAILED, "tls_error" if failure.failed_at_tls else "unreachable"
    if failure.timed_out:
        told = "timeout"
    delivery = _delivery(request, told, duration_ms)
    return Attempt(outcome, str(failure), duration_ms=duration_ms, detail=_detail(request, delivery))


def _delivery(request: _Request, outcome: str, duration_ms: int) -> dict[str, Any]:
    return {
        "endpoint": shown_url(request.url, request.secrets),
        "method": request.method,
        "outcome": outcome,
        "duration_ms": duration_ms,
        "request": request.shown(),
    }


def _detail(request: _Request, delivery: dict[str, Any]) -> dict[str, Any]:
    return {"did": f"Sent a webhook to {_origin(request.url)}", "delivery": delivery}


def _shown_body(text: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"body": text[:SHOWN_CHARACTERS]} if text else {}
    return shown | {"body_truncated": len(text) > SHOWN_CHARACTERS}


SEND = Step(
    "webhook.send",
    "Send a webhook",
    (
        _ENDPOINT,
        Param("method", "Method", STRING),
        Param("headers", "Headers", STRING, array=True, hide=hidden_header),
        Param("body", "Body", TEMPLATED_TEXT),
        Param("signing_secret", "Signing secret", STRING, hide=hidden_whole),
        Param("generated_secret", "Generated secret", STRING, hide=hidden_whole),
        Param("signature_header", "Signature header", STRING),
    ),
    plan=_plan,
    make=_make,
)
