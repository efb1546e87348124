"""Letters as they come, however broken: who wrote, to whom, about what, and what it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from html import unescape

LONGEST_SUBJECT = 500
LONGEST_TEXT = 10_000
LONGEST_HEADER = 5_000
MOST_REFERENCES = 50
MOST_NESTED = 12
TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "Resent-To")
# What the standard library's parsers of headers raise on those that are none.
_UNREADABLE = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_BOUNDARY = re.compile(rb"boundary[\s*\d]{0,20}=", re.IGNORECASE)
_REPLY = re.compile(r"(?:re|aw|sv|vs|antw|rif|odp)(?:\[\d+\])?\s*:", re.IGNORECASE)
_TAG, _TAG_NAME = re.compile(r"(<[^<>]*>)"), re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?=[\s/>])")
HIDDEN = frozenset({"script", "style", "head", "title", "template"})
NEW_LINES = frozenset({"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_ROBOTS = frozenset({"mailer-daemon", "postmaster"})


@dataclass(frozen=True)
class Letter:
    """A letter. `to` is all that its headers say of where it went; `at` when it was written, by the sender's clock."""

    message_id: str
    references: tuple[str, ...]
    sender: str
    to: str
    subject: str
    text: str
    at: datetime | None
    headers: Mapping[str, str]

    @property
    def is_reply(self) -> bool:
        """Whether somebody answers in it."""
        return bool(_REPLY.match(self.subject))

    @property
    def is_automatic(self) -> bool:
        """Whether it only answers or returns another letter, so that to listen would be to go in circles.

        What machines write by themselves (`auto-generated`, RFC 3834) is what alerts are, and is none of these.
        """
        header = self.headers
        return (
            header["auto-submitted"].startswith("auto-replied")
            or header["content-type"].startswith("multipart/report")
            or bool(header["x-loop"] or header["x-autoreply"] or header["x-autorespond"])
            or header["precedence"] == "auto_reply"
            or self.sender.partition("@")[0] in _ROBOTS
        )


def read(content: bytes) -> Letter:
    """The letter in these bytes; what cannot be read of it is left out."""
    # The newer policy reads each header in full, in a time that grows with the square of its length.
    message: Message = BytesHeaderParser(policy=policy.compat32).parsebytes(content)
    try:
        text = _text(BytesParser(policy=policy.compat32).parsebytes(content)) if _is_sane(content) else ""
    except _UNREADABLE:  # no MIME at all
        text = ""
    ids = _MESSAGE_ID.findall(_header(message, "References") + " " + _header(message, "In-Reply-To"))
    return Letter(
        message_id=next(iter(_MESSAGE_ID.findall(_header(message, "Message-ID"))), ""),
        references=tuple(dict.fromkeys(ids))[-MOST_REFERENCES:],
        sender=_sender(message),
        to=" ".join(line for name in TO for line in _lines(message, name)),  # an address is written as it is
        subject=_header(message, "Subject")[:LONGEST_SUBJECT],
        text=text,
        at=_moment(_header(message, "Date")),
        headers={
            name: _header(message, name).casefold()
            for name in ("auto-submitted", "content-type", "x-loop", "x-autoreply", "x-autorespond", "precedence")
        },
    )


def _is_sane(content: bytes) -> bool:
    """Whether to read the parts of a letter takes no time to speak of: the parser's grows with how deep they nest."""
    return len(_BOUNDARY.findall(content)) <= MOST_NESTED


def _sender(message: Message) -> str:
    """The address the letter is from; nothing if it is written to be unreadable."""
    try:
        return parseaddr(_header(message, "From"))[1].casefold()[:300]
    except RecursionError:  # comments nest; Python 3.12 goes into each
        return ""


def _header(message: Message, name: str) -> str:
    """A header on one line, decoded; the first, where there are several."""
    return _decoded_header(name, next(_lines(message, name), "")[:LONGEST_HEADER])


def _lines(message: Message, name: str) -> Iterator[str]:
    """All headers of a name as they are written, each on one line."""
    for key, value in message.raw_items():
        if key.casefold() == name.casefold():
            yield _clean_line(str(value))


def _clean_line(text: str) -> str:
    return clean(_CONTROLS.sub(" ", text))


def _decoded_header(name: str, value: str) -> str:
    try:
        return _clean_line(str(policy.default.header_fetch_parse(name, value)))
    except _UNREADABLE:
        return value


def clean(text: str) -> str:
    """The text, without what no database stores, and without spaces around."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _text(message: Message) -> str:
    """What the letter says: its plain text, else its HTML without the markup. Attachments say nothing."""
    html = ""
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        if kind == "text/plain":
            return _cut(_decoded(part))
        if kind == "text/html" and not html:
            html = _decoded(part)
    return _cut(_without_markup(html))


def _decoded(part: Message) -> str:
    """The text of a part, by the character set it names if that is right, else by one that fits."""
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    for charset in (str(part.get_content_charset() or "utf-8"), "utf-8"):
        try:
            return content.decode(charset)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _cut(text: str) -> str:
    text = clean(_BUT_LINES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _without_markup(page: str) -> str:
    """The words of a page. HTMLParser would need the square of the time for what only looks like tags."""
    pieces: list[str] = []
    hidden = ""
    for piece in _TAG.split(page):
        named = _TAG_NAME.match(piece)
        tag = named[0].casefold() if named else ""
        if hidden:
            hidden = "" if tag == f"</{hidden}" else hidden
        elif tag.removeprefix("<") in HIDDEN:
            hidden = tag.removeprefix("<")
        elif not _TAG.fullmatch(piece):
            pieces.append(re.sub(r"\s+", " ", unescape(piece)))
        elif tag.strip("</") in NEW_LINES:
            pieces.append("\n")
        elif tag in ("<td", "<th"):
            pieces.append(" ")
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
