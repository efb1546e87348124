"""A conversation with an IMAP server (RFC 9051, RFC 3501): what is unread, its beginning, and that it was read.

The server's address goes through the same door as every other call of the hub, its certificate is verified, and the
whole conversation ends at its deadline, also where the server only trickles.
"""

import imaplib
import io
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any

from incidentio.core import http
from integrations.base import CheckFailed
from integrations.mailbox.account import NONE, STARTTLS, TLS, Mailbox

# Of a letter; the text of an alert stands at its beginning, and what comes later is attachments.
MOST_BYTES = 262_144
MOST_ANSWER_BYTES = 1_048_576
SILENCE_SECONDS = 15.0
LONGEST_UID = 10  # digits of 32 bits
# imaplib takes for granted that a server answers as one; these are how it stumbles where that is not so.
_BROKEN = (imaplib.IMAP4.error, OSError, ValueError, LookupError, TypeError, AttributeError)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d{1,12})\b", re.IGNORECASE)
_RECEIVED = re.compile(rb'INTERNALDATE "([^"]{1,40})"', re.IGNORECASE)


class MailboxFailed(Exception):
    """The mailbox cannot be read. `permanent`: not until somebody changes something."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class NotDone(MailboxFailed):
    """The server says no to one thing; it may do others."""


@dataclass(frozen=True)
class Fetched:
    """A letter as the server has it: the beginning of it, how many bytes it has, and when it came."""

    uid: int
    content: bytes
    size: int
    received: datetime | None

    @property
    def truncated(self) -> bool:
        return self.size > len(self.content)


class _Wire(io.RawIOBase):
    """What the server says, until the deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self.left = MOST_ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.left <= 0:
            raise imaplib.IMAP4.abort("it says more than it was asked")
        self._connection.settimeout(_seconds_until(self._deadline))
        count = self._connection.recv_into(buffer)
        self.left -= count
        return count


def _seconds_until(deadline: float) -> float:
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return min(seconds, SILENCE_SECONDS)


