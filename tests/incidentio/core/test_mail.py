"""Mail on the wire: what a server says decides what became of a message."""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from incidentio.core import mail
from incidentio.core.mail import LostConnection, Mail, NotSent, Refused, Unreachable, send
from tests.incidentio.core.test_http_tls import certificate
from tests.mailbox import Mailbox, serving

LETTER = Mail("step.0", "nora@example.com", "Checkout is down", "We *know*.\n", "<p>We <em>know</em>.</p>")


@pytest.fixture(autouse=True)
def hub() -> None:
    """The way out knows no database."""


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        settings.EMAIL_FROM = "Incidents <incidents@example.com>"
        yield mailbox


def failing(seconds: float = 5.0) -> NotSent:
    with pytest.raises(NotSent) as failed:
        send(LETTER, timeout_seconds=seconds)
    return failed.value


def test_a_message_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    assert send(LETTER, timeout_seconds=5) == "250 Taken as 4711"
    (message,) = mailbox.arrived
    assert mailbox.recipients == ["nora@example.com"]
    assert (message["From"], message["To"]) == ("Incidents <incidents@example.com>", "nora@example.com")
    assert (message["Subject"], message["Auto-Submitted"]) == ("Checkout is down", "auto-generated")
    text, html = (message.get_body([kind]) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == LETTER.text.splitlines()
    assert html.get_content().strip() == LETTER.html


def test_every_language_arrives(mailbox: Mailbox) -> None:
    said = "Оплата не работает 💥 \u2028 .\r\n.\r\nstill the same"
    send(replace(LETTER, subject=said, text=said), timeout_seconds=5)
    (message,) = mailbox.arrived
    assert message["Subject"] == "Оплата не работает 💥   . . still the same"
    body = message.get_body(["plain"])
    assert body is not None
    assert "Оплата не работает 💥" in body.get_content()
    assert body.get_content().rstrip().endswith("still the same")


def test_the_same_key_is_the_same_message(mailbox: Mailbox) -> None:
    for key in ("step.0", "step.0", "step.1"):
        send(replace(LETTER, key=key), timeout_seconds=5)
    first, again, other = (message["Message-ID"] for message in mailbox.arrived)
    assert first == again != other
    assert first.endswith("@example.com>")


@pytest.mark.parametrize("nasty", ["Down\r\nBcc: eve@example.com", "Down\nBcc: eve@example.com", "Down\x00\x0bBcc: e"])
def test_a_subject_stays_a_subject(mailbox: Mailbox, nasty: str) -> None:
    send(replace(LETTER, subject=nasty), timeout_seconds=5)
    (message,) = mailbox.arrived
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Down Bcc: e")


@pytest.mark.parametrize("to", ["nora@example.com>\r\nRCPT TO:<eve@example.com", "no address", "@", "a@b\n"])
def test_what_is_no_address_is_refused(mailbox: Mailbox, to: str) -> None:
    with pytest.raises(Refused):
        send(replace(LETTER, to=to), timeout_seconds=5)
    assert mailbox.recipients == []


@pytest.mark.parametrize(
    ("answer", "outcome"), [("550 No such user", Refused), ("451 Try later", Unreachable), ("421 Bye", Unreachable)]
)
def test_what_is_said_of_the_recipient_decides(mailbox: Mailbox, answer: str, outcome: type[NotSent]) -> None:
    mailbox.refused["nora@example.com"] = answer
    failure = failing()
    assert type(failure) is outcome
    assert str(failure) == answer


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 Try later", Unreachable),
        ("421 Bye", Unreachable),
        ("554 Spam", Refused),
        ("199 What", LostConnection),
        (None, LostConnection),
    ],
)
def test_what_is_said_of_the_message_decides(mailbox: Mailbox, answer: str | None, outcome: type[NotSent]) -> None:
    mailbox.answers = [answer]
    assert type(failing()) is outcome
    assert mailbox.arrived == []


