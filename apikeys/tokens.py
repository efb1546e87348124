"""The text of a token: `inc_`, 32 random bytes in base62, and a checksum that is verified before any database query."""

import hmac
import re
import secrets
import string
from hashlib import sha256
from zlib import crc32

from django.conf import settings

MARK = "inc_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 43  # 62 ** 43 > 2 ** 256
CHECKSUM_LENGTH = 6  # 62 ** 6 > 2 ** 32
PREFIX_LENGTH = 8
_FORM = re.compile(rf"{MARK}[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(secret: str) -> str:
    return _base62(crc32(secret.encode("ascii")), CHECKSUM_LENGTH)


def token_of(entropy: bytes) -> str:
    """The token whose secret is `entropy` (32 bytes)."""
    secret = _base62(int.from_bytes(entropy), SECRET_LENGTH)
    return f"{MARK}{secret}{_checksum(secret)}"


def new_token() -> str:
    """A token nobody can guess."""
    return token_of(secrets.token_bytes(32))


def is_well_formed(text: str) -> bool:
    """Whether `text` can be a token at all: its form and its checksum are right."""
    if _FORM.fullmatch(text) is None:
        return False
    secret = text[len(MARK) : -CHECKSUM_LENGTH]
    return _checksum(secret) == text[-CHECKSUM_LENGTH:]


def lookup_prefix(token: str) -> str:
    """The characters by which the database finds a token."""
    return token[len(MARK) : len(MARK) + PREFIX_LENGTH]


def keyed_hash(token: str) -> str:
    """What is stored of `token`: 64 hex digits that cannot be made without `TOKEN_HMAC_KEY`."""
    return hmac.new(settings.TOKEN_HMAC_KEY.encode(), token.encode("ascii"), sha256).hexdigest()
