"""What most tools do alike when they send: sign the body, and send JSON."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any

from incidentio.core.times import instant
from integrations.base import Arrived, Forged, Unreadable

# By how much the time of a signed message may differ from the hub's (Standard Webhooks).
TOLERANCE_SECONDS = 300.0
SIGNING_PREFIX = "whsec_"
_EPOCH_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def check_signature(given: str | None, content: bytes, secret: str, *, scheme: str = "") -> None:
    """Check that `given` is the HMAC-SHA256 of `content` with the secret, as lower-case hexadecimal behind the scheme.

    Raises:
        Forged: it is not; or there is no secret, and then anybody could have made it.
    """
    if not secret:
        raise Forged("This connection has no webhook secret: see Connections in the admin")
    if given is None:
        raise Forged("The signature is missing")
    expected = scheme + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged("The signature does not match")


def check_token(given: str | None, secret: str) -> None:
    """Check that the sender says the secret itself, as some do instead of signing.

    Raises:
        Forged: as `check_signature`.
    """
    if not secret:
        raise Forged("This connection has no webhook secret: see Connections in the admin")
    if given is None:
        raise Forged("The secret is missing")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise Forged("The secret does not match")


def check_standard_webhook(arrived: Arrived, secret: str) -> None:
    """Check a signature as the Standard Webhooks specification has it: of the message's ID, its time and its body, with
    a secret that is written as whsec_ and base64 (https://www.standardwebhooks.com/).

    Raises:
        Forged: it is not right, or the message is too old.
    """
    number, moment, given = (arrived.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (number and moment and given):
        raise Forged("The signature is missing")
    if not _EPOCH_SECONDS.fullmatch(moment) or abs(arrived.at.timestamp() - int(moment)) > TOLERANCE_SECONDS:
        raise Forged("The message is too old, or from a clock that is wrong")
    content = f"{number}.{moment}.".encode() + arrived.body
    expected = b"v1," + base64.b64encode(hmac.new(_key_in(secret), content, hashlib.sha256).digest())
    if not any(hmac.compare_digest(one.encode(), expected) for one in given.split(" ")):
        raise Forged("The signature does not match")


def _key_in(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SIGNING_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise Forged("This connection has no signing token that can be read: see Connections in the admin")
    return key


def moment_in(text: Any) -> datetime | None:
    """A time as ISO 8601 writes it, or with UTC behind it; None if it is none, or not in our era."""
    return instant(text.replace(" UTC", "Z")) if isinstance(text, str) else None


def json_in(arrived: Arrived) -> Any:
    """The body as JSON, without what no database keeps: null characters, and halves of characters.

    Raises:
        Unreadable: it is none.
    """
    try:
        return _kept(json.loads(arrived.body))
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON") from error


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, dict):
        return {_kept(name): _kept(one) for name, one in value.items()}
    return value
