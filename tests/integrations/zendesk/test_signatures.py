"""Zendesk signs what it sends; nobody else is heard."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from incidents.models import Alert
from tests.integrations.recorded import payload, post, source_of, tell

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
BODY = json.dumps(payload("zendesk", "trigger")).encode()
NAMES = ("X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp")


def stamp(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(body: bytes = BODY, time: str | None = None, secret: str = SECRET, method: str = "sha256") -> bytes:
    return hmac.digest(secret.encode(), (time or stamp()).encode() + body, getattr(hashlib, method))


def signed(given: str, time: str | None = None) -> dict[str, str]:
    return dict(zip(NAMES, (given, time or stamp()), strict=True))


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def well(time: str | None = None, body: bytes = BODY) -> dict[str, str]:
    time = time or stamp()
    return signed(b64(signature(body, time)), time)


def test_what_zendesk_signed_is_heard() -> None:
    source = source_of("zendesk", SECRET)
    assert post(source, BODY, well()).status_code == 202
    assert Alert.objects.count() == 1


def test_a_signature_over_any_letters_is_known() -> None:
    body = json.dumps(payload("zendesk", "trigger") | {"title": "Оплата не работает 💥"}, ensure_ascii=False).encode()
    assert post(source_of("zendesk", SECRET), body, well(body=body)).status_code == 202


def test_the_same_request_again_changes_nothing() -> None:
    source, headers = source_of("zendesk", SECRET), well()
    assert {post(source, BODY, headers).status_code for _ in range(3)} == {202}
    assert Alert.objects.get().firings == 1


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clocks_may_differ(seconds: float) -> None:
    assert post(source_of("zendesk", SECRET), BODY, well(stamp(seconds))).status_code == 202


def forgeries() -> dict[str, tuple[bytes, dict[str, str]]]:
    good, now = b64(signature()), stamp()
    return {
        "tampered body": (BODY.replace(b"35436", b"35437"), well()),
        "truncated body": (BODY[:-1] + b" ", well()),
        "a space more": (BODY + b" ", well()),
        "other secret": (BODY, signed(b64(signature(secret="other")))),
        "empty secret": (BODY, signed(b64(hmac.digest(b"\0", now.encode() + BODY, "sha256")), now)),
        "not signed": (BODY, {}),
        "no timestamp": (BODY, {NAMES[0]: good}),
        "no signature": (BODY, {NAMES[1]: now}),
        "empty signature": (BODY, signed("")),
        "empty timestamp": (BODY, {NAMES[0]: b64(signature(time="")), NAMES[1]: ""}),
        "of an hour ago": (BODY, well(stamp(-3600))),
        "of six minutes ago": (BODY, well(stamp(-360))),
        "of the future": (BODY, well(stamp(360))),
        "another timestamp": (BODY, signed(b64(signature(time=stamp(-60))), now)),
        "no time": (BODY, well("yesterday")),
        "hex": (BODY, signed(signature().hex())),
        "upper-case hex": (BODY, signed(signature().hex().upper())),
        "sha1": (BODY, signed(b64(signature(method="sha1")))),
        "sha512": (BODY, signed(b64(signature(method="sha512")))),
        "with a scheme": (BODY, signed(f"sha256={good}")),
        "with a version": (BODY, signed(f"v1,{good}")),
        "several": (BODY, signed(f"{b64(signature(secret='other'))},{good}")),
        "cut": (BODY, signed(good[:-2])),
        "url-safe": (BODY, signed(base64.urlsafe_b64encode(b"\xff" * 32).decode())),
        "without timestamp in it": (BODY, signed(b64(hmac.digest(SECRET.encode(), BODY, "sha256")))),
        "letters of no alphabet": (BODY, signed("подпись")),
    }


@pytest.mark.forgeries("zendesk")
@pytest.mark.parametrize("name", forgeries())
def test_a_forgery_is_refused(name: str) -> None:
    body, headers = forgeries()[name]
    answer = post(source_of("zendesk", SECRET), body, headers)
    assert (answer.status_code, Alert.objects.count()) == (401, 0)
    assert SECRET not in answer.content.decode()


def test_where_a_signature_is_due_the_source_s_secret_is_not_enough() -> None:
    assert tell(source_of("zendesk", SECRET), payload("zendesk", "trigger")).status_code == 401


def test_without_a_signing_secret_the_source_s_own_is_asked_for() -> None:
    source = source_of("zendesk")
    assert post(source, BODY, {}).status_code == 401
    assert post(source, BODY, {"authorization": "Bearer wrong"}).status_code == 401
    assert post(source, BODY, {}, "?token=wrong").status_code == 401
    assert post(source, BODY, {}, f"?token={source.secret}").status_code == 202