def test_what_a_server_says_of_a_message_it_has_read_is_not_logged(
    mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, mail.__name__)
    mailbox.answers = [f"554 Spam: {LETTER.subject}"]
    assert str(failing()) == f"554 Spam: {LETTER.subject}"
    (logged,) = [record.getMessage() for record in caplog.records if record.name == mail.__name__]
    assert "554 to the message" in logged
    assert LETTER.subject not in logged


def test_a_server_too_slow_to_answer_may_have_taken_it(mailbox: Mailbox) -> None:
    mailbox.seconds, started = 1.0, time.monotonic()
    assert type(failing(0.3)) is LostConnection
    assert time.monotonic() - started < 0.8


def test_nobody_there_took_nothing(settings: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.MAIL_SERVER = replace(Mailbox(), port=unused.getsockname()[1]).settings
        assert type(failing()) is Unreachable


def test_a_server_that_never_says_a_word_took_nothing(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.MAIL_SERVER = replace(Mailbox(), port=silent.getsockname()[1]).settings
        assert type(failing(0.3)) is Unreachable


def test_a_server_that_drops_the_line_in_the_middle_may_have_taken_it(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.MAIL_SERVER = replace(Mailbox(), port=server.getsockname()[1]).settings
        threading.Thread(target=_drop_after_data, args=(server,), daemon=True).start()
        assert type(failing()) is LostConnection


def _drop_after_data(server: socket.socket) -> None:
    peer, _ = server.accept()
    with peer, peer.makefile("rb") as lines:
        peer.sendall(b"220 mail.test\r\n")
        for line in lines:
            if line.upper().startswith(b"DATA"):
                peer.sendall(b"354 Go on\r\n")
                return
            peer.sendall(b"250 Fine\r\n")


def test_without_a_server_it_says_what_to_set(settings: Any) -> None:
    settings.MAIL_SERVER = None
    assert str(failing()) == "No mail server is set up: set EMAIL_URL"


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's TLS, which the hub trusts by its name."""
    pem = certificate(tmp_path / "mail.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    mail._tls.cache_clear()
    yield context
    mail._tls.cache_clear()


@pytest.mark.parametrize("way", ["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def test_it_signs_in_within_tls_only_to_the_right_server(
    settings: Any, tls: ssl.SSLContext, resolver: Any, way: str
) -> None:
    resolver |= {"hooks.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}
    with serving(tls, from_the_start=way == "EMAIL_USE_SSL") as mailbox:
        server = mailbox.settings | {way: True, "EMAIL_HOST_USER": "hub", "EMAIL_HOST_PASSWORD": "right"}
        settings.MAIL_SERVER = server | {"EMAIL_HOST": "other.example"}
        assert type(failing()) is Unreachable
        assert mailbox.signed_in == []
        settings.MAIL_SERVER = server | {"EMAIL_HOST": "hooks.example"}
        send(LETTER, timeout_seconds=5)
        assert mailbox.signed_in == [(b"hub", b"right")]
        assert len(mailbox.arrived) == 1


def test_a_wrong_password_is_told_without_it(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_SERVER = mailbox.settings | {"EMAIL_HOST_USER": "hub", "EMAIL_HOST_PASSWORD": "hunter2"}
    failure = failing()
    assert type(failure) is Refused
    assert "535" in str(failure)
    assert "hunter2" not in str(failure)


def test_a_password_smtp_cannot_say_is_told_without_it(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_SERVER = mailbox.settings | {"EMAIL_HOST_USER": "hub", "EMAIL_HOST_PASSWORD": "geheim\u00fc"}
    failure = failing()
    assert type(failure) is Refused
    assert "geheim" not in str(failure)


def test_a_server_without_starttls_is_not_written_to_in_the_clear(mailbox: Mailbox, settings: Any) -> None:
    settings.MAIL_SERVER = mailbox.settings | {"EMAIL_USE_TLS": True}
    assert type(failing()) is Refused
    assert mailbox.recipients == []
