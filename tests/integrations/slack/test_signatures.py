"""Knowing Slack by its signature."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from slack_sdk.signature import SignatureVerifier

from integrations.base import Arrived, Forged
from integrations.slack.signatures import verify

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_531_420_618
BODY = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&command=%2Fincident&text=Caf%C3%A9"


def signature(
    body: bytes = BODY, at: int | str = NOW, secret: str = SECRET, version: str = "v0", algorithm: str = "sha256"
) -> str:
    signed = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, getattr(hashlib, algorithm))
    return f"{version}={signed.hexdigest()}"


def arrived(given: str | None = None, at: str | None = str(NOW), body: bytes = BODY, now: int = NOW) -> Arrived:
    said = {"x-slack-signature": signature() if given is None else given, "x-slack-request-timestamp": at}
    headers = {name: value for name, value in said.items() if value is not None}
    return Arrived(headers, body, datetime.fromtimestamp(now, UTC))


@pytest.mark.parametrize(
    "request_",
    [
        arrived(),
        arrived(now=NOW + 300),
        arrived(now=NOW - 300),
        arrived(signature(b""), body=b""),
        arrived(signature("Всё 🔥".encode()), body="Всё 🔥".encode()),
        arrived(signature(b"\xff\x00"), body=b"\xff\x00"),
        arrived(SignatureVerifier(SECRET).generate_signature(timestamp=str(NOW), body=BODY)),
    ],
    ids=["right", "five minutes old", "five minutes ahead", "no body", "unicode", "no text", "slack's own kit"],
)
def test_what_slack_signed_is_taken(request_: Arrived) -> None:
    verify(request_, SECRET)


@pytest.mark.forgeries("slack")
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(arrived(body=BODY + b"!"), id="tampered body"),
        pytest.param(arrived(body=BODY[:-1]), id="truncated body"),
        pytest.param(arrived(body=b""), id="body gone"),
        pytest.param(arrived(signature()[:-1]), id="truncated signature"),
        pytest.param(arrived(signature() + "0"), id="longer signature"),
        pytest.param(arrived(now=NOW + 301), id="old"),
        pytest.param(arrived(now=NOW + 86_400), id="replayed a day later"),
        pytest.param(arrived(now=NOW - 301), id="from the future"),
        pytest.param(arrived(at=str(NOW + 1)), id="another timestamp"),
        pytest.param(arrived(signature(secret="another")), id="another secret"),
        pytest.param(arrived(signature(secret="")), id="an empty secret"),
        pytest.param(arrived(signature(version="v1")), id="another version"),
        pytest.param(arrived(signature(version="sha256")), id="another scheme"),
        pytest.param(arrived(signature().removeprefix("v0=")), id="no version"),
        pytest.param(arrived(signature(algorithm="sha1")), id="sha1"),
        pytest.param(arrived(signature(algorithm="sha512")), id="sha512"),
        pytest.param(arrived(signature().upper()), id="upper case"),
        pytest.param(arrived("v0=" + signature()[3:].upper()), id="upper-case hex"),
        pytest.param(arrived(f" {signature()}"), id="space before"),
        pytest.param(arrived(f"{signature()} "), id="space after"),
        pytest.param(arrived(f"{signature(secret='x')},{signature()}"), id="several, by comma"),
        pytest.param(arrived(f"{signature()} {signature()}"), id="several, by space"),
        pytest.param(arrived("v0=подпись"), id="unicode signature"),
        pytest.param(arrived(""), id="empty signature"),
        pytest.param(arrived("v0="), id="only the version"),
        pytest.param(arrived(at=None), id="no timestamp"),
        pytest.param(arrived(at=""), id="empty timestamp"),
        pytest.param(arrived(at="soon"), id="timestamp in words"),
        pytest.param(arrived(at=f"{NOW}.0"), id="timestamp with a point"),
        pytest.param(arrived(at=f" {NOW}"), id="timestamp with a space"),
        pytest.param(arrived(at="-1"), id="negative timestamp"),
        pytest.param(arrived(at="١٥٣١٤٢٠٦١٨"), id="timestamp in other digits"),
        pytest.param(arrived(at="9" * 5_000), id="endless timestamp"),
    ],
)
def test_anything_else_is_turned_away(request_: Arrived) -> None:
    with pytest.raises(Forged):
        verify(request_, SECRET)


def test_headers_that_are_not_there_prove_nothing() -> None:
    with pytest.raises(Forged, match="not signed"):
        verify(Arrived({}, BODY, datetime.fromtimestamp(NOW, UTC)), SECRET)


def test_a_connection_without_a_secret_takes_nothing() -> None:
    with pytest.raises(Forged, match="not signed"):
        verify(arrived(signature(secret="")), "")
