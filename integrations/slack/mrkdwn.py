"""Texts as Slack shows them (docs.slack.dev/messaging/formatting-message-text): Markdown becomes Slack's own marks, and
nothing in a text wakes a whole channel.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.base import StepFailed

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
# A Markdown link, what Slack itself writes for a person, a channel or a link, or a sign Slack reads.
_SIGNS = re.compile(
    r"\[(?P<label>[^\]\n]+)\]\((?P<target>(?:https?://|mailto:)[^\s)]+)\)"
    r"|<(?P<own>[@#][A-Z0-9]+|(?:https?://|mailto:)[^\s|>]+)(?:\|(?P<called>[^>\n]*))?>"
    r"|(?P<sign>[&<>])"
)
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![*\w])"), r"_\1_"),  # first: Slack's stars are bold
    (re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE), r"*\1*"),
    (re.compile(r"^([ \t]*)[-*+][ \t]+", re.MULTILINE), r"\1• "),
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"*\1*"),
    (re.compile(r"__(?=\S)(.+?)(?<=\S)__"), r"*\1*"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"~\1~"),
)
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)(?!\w)")


def mrkdwn(text: str) -> str:
    """Markdown as Slack shows it; code stays as it is."""
    parts = _CODE.split(text)
    return "".join(escaped(part) if place % 2 else _marked(part) for place, part in enumerate(parts))


def escaped(text: str) -> str:
    """`text` so that Slack reads no sign in it."""
    return re.sub("[&<>]", lambda found: _ESCAPED[found[0]], text)


def in_zone(text: str, said: str) -> str:
    """`text` with its times (RFC 3339) as the clocks of the time zone `said` show them; as they are without one.

    Raises:
        StepFailed: there is no such time zone.
    """
    if not said:
        return text
    try:
        zone = ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise StepFailed(f"{said[:60]!r} is no time zone; write it as in Europe/Berlin") from None
    return _MOMENT.sub(_clock(zone), text)


def _clock(zone: ZoneInfo) -> Callable[[re.Match[str]], str]:
    def shown(found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(found[0])
            return f"{moment.astimezone(UTC).astimezone(zone):%Y-%m-%d %H:%M %Z}"
        except (ValueError, OverflowError):
            return found[0]

    return shown


def _marked(text: str) -> str:
    text = _SIGNS.sub(_sign, text)
    for pattern, mark in _MARKS:
        text = pattern.sub(mark, text)
    return text


def _sign(found: re.Match[str]) -> str:
    if found["sign"]:
        return _ESCAPED[found["sign"]]
    if found["target"]:
        return f"<{_safe(found['target'])}|{_safe(found['label'])}>"
    called = f"|{_safe(found['called'])}" if found["called"] else ""
    return f"<{_safe(found['own'])}{called}>"


def _safe(text: str) -> str:
    """`text` within Slack's brackets, which end at `|` and `>`."""
    return escaped(text).replace("|", "¦")
