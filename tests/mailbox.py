"""A mail server on loopback: it keeps what arrives and answers as it is told."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Mailbox:
    """`refused` are answers to recipients, `answers` those to the next messages: a line, or None for no answer at all.

    It takes its time, `seconds`, before it answers to a message.
    """

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answers: list[str | None] = field(default_factory=list)
    seconds: float = 0.0
    signed_in: list[Any] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        """As EMAIL_URL would have it."""
        return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": self.port, "EMAIL_HOST_USER": None}

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 Fine"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.seconds)
        answer = self.answers.pop(0) if self.answers else "250 Taken as 4711"
        if answer is None:
            server.transport.abort()
        elif answer.startswith("250"):
            self.recipients += envelope.rcpt_tos
            message = message_from_bytes(envelope.original_content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.arrived.append(message)
        return answer or ""

    def sign_in(self, server: SMTP, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        self.signed_in.append((given.login, given.password))
        return AuthResult(success=given.password == b"right", handled=False)


@contextmanager
def serving(tls: ssl.SSLContext | None = None, *, from_the_start: bool = False) -> Iterator[Mailbox]:
    """A mail server that listens while the block runs; with `tls` by STARTTLS, or from the start."""
    mailbox, loop = Mailbox(), asyncio.new_event_loop()

    def conversation() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.test",
            loop=loop,
            tls_context=None if from_the_start else tls,
            authenticator=mailbox.sign_in,
            auth_require_tls=False,
        )

    listening = loop.create_server(conversation, "127.0.0.1", 0, ssl=tls if from_the_start else None)
    server = loop.run_until_complete(listening)
    mailbox.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield mailbox
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
