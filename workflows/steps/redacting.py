"""What may be shown of a call: its secrets may not."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

SECRET, SIGNATURE = "[secret]", "[redacted]"
# `x-api-key`, `Authorization`, `sig`, `access_token`
_TELLING = re.compile(
    r"auth|token|secret|passw|cookie|signature|credential|(^|[-_])(key|sig|pwd)($|[-_])|apikey", re.IGNORECASE
)
SHORTEST_SECRET = 4


def is_secret(name: str) -> bool:
    """Whether something of this name is not for everybody's eyes."""
    return _TELLING.search(name) is not None


def without(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, and as every database can keep it."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, SECRET)
    return text.replace("\0", "")


def shown_headers(headers: Mapping[str, str], signature_header: str, secrets: Iterable[str]) -> dict[str, str]:
    """Headers as they are shown."""
    hidden = tuple(secrets)
    shown = {name: SECRET if is_secret(name) else without(value, hidden) for name, value in headers.items()}
    return {name: SIGNATURE if name.lower() == signature_header else value for name, value in shown.items()}


def shown_url(url: str, secrets: Iterable[str]) -> str:
    """A URL as it is shown: without the values of those of its parameters that sound secret."""
    parts: SplitResult = urlsplit(url)
    query = "&".join(_shown_pair(*pair.partition("=")) for pair in parts.query.split("&"))
    return without(parts._replace(query=query).geturl(), secrets)


def _shown_pair(name: str, equals: str, value: str) -> str:
    return f"{name}={SECRET}" if equals and is_secret(name) else name + equals + value
