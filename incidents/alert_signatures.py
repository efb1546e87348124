"""Whose senders sign, and the signature that senders of any kind can make: an HMAC of the body's bytes."""

import hashlib
import hmac
from collections.abc import Mapping

from incidents.alert_senders import SENDERS
from incidents.alert_sources import HTTP_CUSTOM

# Where a signature may stand: its usual names.
SIGNATURES = ("x-signature", "x-hub-signature-256")
SCHEME = "sha256="


def may_sign(source_type: str) -> bool:
    """Whether senders to sources of this type can sign what they send."""
    return source_type == HTTP_CUSTOM or (source_type in SENDERS and SENDERS[source_type].signs)


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether one of the signatures in `headers` (names in lower case) is the HMAC-SHA256 of these very bytes, in
    lower-case hexadecimal behind `sha256=`.
    """
    expected = (SCHEME + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()).encode()
    given = [headers[name].encode() for name in SIGNATURES if name in headers]
    return any(hmac.compare_digest(one, expected) for one in given)
