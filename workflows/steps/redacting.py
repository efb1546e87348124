"""What may be shown of a call: its secrets may not."""

import re
from collections.abc import Iterable, Mapping

SECRET, SIGNATURE = "[secret]", "[redacted]"
# `x-api-key`, `Authorization`, `sig`, `access_token`
_TELLING = re.compile(
    r"auth|token|secret|passw|cookie|signature|credential|(^|[-_])(key|sig|pwd)($|[-_])|apikey", re.IGNORECASE
)
SHORTEST_SECRET, SHORTEST_REPEATED = 4, 8
# Headers that tell how to read a message, and nothing else.
PLAIN_HEADERS = ("accept", "accept-language", "content-language", "content-type", "user-agent")
_PARAMETER = re.compile(r"(?<=[?&])([^?&=#]+)=([^&#]*)")
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+")


def is_secret(name: str) -> bool:
    """Whether something of this name is not for everybody's eyes."""
    return _TELLING.search(name) is not None


def without(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, and as every database can keep it."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, SECRET)
    return text.replace("\0", "")


def hidden_whole(literal: str) -> str:
    """How a literal is shown that is nothing but a secret."""
    return SECRET


def hidden_header(line: str) -> str:
    """A line such as `Name: value` with its name only, unless everybody may read it."""
    name, colon, _ = line.partition(":")
    name = name.strip()
    if not colon or _HEADER_NAME.fullmatch(name) is None:
        return SECRET
    return line if is_plain(name) else f"{name}: {SECRET}"


def hidden_in_url(url: str) -> str:
    """A URL, or a template of one, without the values of those of its parameters that sound secret."""
    return _PARAMETER.sub(lambda found: f"{found[1]}={SECRET}" if is_secret(found[1]) else found[0], url)


def is_plain(header: str) -> bool:
    """Whether everybody may read what somebody wrote for the header of this name."""
    return header.lower() in PLAIN_HEADERS


def said_in(headers: Mapping[str, str]) -> list[str]:
    """What a receiver may repeat of headers somebody wrote: their values, and what follows a word such as Bearer. What
    is so short that it stands in any text is left out.
    """
    values = [value for name, value in headers.items() if not is_plain(name)]
    return [part for value in values for part in (value, value.rpartition(" ")[2]) if len(part) >= SHORTEST_REPEATED]


def shown_headers(headers: Mapping[str, str], signature_header: str, secrets: Iterable[str]) -> dict[str, str]:
    """Headers as they are shown."""
    hidden = tuple(secrets)
    shown = {name: SECRET if is_secret(name) else without(value, hidden) for name, value in headers.items()}
    return {name: SIGNATURE if name.lower() == signature_header else value for name, value in shown.items()}


def shown_url(url: str, secrets: Iterable[str]) -> str:
    """A URL as it is shown."""
    return without(hidden_in_url(url), secrets)
