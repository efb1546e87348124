"""The only way mail leaves the hub: one message to one person, through the server that EMAIL_URL names.

SMTP has no memory of what it took: a connection that breaks once the message was begun leaves nobody the wiser.
"""

import hashlib
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

CONNECT_SECONDS = 5.0
PORT, STARTTLS_PORT, TLS_PORT = 25, 587, 465
START_OF_DATA = 354
REASON_CHARACTERS = 300
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Mail:
    """A message to one person. The same `key` is the same Message-ID, however often it is sent."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class NotSent(Exception):
    """A message that was not taken, or of which nobody knows."""


class Refused(NotSent):
    """Not sent, and trying again will not help."""


class Unreachable(NotSent):
    """Not sent: the server could not be reached, or asked to try again later."""


class LostConnection(NotSent):
    """Unknown: the message was begun, and what became of it was not said."""


def is_set_up() -> bool:
    """Whether there is a server to send mail through."""
    return settings.MAIL_SERVER is not None


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`."""
    try:
        validate_email(text)
        Address(addr_spec=text)
    except (ValidationError, ValueError):
        return False
    return text.isascii()


def send(mail: Mail, *, timeout_seconds: float) -> str:
    """Send one message and return what the server said as it took it.

    Raises Refused (permanent), Unreachable (not done), LostConnection (unknown).
    """
    started = monotonic()
    try:
        answer = _sent(mail, started + timeout_seconds)
    except NotSent as failure:
        log.warning("mail_failed", outcome=type(failure).__name__, reason=_for_the_log(failure))
        raise
    log.info("mail_taken", duration_ms=round((monotonic() - started) * 1000))
    return answer


def _for_the_log(failure: NotSent) -> str:
    """Why it was not sent, without the words of a server that has read the message: they may quote it."""
    refusal = failure.__cause__
    return f"{refusal.smtp_code} to the message" if isinstance(refusal, smtplib.SMTPDataError) else str(failure)


class _Session(smtplib.SMTP):
    """A conversation that ends at its deadline, and remembers whether the message was begun."""

    deadline: float | None = None
    began = False
    said: tuple[int, bytes] = (0, b"")

    def send(self, s: Any) -> None:
        """Send within the time that is left."""
        self._hurry()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer as long as there is time."""
        self._hurry()
        self.said = super().getreply()
        self.began = self.began or self.said[0] == START_OF_DATA
        return self.said

    def _hurry(self) -> None:
        if self.sock is not None and self.deadline is not None:
            self.sock.settimeout(max(0.001, self.deadline - monotonic()))


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same, with TLS from the start."""


def _sent(mail: Mail, deadline: float) -> str:
    if settings.MAIL_SERVER is None:
        raise Refused("No mail server is set up: set EMAIL_URL")
    if not is_address(mail.to):
        raise Refused(f"{mail.to[:100]!r} is not an address")
    sender, message = _written(mail)
    session: _Session | None = None
    try:
        session = _connected(settings.MAIL_SERVER, deadline)
        session.sendmail(sender, [mail.to], message)
        said = _reason(*session.said)
        with suppress(OSError):
            session.quit()
        return said
    except OSError as failure:
        raise _told(failure, began=session is not None and session.began) from failure
    finally:
        if session is not None:
            session.close()


def _connected(server: Mapping[str, Any], deadline: float) -> _Session:
    """A conversation in which the server knows who we are, and we know that it is the right one."""
    host, secure = server["EMAIL_HOST"], server.get("EMAIL_USE_SSL", False)
    told: dict[str, Any] = {
        "local_hostname": _own_name(),
        "timeout": max(0.001, min(CONNECT_SECONDS, deadline - monotonic())),
    }
    if secure:
        session: _Session = _TlsSession(host, server["EMAIL_PORT"] or TLS_PORT, context=_tls(), **told)
    else:
        usual = STARTTLS_PORT if server.get("EMAIL_USE_TLS") else PORT
        session = _Session(host, server["EMAIL_PORT"] or usual, **told)
    session.deadline = deadline
    try:
        if server.get("EMAIL_USE_TLS"):
            session.starttls(context=_tls())
        if server["EMAIL_HOST_USER"]:
            session.login(server["EMAIL_HOST_USER"], server["EMAIL_HOST_PASSWORD"] or "")
    except OSError:
        session.close()
        raise
    except UnicodeError:  # without the cause: it holds the password
        session.close()
        raise Refused("The user name or password in EMAIL_URL is not ASCII") from None
    return session


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _own_name() -> str:
    """What the hub calls itself to the mail server; asking the resolver for it could take long."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


def _written(mail: Mail) -> tuple[str, bytes]:
    """Whom the message is from, and its bytes. Whatever was said, it stays within its header."""
    name, sender = parseaddr(settings.EMAIL_FROM)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(_one_line(name), addr_spec=sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(timezone.now())
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return sender, message.as_bytes()


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


def _told(failure: OSError, *, began: bool) -> NotSent:
    """How the message ended, by what the server said or did not say."""
    text: bytes | str
    match failure:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(failure.recipients.values()))
        case smtplib.SMTPResponseException() if not began or isinstance(failure, smtplib.SMTPDataError):
            code, text = failure.smtp_code, failure.smtp_error
        case smtplib.SMTPNotSupportedError():
            return Refused(str(failure)[:REASON_CHARACTERS])
        case _:
            reason = str(failure)[:REASON_CHARACTERS] or type(failure).__name__
            return LostConnection(reason) if began else Unreachable(f"The mail server was not reached: {reason}")
    reason = _reason(code, text)
    if 500 <= code < 600:
        return Refused(reason)
    return LostConnection(reason) if began and not 400 <= code < 500 else Unreachable(reason)


def _reason(code: int, text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return _one_line(f"{code} {said}")[:REASON_CHARACTERS]
