"""Webhooks that workflows send: signed, described, and without secrets in what is shown."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from incidents.api.incidents import incident_v2
from incidents.models import Incident, Visibility
from integrations.base import Attempt, Call, Outcome, Repeat, Sent, StepFailed
from tests.receiver import Behaviour, Receiver, answer, receiving, reset_in_mid_answer, silence
from tests.workflows.steps.doing import planned
from workflows.api.workflow_runs import WebhookDeliveryV2
from workflows.registry import STEPS

SEND, KEY = "webhook.send", "01JT3Y8M5QJ4V6F2H0W7P9D1RA_0_0"
SECRET = "whsec_c2VjcmV0IG9mIHRoZSBob29rcw=="


def call_of(receiver: Receiver, incident: Incident | None, **said: Any) -> Call:
    (call,) = planned(SEND, incident, **{"endpoint": receiver.url} | said)
    return call


def made(call: Call, seconds: float = 5.0) -> Attempt:
    make = STEPS[SEND].make
    assert make is not None
    return make(Sent(KEY, call.body, call.sealed, seconds))


def delivery_of(attempt: Attempt) -> dict[str, Any]:
    assert attempt.detail is not None
    delivery: dict[str, Any] = attempt.detail["delivery"]
    shape = WebhookDeliveryV2(data=delivery)
    assert shape.is_valid(), shape.errors
    return delivery


def test_a_public_incident_is_told_in_full(receiver: Receiver, incident: Incident) -> None:
    attempt = made(call_of(receiver, incident, signing_secret=SECRET))
    (arrival,) = receiver.arrivals
    told = Webhook(SECRET).verify(arrival.body, arrival.headers)
    assert told.items() >= json.loads(json.dumps(incident_v2(incident.pk))).items()
    assert arrival.message_id == KEY
    assert (attempt.outcome, attempt.status) == (Outcome.DONE, 200)


def test_of_a_private_incident_only_its_id_is_told(receiver: Receiver, private: Incident) -> None:
    made(call_of(receiver, private))
    assert json.loads(receiver.arrivals[0].body) == {"id": private.pk}


def test_what_became_private_is_not_told_any_more(receiver: Receiver, incident: Incident) -> None:
    call = call_of(receiver, incident, body="Checkout is down")
    Incident.objects.update(visibility=Visibility.PRIVATE)
    attempt = made(call)
    assert (attempt.outcome, receiver.arrivals) == (Outcome.REFUSED, [])


def test_what_was_said_is_sent_as_it_was_said(receiver: Receiver, incident: Incident) -> None:
    headers = ["Content-Type: text/plain", "X-Tenant:  acme:1 "]
    made(call_of(receiver, incident, body="Всё сломалось", headers=headers, signature_header="X-Signed"))
    (arrival,) = receiver.arrivals
    assert arrival.body.decode() == "Всё сломалось"
    assert (arrival.headers["content-type"], arrival.headers["x-tenant"]) == ("text/plain", "acme:1")
    assert "x-signed" not in arrival.headers


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), "a phrase nobody guesses"])
def test_a_secret_may_be_any_text(receiver: Receiver, incident: Incident, secret: str) -> None:
    made(call_of(receiver, incident, generated_secret=secret, signature_header="X-Signed"))
    (arrival,) = receiver.arrivals
    key = secret.encode() if " " in secret else secret
    Webhook(key).verify(arrival.body, arrival.headers | {"webhook-signature": arrival.headers["x-signed"]})


def test_a_call_is_shown_without_its_secrets(receiver: Receiver, incident: Incident) -> None:
    receiver.script = [answer(200, f"you said {SECRET} \0".encode(), set_cookie="session=hunter2")]
    headers = ["Authorization: Bearer hunter2", "X-Api-Key: hunter2", "X-Tenant: acme"]
    endpoint = f"{receiver.url}?token=hunter2&page=2"
    said = {"endpoint": endpoint, "headers": headers, "body": f"key={SECRET}", "signing_secret": SECRET}
    attempt = made(call_of(receiver, incident, **said))
    delivery = delivery_of(attempt)
    shown = json.dumps([attempt.detail, attempt.answer, attempt.entry(datetime.now(UTC))])
    assert "hunter2" not in shown
    assert SECRET.removeprefix("whsec_") not in shown
    assert delivery["endpoint"] == f"{receiver.url}?token=[secret]&page=2"
    request = delivery["request"]
    assert request["headers"]["webhook-signature"] == "[redacted]"
    assert request["headers"].items() >= {"authorization": "[secret]", "x-tenant": "[secret]"}.items()
    assert request["body"] == "key=[secret]"
    assert delivery["response"]["body"] == "you said [secret] "


def test_secrets_are_sealed(receiver: Receiver, incident: Incident) -> None:
    call = call_of(receiver, incident, signing_secret=SECRET, headers=["Authorization: Bearer hunter2"])
    assert "hunter2" not in call.body + call.target
    assert SECRET not in call.body + call.target


def test_long_bodies_are_shown_in_part(receiver: Receiver, incident: Incident) -> None:
    receiver.script = [answer(200, b"y" * 20_000)]
    delivery = delivery_of(made(call_of(receiver, incident, body="x" * 20_000)))
    assert len(receiver.arrivals[0].body) == 20_000
    for part in ("request", "response"):
        assert len(delivery[part]["body"]) == 10_000
        assert delivery[part]["body_truncated"] is True


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Outcome.DONE),
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (408, Outcome.FAILED),
        (425, Outcome.FAILED),
        (429, Outcome.FAILED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
    ],
)
def test_the_status_decides(receiver: Receiver, incident: Incident, status: int, outcome: Outcome) -> None:
    receiver.script = [answer(status)]
    attempt = made(call_of(receiver, incident))
    delivery = delivery_of(attempt)
    assert (attempt.outcome, attempt.status, delivery["status_code"]) == (outcome, status, status)
    assert delivery["outcome"] == ("success" if outcome == Outcome.DONE else "non_2xx")
    assert attempt.error == ("" if outcome == Outcome.DONE else f"The endpoint answered {status}")


@pytest.mark.parametrize(
    "wish", ["90", format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)], ids=["seconds", "date"]
)
def test_it_waits_as_long_as_it_is_asked_to(receiver: Receiver, incident: Incident, wish: str) -> None:
    receiver.script = [answer(429, retry_after=wish)]
    assert made(call_of(receiver, incident)).wait_seconds >= 90


@pytest.mark.parametrize(("behaviour", "told"), [(reset_in_mid_answer, "network_error"), (silence, "timeout")])
def test_a_lost_connection_is_unknown(receiver: Receiver, incident: Incident, behaviour: Behaviour, told: str) -> None:
    receiver.script = [behaviour]
    attempt = made(call_of(receiver, incident), seconds=0.3)
    assert (attempt.outcome, delivery_of(attempt)["outcome"]) == (Outcome.UNKNOWN, told)
    assert STEPS[SEND].repeats == Repeat.HANDLE


def test_nobody_there_is_worth_another_attempt(incident: Incident) -> None:
    with receiving() as gone:
        call = call_of(gone, incident)
    attempt = made(call)
    assert (attempt.outcome, delivery_of(attempt)["outcome"]) == (Outcome.FAILED, "unreachable")


def test_somebody_who_speaks_no_tls_is_told_apart(receiver: Receiver, incident: Incident) -> None:
    call = call_of(receiver, incident, endpoint=receiver.url.replace("http://", "https://"))
    attempt = made(call)
    assert (attempt.outcome, delivery_of(attempt)["outcome"]) == (Outcome.FAILED, "tls_error")


def test_somebody_who_never_answers_the_handshake_times_out(incident: Incident) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        call = planned(SEND, incident, endpoint=f"https://127.0.0.1:{silent.getsockname()[1]}/")[0]
        attempt = made(call, seconds=0.3)
    assert (attempt.outcome, delivery_of(attempt)["outcome"]) == (Outcome.FAILED, "timeout")


def test_an_address_the_hub_may_not_call_is_final(receiver: Receiver, incident: Incident, settings: Any) -> None:
    call = call_of(receiver, incident)
    settings.OUTBOUND_ALLOW = []
    attempt = made(call)
    assert (attempt.outcome, receiver.arrivals) == (Outcome.REFUSED, [])


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"endpoint": None}, "Endpoint is not set"),
        ({"endpoint": "ftp://example.com"}, "does not call this endpoint: only http"),
        ({"endpoint": "http://169.254.169.254/"}, "does not call this endpoint"),
        ({"method": "BREW"}, "'BREW' is no method of webhooks"),
        ({"headers": ["no colon"]}, "One of the headers is none"),
        ({"headers": ["X-Evil: a\r\nHost: b"]}, "'X-Evil' is no header"),
    ],
)
def test_what_cannot_be_called_is_told(
    receiver: Receiver, incident: Incident, said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(StepFailed, match=complaint):
        call_of(receiver, incident, **said)


def test_a_run_about_no_incident_sends_what_it_says(receiver: Receiver, hub: None) -> None:
    made(call_of(receiver, None, method="post", body='{"at": "noon"}'))
    assert json.loads(receiver.arrivals[0].body) == {"at": "noon"}


def test_calls_to_one_host_share_a_target(incident: Incident) -> None:
    def target(endpoint: str) -> str:
        return planned(SEND, incident, endpoint=endpoint)[0].target

    assert target("https://Hooks.example.com/a") == target("https://hooks.example.com/b?c")
    assert target("https://hooks.example.com/") != target("https://other.example.com/")
