"""Knowing Slack by its signature, version 0 (docs.slack.dev/authentication/verifying-requests-from-slack)."""

import hashlib
import hmac

from integrations.base import Arrived, Forged

VERSION = "v0"
# A request may be this old, or its clock this far ahead.
LONGEST_SECONDS = 300


def verify(arrived: Arrived, secret: str) -> None:
    """Check that Slack signed the very bytes of the body, a moment ago.

    Raises:
        Forged: it did not.
    """
    timestamp = arrived.headers.get("x-slack-request-timestamp", "")
    given = arrived.headers.get("x-slack-signature", "")
    if not secret or not timestamp or not given:
        raise Forged("The request is not signed")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Forged("The request says no time")
    if abs(arrived.at.timestamp() - int(timestamp)) > LONGEST_SECONDS:
        raise Forged("The request is too old")
    signed = f"{VERSION}:{timestamp}:".encode() + arrived.body
    expected = f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Forged("The signature does not fit")
