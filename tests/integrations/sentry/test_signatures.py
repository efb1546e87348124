"""Who signs as Sentry is heard; who does not is not."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.models import Alert, Incident
from integrations.base import Arrived, Forged
from integrations.sentry.inbound import verify
from tests.integrations.recorded import post, source_of

BODY = (Path(__file__).parent / "payloads" / "event_alert.json").read_bytes()
SECRET, OTHER = "5f4dcc3b5aa765d61d8327deb882cf99", "another secret"
HEADER = "sentry-hook-signature"


def signed(body: bytes = BODY, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def arrived(signature: str | None, body: bytes = BODY) -> Arrived:
    headers = {"sentry-hook-timestamp": "1792443965"} | ({} if signature is None else {HEADER: signature})
    return Arrived(headers, body, datetime.now(UTC))


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        pytest.param(BODY, SECRET, id="as recorded"),
        pytest.param(b"", SECRET, id="an empty body"),
        pytest.param(json.dumps(json.loads(BODY)).encode(), SECRET, id="written as ASCII"),
        pytest.param(json.dumps(json.loads(BODY), ensure_ascii=False).encode(), SECRET, id="written as UTF-8"),
        pytest.param(json.dumps(json.loads(BODY), separators=(",", ":")).encode(), SECRET, id="without spaces"),
        pytest.param(BODY, "schlüssel", id="a secret beyond ASCII"),
    ],
)
def test_a_signature_of_these_very_bytes_is_taken(body: bytes, secret: str) -> None:
    verify(arrived(signed(body, secret), body), secret)


@pytest.mark.forgeries("sentry")
@pytest.mark.parametrize(
    ("signature", "body"),
    [
        pytest.param(None, BODY, id="none"),
        pytest.param("", BODY, id="empty"),
        pytest.param(signed(), BODY + b"\n", id="another body"),
        pytest.param(signed(), BODY[:-1], id="a body cut short"),
        pytest.param(signed(), b"", id="no body"),
        pytest.param(signed(), json.dumps(json.loads(BODY)).encode(), id="a body written anew"),
        pytest.param(signed(), BODY.replace(b"triggered", b"trigger3d"), id="a tampered body"),
        pytest.param(signed(secret=OTHER), BODY, id="another secret"),
        pytest.param(signed(secret=""), BODY, id="no secret"),
        pytest.param(signed(secret=f"{SECRET} "), BODY, id="the secret and a space"),
        pytest.param(hashlib.sha256(BODY).hexdigest(), BODY, id="a digest without a secret"),
        pytest.param(signed(b"1792443965" + BODY), BODY, id="signed with the time"),
        pytest.param(signed(algorithm="sha1"), BODY, id="SHA-1"),
        pytest.param(signed(algorithm="sha512"), BODY, id="SHA-512"),
        pytest.param(signed().upper(), BODY, id="capitals"),
        pytest.param(f"sha256={signed()}", BODY, id="a scheme"),
        pytest.param(base64.b64encode(bytes.fromhex(signed())).decode(), BODY, id="base64"),
        pytest.param(signed()[:-1], BODY, id="cut short"),
        pytest.param(signed() + "0", BODY, id="too long"),
        pytest.param(f" {signed()}", BODY, id="a space"),
        pytest.param(f"{signed()},{signed()}", BODY, id="twice"),
        pytest.param("ünï¢ode–漢", BODY, id="not ASCII"),
    ],
)
def test_anything_else_is_forged(signature: str | None, body: bytes) -> None:
    with pytest.raises(Forged, match="Sentry-Hook-Signature"):
        verify(arrived(signature, body), SECRET)


def test_a_signed_webhook_makes_an_incident_once() -> None:
    source = source_of("sentry", SECRET)
    for _ in range(2):
        headers = {HEADER: signed(), "Sentry-Hook-Resource": "event_alert", "Request-ID": "1"}
        assert post(source, BODY, headers).status_code == 202
    assert (Alert.objects.count(), Incident.objects.count()) == (1, 1)


@pytest.mark.parametrize("signature", [None, "", signed()[:-1], "0" * 64])
def test_a_forged_one_changes_nothing_even_with_the_token(signature: str | None) -> None:
    source = source_of("sentry", SECRET)
    headers = {"authorization": f"Bearer {source.secret}"} | ({} if signature is None else {HEADER: signature})
    assert post(source, BODY, headers, f"?token={source.secret}").status_code == 401
    assert not Alert.objects.exists()
