"""A mailbox is connected only to the server that was meant, and what is wrong is said in words."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from incidents.alert_senders import mailbox_address
from incidents.models import AlertSource
from integrations.base import CheckFailed
from integrations.connections import archive_connection, connect, switch, try_connection
from integrations.mailbox import imap
from integrations.mailbox.account import SETTINGS
from integrations.mailbox.imap import MailboxFailed
from integrations.mailbox.polling import read_mailbox
from integrations.mailbox.tool import check
from integrations.models import Connection
from tests.conftest import SYSTEM, ApiClient
from tests.incidentio.core.conftest import resolver
from tests.incidentio.core.test_http_tls import NAME, certificate
from tests.integrations.mailbox import server as faults
from tests.integrations.mailbox.conftest import values
from tests.integrations.mailbox.server import Behaviour, ImapServer, serving
from tests.integrations.mailbox.writing import written

__all__ = ["resolver"]
pytestmark = pytest.mark.usefixtures("hub")


def test_a_mailbox_that_works_says_what_it_holds(server: ImapServer, source: AlertSource) -> None:
    server.put(written(source))
    assert check(values(server)) == "Connected; 1 letters are unread in INBOX; nothing is encrypted on the way"
    assert not any(one.seen for one in server.letters)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"password": "wrong"}, "does not take the user and the password"),
        ({"password": "wröng"}, "The password may only have characters of ASCII"),
        ({"password": "a\r\nA2 DELETE INBOX"}, "The password may only have characters of ASCII"),
        ({"user": "a\r\nA2 DELETE INBOX"}, "The user may only have characters of ASCII"),
        ({"folder": "Störungen"}, "The folder may only have characters of ASCII"),
        ({"folder": "Alarms"}, "The folder 'Alarms' cannot be opened"),
        ({"port": "0"}, "The port '0' is none"),
        ({"port": "imap"}, "The port 'imap' is none"),
        ({"port": "1"}, "127.0.0.1:1"),
        ({"host": "10.0.0.1"}, "a private address"),
        ({"host": "169.254.169.254"}, "a link-local address"),
        ({"host": "http://mail"}, "neither a host name nor an address"),
        ({"address": "alerts"}, "'alerts' is no address"),
        ({"source": "nope"}, "no alert source of type email"),
        ({"security": "starttls"}, "does not offer STARTTLS"),
        ({"security": "tls"}, "is the port that of TLS"),
    ],
)
def test_what_is_wrong_is_said_in_words(server: ImapServer, said: dict[str, str], words: str) -> None:
    with pytest.raises(CheckFailed, match=words) as failure:
        check(values(server, **said))
    assert "hun" not in str(failure.value)


FAULTS: dict[str, tuple[str, Behaviour, str]] = {
    "a password that is repeated": ("LOGIN", faults.says('NO hun"ter is wrong'), "does not take"),
    "bye": ("LOGIN", faults.bye, "was lost"),
    "reset": ("SELECT", faults.reset, "was lost"),
    "silence": ("SELECT", faults.silence, "took too long"),
    "a trickle": ("CAPABILITY", faults.trickle, "took too long"),
    "garbage": ("SEARCH", faults.garbage, "was lost|does not answer"),
    "no": ("SEARCH", faults.says("NO Later"), "does not do SEARCH: Later"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_is_told_of(
    server: ImapServer, connection: Connection, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.mailbox.tool.CHECK_SECONDS", 0.5)
    name, behaviour, words = FAULTS[fault]
    server.faults[name] = behaviour
    with pytest.raises(CheckFailed, match=words) as failure:
        try_connection(connection, check)
    assert "hun" not in str(failure.value)


def test_a_server_that_takes_nobody_is_told_of(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.mailbox.tool.CHECK_SECONDS", 0.5)
    server.greeting = "* BYE Too many"
    with pytest.raises(CheckFailed, match="does not answer as an IMAP server does"):
        check(values(server))


def test_a_folder_in_which_nothing_can_be_marked_is_refused(server: ImapServer) -> None:
    server.access = "READ-ONLY"
    with pytest.raises(CheckFailed, match="cannot be marked as read"):
        check(values(server))


def test_a_server_that_wants_no_password_in_the_clear_gets_none(server: ImapServer) -> None:
    server.capabilities += " LOGINDISABLED"
    with pytest.raises(CheckFailed, match="without encryption"):
        check(values(server))
    assert server.signed_in == []


def test_everybody_may_write_where_nobody_is_named(server: ImapServer, source: AlertSource) -> None:
    assert "everybody who knows the address" in check(values(server, source=source.id))
    assert "everybody" not in check(values(server, source=source.id, senders="@example.org"))


# ---- TLS


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's certificate for a name, that the hub trusts."""
    pem = certificate(tmp_path / "mail.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    imap.tls.cache_clear()
    yield context
    imap.tls.cache_clear()


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_it_signs_in_within_tls(tls: ssl.SSLContext, resolver: Any, way: str) -> None:
    resolver[NAME] = [["127.0.0.1"]]
    hub = ImapServer(tls=tls, capabilities="IMAP4rev1 STARTTLS")
    with serving(hub, from_the_start=way == "tls") as server:
        assert check(values(server, host=NAME, security=way)).endswith("are unread in INBOX")
        assert server.signed_in == ["in TLS"]


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_it_does_not_sign_in_at_another_server(tls: ssl.SSLContext, way: str) -> None:
    hub = ImapServer(tls=tls, capabilities="IMAP4rev1 STARTTLS")
    with serving(hub, from_the_start=way == "tls") as server:
        with pytest.raises(CheckFailed, match="certificate is not trusted"):
            check(values(server, security=way))
        assert server.signed_in == []


def test_a_server_that_is_not_trusted_is_read_by_nobody(tls: ssl.SSLContext, hub: None) -> None:
    with serving(ImapServer(tls=tls), from_the_start=True) as server:
        entered = values(server, security="tls")
        connection = connect(SYSTEM, "mailbox", SETTINGS, name="Mailbox", values=entered)
        with pytest.raises(MailboxFailed) as failure:
            read_mailbox(connection)
        assert failure.value.permanent


# ---- the sources' addresses


def test_the_mailbox_gives_sources_their_addresses(
    connection: Connection, source: AlertSource, api: Callable[..., ApiClient]
) -> None:
    shown = api("viewer", "manage_settings").get("/v2/alert_sources").json()["alert_sources"]
    (address,) = (one["email_options"]["email_address"] for one in shown)
    assert address.startswith(f"alerts+{source.id.lower()}.")
    assert address.endswith("@example.com")


def test_a_mailbox_that_is_not_read_gives_none(connection: Connection) -> None:
    assert mailbox_address() == "alerts@example.com"
    switch(SYSTEM, connection, on=False)
    assert mailbox_address() == ""
    archive_connection(SYSTEM, connection)
    assert mailbox_address() == ""