class _Conversation(imaplib.IMAP4):
    """imaplib's conversation over a connection that is there already."""

    def __init__(self, host: str, connection: socket.socket, deadline: float) -> None:
        self._deadline = deadline
        self._given = connection
        super().__init__(host)

    @property
    def sock(self) -> socket.socket:
        return self._socket

    @sock.setter
    def sock(self, connection: socket.socket) -> None:
        """Talk over this one; what was said in the clear before and not yet heard is not heard any more."""
        self._socket = connection
        self._wire = _Wire(connection, self._deadline)
        self._heard = io.BufferedReader(self._wire)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port, self.sock = host, port, self._given

    def read(self, size: int) -> bytes:
        if size > MOST_ANSWER_BYTES:
            raise self.abort("it says more than it was asked")
        found = self._heard.read(size)
        if len(found) < size:
            raise self.abort("it ended in the middle")
        return found

    def readline(self) -> bytes:
        return self._heard.readline(MOST_ANSWER_BYTES)

    def send(self, data: Any) -> None:
        self._wire.left = MOST_ANSWER_BYTES
        self.sock.settimeout(_seconds_until(self._deadline))
        self.sock.sendall(data)

    def shutdown(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


class Session:
    """A folder that is open."""

    def __init__(self, conversation: _Conversation, validity: str) -> None:
        self._conversation = conversation
        self.validity = validity

    def unread(self) -> list[int]:
        """The letters nobody has read, the earliest first, by their UIDs.

        Raises:
            MailboxFailed: the server does not say.
        """
        found = self._ask("SEARCH", "UNSEEN")
        numbers = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted({int(number) for number in numbers if number.isdigit() and len(number) <= LONGEST_UID})

    def fetch(self, uid: int) -> Fetched | None:
        """The beginning of a letter, without marking it as read; None if it is not there any more.

        Raises:
            MailboxFailed: the server does not give it; NotDone, if it gives others.
        """
        parts = self._ask("FETCH", str(uid), f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
        for index, part in enumerate(parts):
            if isinstance(part, tuple):
                rest = parts[index + 1] if index + 1 < len(parts) else b""
                said = part[0] + (rest if isinstance(rest, bytes) else b"")
                named = _UID.search(said)
                if named is not None and int(named[1]) == uid:
                    return _fetched(uid, said, part[1][:MOST_BYTES])
        return None

    def mark_read(self, uid: int) -> None:
        """Mark a letter as read.

        Raises:
            MailboxFailed: the server does not; NotDone, if it says so.
        """
        self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, command: str, *args: str) -> list[Any]:
        with _told():
            status, found = self._conversation.uid(command, *args)
            if status != "OK":
                raise NotDone(f"The server does not do {command}: {_words(found)}")
            return found


def _fetched(uid: int, said: bytes, content: bytes) -> Fetched:
    size, received = _SIZE.search(said), _RECEIVED.search(said)
    return Fetched(uid, content, int(size[1]) if size else len(content), _moment(received[1]) if received else None)


def _moment(text: bytes) -> datetime | None:
    """A time as IMAP writes it (RFC 9051, date-time)."""
    try:
        return datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


@contextmanager
def reading(there: Mailbox, seconds: float) -> Iterator[Session]:
    """The folder of a mailbox, open for at most `seconds`.

    Raises:
        MailboxFailed: it cannot be opened; says why.
    """
    deadline = monotonic() + seconds
    connection = _connected(there, deadline)
    try:
        with _told():
            conversation = _Conversation(there["host"], connection, deadline)
        yield _opened(conversation, there)
        with suppress(*_BROKEN):
            conversation.logout()
    finally:
        connection.close()


def _connected(there: Mailbox, deadline: float) -> socket.socket:
    try:
        connection = http.dial(
            there["host"], there.port, timeout_seconds=min(http.CONNECT_SECONDS, deadline - monotonic())
        )
    except http.NoAnswer as failure:
        raise MailboxFailed(str(failure), permanent=isinstance(failure, http.Refused)) from failure
    except CheckFailed as failure:
        raise MailboxFailed(str(failure), permanent=True) from failure
    if there.security != TLS:
        return connection
    try:
        connection.settimeout(_seconds_until(deadline))
        return tls().wrap_socket(connection, server_hostname=there["host"])
    except OSError as failure:
        connection.close()
        raise _failed(failure) from failure


@cache
def tls() -> ssl.SSLContext:
    """How servers prove who they are: as the system trusts."""
    return ssl.create_default_context()


def _opened(conversation: _Conversation, there: Mailbox) -> Session:
    """Sign in and open the folder."""
    if there.security == STARTTLS:
        with _told():
            if "STARTTLS" not in conversation.capabilities:
                raise MailboxFailed("The server does not offer STARTTLS", permanent=True)
            conversation.starttls(tls())
    _sign_in(conversation, there)
    with _told():
        try:
            status, said = conversation.select(_quoted(there.folder, "folder"))
        except imaplib.IMAP4.readonly as failure:
            raise MailboxFailed(f"In {there.folder!r} letters cannot be marked as read", permanent=True) from failure
        if status != "OK":
            raise MailboxFailed(f"The folder {there.folder!r} cannot be opened: {_words(said)}", permanent=True)
        validity = conversation.response("UIDVALIDITY")[1]
    return Session(conversation, _words(validity))


def _sign_in(conversation: _Conversation, there: Mailbox) -> None:
    if conversation.state == "AUTH":  # the server knows us already
        return
    if there.security == NONE and "LOGINDISABLED" in conversation.capabilities:
        raise MailboxFailed("The server takes no password without encryption", permanent=True)
    user, password = _quoted(there["user"], "user"), there["password"]
    _quoted(password, "password")
    with _told():
        try:
            conversation.login(user, password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as failure:
            # Without the cause, and without its words: who knows what a server repeats.
            temporary = "UNAVAILABLE" in str(failure)
            raise MailboxFailed("The server does not take the user and the password", permanent=not temporary) from None


def _quoted(text: str, what: str) -> str:
    """A string as IMAP has it.

    Raises:
        MailboxFailed: it has characters that cannot stand there.
    """
    if not text.isascii() or _CONTROLS.search(text):
        raise MailboxFailed(f"The {what} may only have characters of ASCII", permanent=True)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong in the block is told as MailboxFailed."""
    try:
        yield
    except _BROKEN as failure:
        raise _failed(failure) from failure


def _failed(failure: Exception) -> MailboxFailed:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return MailboxFailed(f"The server's certificate is not trusted: {failure.verify_message}", permanent=True)
    if isinstance(failure, ssl.SSLError):
        return MailboxFailed("No secure connection could be agreed upon: is the port that of TLS?")
    if isinstance(failure, TimeoutError):
        return MailboxFailed("The server took too long")
    if isinstance(failure, (imaplib.IMAP4.abort, OSError)):
        return MailboxFailed(f"The connection to the server was lost: {_words([str(failure)])}")
    return MailboxFailed(f"The server does not answer as an IMAP server does: {_words([str(failure)])}")


def _words(said: Any) -> str:
    """What a server said, on one line."""
    parts = said if isinstance(said, list) else [said]
    texts = [part.decode(errors="replace") if isinstance(part, bytes) else str(part or "") for part in parts]
    return _CONTROLS.sub(" ", " ".join(texts)).strip()[:300]
