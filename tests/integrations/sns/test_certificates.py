"""A certificate is fetched once, in the background, by Amazon's name over TLS; meanwhile SNS is asked to send again."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from incidentio.core import http
from incidentio.core.times import instant, rfc3339
from incidents.models import Alert, AlertSource
from integrations.models import RemoteObject
from integrations.sns.errands import DONE, REFUSED, WAITING
from tests.integrations.recorded import source_of
from tests.integrations.sns.amazon import CERTIFICATE_URL, Amazon, certificate, notification, publish, slowly
from tests.integrations.standing_in import Fault, done_and_failed, done_and_reset, done_in_silence, says, silent

Drain = Callable[[], None]
DAY = timedelta(days=1)
SOON = format_datetime(timezone.now() - DAY, usegmt=True)
LATER = [
    pytest.param(says(500, "oops"), id="500"),
    pytest.param(says(503, "busy"), id="503"),
    pytest.param(says(429, "slow down", retry_after="0"), id="429, seconds"),
    pytest.param(says(429, "slow down", retry_after=SOON), id="429, a date"),
    pytest.param(says(408), id="408"),
    pytest.param(silent, id="silence"),
    pytest.param(done_in_silence, id="done in silence"),
    pytest.param(done_and_failed, id="500 although it was done"),
    pytest.param(done_and_reset, id="a reset in the middle"),
]
NEVER = [
    pytest.param(says(404, b"<Error>NoSuchKey</Error>"), "no certificate", id="404"),
    pytest.param(says(403, b"<Error>AccessDenied</Error>"), "403", id="403"),
    pytest.param(says(401), "401", id="401"),
    pytest.param(says(400), "no certificate", id="400"),
    pytest.param(says(301, b"", location="https://evil.example/x.pem"), "no certificate", id="elsewhere"),
    pytest.param(says(302, b"", location="http://127.0.0.1/x.pem"), "no certificate", id="within"),
    pytest.param(says(204), "no certificate", id="nothing"),
    pytest.param(says(200, b"<html>"), "", id="no PEM"),
    pytest.param(says(200, b""), "", id="an empty body"),
    pytest.param(says(200, certificate()[:-99]), "", id="half a certificate"),
    pytest.param(says(200, b"x" * 30_000), "no certificate", id="far too much"),
    pytest.param(says(200, certificate(since=-2 * DAY, until=-DAY)), "not valid now", id="an old one"),
    pytest.param(says(200, certificate(since=DAY, until=2 * DAY)), "not valid now", id="one of tomorrow"),
    pytest.param(says(200, certificate(ec.generate_private_key(ec.SECP256R1()))), "RSA", id="not RSA"),
]


@pytest.fixture
def source(hub: None) -> AlertSource:
    return source_of("cloudwatch")


def row() -> RemoteObject:
    return RemoteObject.objects.get(url=CERTIFICATE_URL)


def test_the_first_message_is_asked_for_again(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    answer = publish(source, notification())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["errors"][0]["code"] == "not_yet"  # type: ignore[attr-defined]
    assert (amazon.asked, Alert.objects.count()) == ([], 0)
    drain()
    assert publish(source, notification()).status_code == 202
    assert (row().remote_id, Alert.objects.count()) == (DONE, 1)


def test_it_is_fetched_once_however_many_wait(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    for _ in range(10):
        assert publish(source, notification()).status_code == 503
    drain()
    for version in ("1", "2"):
        assert publish(source, notification(version=version)).status_code == 202
    drain()
    assert [asked.path for asked in amazon.asked] == [
        CERTIFICATE_URL.removeprefix("https://sns.eu-west-1.amazonaws.com")
    ]
    assert amazon.asked[0].headers["host"] == "sns.eu-west-1.amazonaws.com"
    assert "authorization" not in amazon.asked[0].headers


@pytest.mark.parametrize("fault", LATER)
def test_what_may_pass_is_tried_again(amazon: Amazon, source: AlertSource, drain: Drain, fault: Fault) -> None:
    amazon.script = [fault]
    publish(source, notification())
    drain()
    assert (row().remote_id, row().state["attempts"]) == (DONE, 2)
    assert publish(source, notification()).status_code == 202


@pytest.mark.parametrize("wish", ["9" * 12, "9" * 400])
def test_nobody_has_it_wait_for_more_than_an_hour(amazon: Amazon, source: AlertSource, drain: Drain, wish: str) -> None:
    amazon.script = [says(503, "busy", retry_after=wish)]
    publish(source, notification())
    drain()
    due_at = instant(row().state["due_at"])
    assert row().remote_id == WAITING
    assert due_at is not None
    assert due_at <= timezone.now() + timedelta(hours=1)


def test_a_slow_answer_is_one(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    amazon.script = [slowly]
    publish(source, notification())
    drain()
    assert (row().remote_id, len(amazon.asked)) == (DONE, 1)


@pytest.mark.parametrize(("fault", "why"), NEVER)
def test_what_is_no_certificate_is_not_asked_for_again(
    amazon: Amazon, source: AlertSource, drain: Drain, fault: Fault, why: str
) -> None:
    amazon.script = [fault]
    publish(source, notification())
    drain()
    answer = publish(source, notification())
    drain()
    assert (row().remote_id, len(amazon.asked)) == (REFUSED, 1)
    assert answer.status_code == 401
    assert why in answer.json()["errors"][0]["message"]  # type: ignore[attr-defined]
    assert not Alert.objects.exists()


def test_after_a_rest_it_is(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    amazon.script = [says(404)]
    publish(source, notification())
    drain()
    waiting = row()
    waiting.state |= {"due_at": rfc3339(timezone.now())}
    waiting.save()
    assert publish(source, notification()).status_code == 503
    drain()
    assert publish(source, notification()).status_code == 202


def test_who_is_given_up_on_may_still_come_back(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    amazon.script = [says(500)] * 8
    publish(source, notification())
    drain()
    assert (row().remote_id, len(amazon.asked)) == (REFUSED, 8)
    rests_until = instant(row().state["due_at"])
    assert rests_until is not None
    assert rests_until > timezone.now()
    assert publish(source, notification()).status_code == 503


def test_a_server_without_amazons_certificate_is_not_asked(
    amazon: Amazon, source: AlertSource, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    http._tls.cache_clear()
    monkeypatch.setattr("integrations.sns.errands.MOST_ATTEMPTS", 2)
    publish(source, notification())
    drain()
    assert (row().remote_id, amazon.asked) == (REFUSED, [])
    assert "CERTIFICATE_VERIFY_FAILED" in row().state["why"]


def test_an_address_within_is_not_called(amazon: Amazon, source: AlertSource, drain: Drain, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    publish(source, notification())
    drain()
    assert (row().remote_id, amazon.asked) == (REFUSED, [])
    assert "loopback" in row().state["why"]


def test_a_fetch_leaves_nothing_of_the_message(amazon: Amazon, source: AlertSource) -> None:
    publish(source, notification())
    assert (row().remote_id, set(row().state)) == (WAITING, {"attempts", "due_at"})


def test_when_it_ends_is_noted(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, notification())
    drain()
    ends = instant(row().state["ends"])
    assert ends is not None
    assert timezone.now() < ends <= timezone.now() + DAY
