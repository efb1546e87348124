"""A mailbox that is connected, and a source whose alerts come by mail."""

from collections.abc import Iterator
from typing import Any

import pytest

from incidents.alert_sources import create_alert_source
from incidents.models import AlertSource
from integrations.connections import change_connection, connect
from integrations.mailbox.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.mailbox.server import PASSWORD, USER, ImapServer, serving

ADDRESS = "alerts@example.com"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with serving(ImapServer()) as server:
        yield server


def values(server: ImapServer, **said: str) -> dict[str, str]:
    """What is entered for the mailbox."""
    usual = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "user": USER, "password": PASSWORD}
    return usual | {"address": ADDRESS} | said


@pytest.fixture
def connection(server: ImapServer) -> Connection:
    return connect(SYSTEM, "mailbox", SETTINGS, name="Mailbox", values=values(server))


def setting(connection: Connection, **said: Any) -> None:
    """Change settings of the mailbox."""
    change_connection(SYSTEM, connection, SETTINGS, name="Mailbox", values=connection.settings | said)


@pytest.fixture
def source(hub: None) -> AlertSource:
    return create_alert_source(SYSTEM, source_type="email", name="Mail of the monitoring")
