"""Who signs as Grafana is heard; who does not, or did long ago, is not."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest

from incidents.models import Alert
from integrations.base import Arrived, Forged
from integrations.grafana.inbound import verify
from tests.integrations.recorded import post, source_of

BODY = (Path(__file__).parent / "payloads" / "firing.json").read_bytes()
SECRET, OTHER = "grafana-0123456789", "another secret"
SIGNATURE, TIMESTAMP = "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"
NOW = 1_792_000_000


def signed(content: bytes = BODY, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), content, algorithm).hexdigest()


def timed(at: int | str = NOW, header: str = TIMESTAMP, body: bytes = BODY) -> dict[str, str]:
    """The headers of a signature with a time."""
    return {SIGNATURE: signed(f"{at}:".encode() + body), header: str(at)}


def arrived(headers: dict[str, str], body: bytes = BODY) -> Arrived:
    return Arrived({"content-length": str(len(body))} | headers, body, datetime.fromtimestamp(NOW, UTC))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({SIGNATURE: signed()}, BODY, id="the body"),
        pytest.param({SIGNATURE: signed(b"")}, b"", id="an empty body"),
        pytest.param({SIGNATURE: signed(), TIMESTAMP: str(NOW - 9999)}, BODY, id="a time that is not signed"),
        pytest.param(timed(), BODY, id="now"),
        pytest.param(timed(NOW - 299), BODY, id="nearly five minutes ago"),
        pytest.param(timed(NOW + 299), BODY, id="a clock ahead"),
        pytest.param(timed(header="x-time-of-ours"), BODY, id="a header people named"),
        pytest.param(timed() | {"x-build": "1700000000"}, BODY, id="another header that looks like a time"),
    ],
)
def test_what_is_signed_with_the_secret_is_taken(headers: dict[str, str], body: bytes) -> None:
    verify(arrived(headers, body), SECRET)


@pytest.mark.forgeries("grafana")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({}, BODY, id="nothing"),
        pytest.param({SIGNATURE: ""}, BODY, id="an empty signature"),
        pytest.param({TIMESTAMP: str(NOW)}, BODY, id="only a time"),
        pytest.param({SIGNATURE: signed()}, BODY + b" ", id="another body"),
        pytest.param({SIGNATURE: signed()}, BODY[:-1], id="a body cut short"),
        pytest.param({SIGNATURE: signed()}, b"", id="no body"),
        pytest.param({SIGNATURE: signed()}, json.dumps(json.loads(BODY)).encode(), id="a body written anew"),
        pytest.param({SIGNATURE: signed(secret=OTHER)}, BODY, id="another secret"),
        pytest.param({SIGNATURE: signed(secret="")}, BODY, id="no secret"),
        pytest.param({SIGNATURE: signed(secret=SECRET + " ")}, BODY, id="a secret and a space"),
        pytest.param({SIGNATURE: hashlib.sha256(BODY).hexdigest()}, BODY, id="a digest without a secret"),
        pytest.param({SIGNATURE: signed(algorithm="sha1")}, BODY, id="SHA-1"),
        pytest.param({SIGNATURE: signed(algorithm="sha512")}, BODY, id="SHA-512"),
        pytest.param({SIGNATURE: signed().upper()}, BODY, id="capitals"),
        pytest.param({SIGNATURE: f"sha256={signed()}"}, BODY, id="a scheme"),
        pytest.param({SIGNATURE: f" {signed()}"}, BODY, id="a space"),
        pytest.param({SIGNATURE: signed()[:-1]}, BODY, id="cut short"),
        pytest.param({SIGNATURE: signed() + "0"}, BODY, id="too long"),
        pytest.param({SIGNATURE: "ünï¢ode–漢"}, BODY, id="not ASCII"),
        pytest.param({"x-signature": signed()}, BODY, id="another header"),
        pytest.param(timed(NOW - 301), BODY, id="more than five minutes ago"),
        pytest.param(timed(NOW + 301), BODY, id="a clock far ahead"),
        pytest.param(timed() | {TIMESTAMP: str(NOW + 1)}, BODY, id="another time"),
        pytest.param({SIGNATURE: timed()[SIGNATURE]}, BODY, id="the time left out"),
        pytest.param(timed(NOW * 1000), BODY, id="milliseconds"),
        pytest.param(timed(f"-{NOW}"), BODY, id="a time before all times"),
        pytest.param(timed("٢" * 10), BODY, id="digits of others"),
        pytest.param(timed(f"{NOW}.0"), BODY, id="a fraction"),
        pytest.param(timed(NOW - 301) | {"x-fresh": str(NOW)}, BODY, id="an old time beside a fresh one"),
        pytest.param({SIGNATURE: signed(f"{NOW}.".encode() + BODY), TIMESTAMP: str(NOW)}, BODY, id="other separator"),
    ],
)
def test_anything_else_is_forged(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Forged, match="X-Grafana-Alerting-Signature"):
        verify(arrived(headers, body), SECRET)


def test_a_signed_notification_is_heard() -> None:
    source = source_of("grafana", SECRET)
    for headers in ({SIGNATURE: signed()}, timed(round(time()))):
        assert post(source, BODY, headers).status_code == 202
    assert Alert.objects.count() == 2


def test_with_a_signing_secret_the_token_is_no_proof() -> None:
    source = source_of("grafana", SECRET)
    assert post(source, BODY, {"authorization": f"Bearer {source.secret}"}).status_code == 401
    assert not Alert.objects.exists()


@pytest.mark.parametrize("kind", ["bearer", "basic", "query"])
def test_without_one_the_token_is_asked_for(kind: str) -> None:
    source = source_of("grafana")
    basic = base64.b64encode(f"hub:{source.secret}".encode()).decode()
    headers = {"bearer": {"authorization": f"Bearer {source.secret}"}, "basic": {"authorization": f"Basic {basic}"}}
    query = f"?token={source.secret}" if kind == "query" else ""
    assert post(source, BODY, headers.get(kind, {}), query).status_code == 202
    assert post(source, BODY, {}, "?token=wrong").status_code == 401
