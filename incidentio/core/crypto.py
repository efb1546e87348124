"""Secrets at rest: authenticated encryption under a ring of keys (`ENCRYPTION_KEYS`).

The first key encrypts, every key decrypts. To rotate: put a new key in front, store the secrets again,
drop the old key.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

HOW_TO_MAKE_A_KEY = (
    'make one with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


class UndecryptableSecret(Exception):
    """A stored secret opens with no key of the ring, or was changed in the database."""

    def __init__(self) -> None:
        super().__init__(
            "A stored secret cannot be decrypted: its key is no longer in ENCRYPTION_KEYS, or it was changed in "
            "the database. Add the old key at the end of ENCRYPTION_KEYS and restart, or enter the secret again."
        )


def encrypt(text: str) -> str:
    """Return `text` encrypted and authenticated under the ring's first key, as ASCII.

    The same text gives another result each time. Raises ImproperlyConfigured when the ring is unusable.
    """
    return _ring().encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Return the text that `encrypt` was given. Raises UndecryptableSecret, ImproperlyConfigured."""
    try:
        return _ring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableSecret from error


def rotate(token: str) -> str:
    """Return `token` encrypted again under the ring's first key.

    Raises UndecryptableSecret, ImproperlyConfigured.
    """
    try:
        return _ring().rotate(token.encode()).decode("ascii")
    except InvalidToken as error:
        raise UndecryptableSecret from error


def _ring() -> MultiFernet:
    return _ring_of(tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _ring_of(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS is empty; {HOW_TO_MAKE_A_KEY}")
    return MultiFernet([_fernet(place, key) for place, key in enumerate(keys, start=1)])


def _fernet(place: int, key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        # Without the cause: a traceback must not show the key.
        raise ImproperlyConfigured(
            f"ENCRYPTION_KEYS: key {place} is not 32 bytes in URL-safe base64; {HOW_TO_MAKE_A_KEY}"
        ) from None
