"""What most tools do alike when they send: sign the body, and send JSON."""

import hashlib
import hmac
import json
from typing import Any

from integrations.base import Arrived, Forged, Unreadable


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


def json_in(arrived: Arrived) -> Any:
    """The body as JSON.

    Raises:
        Unreadable: it is none.
    """
    try:
        return json.loads(arrived.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON") from error
