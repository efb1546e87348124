"""Messages as Discord shows them: Markdown as it is, but for the smallest headings. Nobody is woken by a text."""

import re
from typing import Any

LONGEST, LONGEST_TITLE = 2_000, 256  # characters, as UTF-16 counts them, so that none is counted short
_SMALL_HEADING = re.compile(r"^#{4,6}(?=[ \t])", re.MULTILINE)


def message(text: str, about: tuple[str, str] | None) -> dict[str, Any]:
    """The body of a message that says `text`, with a link to what it is `about`: a title and an address."""
    body: dict[str, Any] = {"content": shortened(_SMALL_HEADING.sub("###", text), LONGEST)}
    body["embeds"] = [{"title": shortened(about[0], LONGEST_TITLE), "url": about[1]}] if about is not None else []
    return body | {"allowed_mentions": {"parse": []}}


def shortened(text: str, longest: int) -> str:
    """`text`, cut off where it is longer."""
    counted = text.encode("utf-16-le")
    if len(counted) <= longest * 2:
        return text
    return counted[: (longest - 2) * 2].decode("utf-16-le", errors="ignore") + " …"
