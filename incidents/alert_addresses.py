"""The address that alerts are mailed to: it names the source, and proves that its writer was told of it.

`alerts+<id of the source>.<token>@example.com`: what stands behind the plus reaches the same mailbox (RFC 5233). The
token is made of the source's secret, so that another secret is another address.
"""

import base64
import hashlib
import hmac
import re
import secrets

from incidents.alert_sources import secret_of
from incidents.models import AlertSource

TOKEN_CHARACTERS = 20
_ADDRESSED = re.compile(r"(?:(?<=[\s<,;:\"'(+])|^)([0-9a-z]{26})\.([a-z2-7]{20})@", re.IGNORECASE | re.ASCII)


def mail_token(source: AlertSource) -> str:
    """What proves that a letter may speak for the source; nothing where its secret cannot be read."""
    secret = secret_of(source)
    return _token_of(secret) if secret else ""


def _token_of(secret: str) -> str:
    made = hmac.new(secret.encode(), b"address of its mail", hashlib.sha256).digest()
    return base64.b32encode(made).decode().lower()[:TOKEN_CHARACTERS]


def is_mail_token(source: AlertSource, token: str) -> bool:
    """Whether `token` is the one of the source's address, found out in the same time whatever it is.

    Raises:
        UndecryptableSecret: no key of this installation opens the source's secret.
    """
    return secrets.compare_digest(_token_of(source.secret).encode(), token.lower().encode()) and bool(source.secret)


def mail_address(source: AlertSource, mailbox: str) -> str:
    """The source's own address at a mailbox such as alerts@example.com."""
    name, _, domain = mailbox.partition("@")
    return f"{name}+{source.id.lower()}.{mail_token(source)}@{domain}"


def addressed(headers: str) -> list[tuple[str, str]]:
    """The sources that the addresses in a letter's headers name, by their IDs, each with the token that came along."""
    return list(dict.fromkeys((pk.upper(), token.lower()) for pk, token in _ADDRESSED.findall(headers)))
