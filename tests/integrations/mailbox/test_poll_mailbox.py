"""manage.py poll_mailbox takes what is unread, and its exit code says how that went."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.models import Alert, AlertSource
from integrations.connections import switch
from integrations.mailbox import polling
from integrations.mailbox.polling import read_mailbox
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.mailbox import server as faults
from tests.integrations.mailbox.conftest import setting
from tests.integrations.mailbox.server import ImapServer
from tests.integrations.mailbox.writing import written


def test_a_backlog_is_taken_in_turns(
    server: ImapServer, connection: Connection, source: AlertSource, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_mailbox, "__defaults__", (0.05, None))
    for number in range(60):
        server.put(written(source, f"Disk {number} is full"))
    call_command("poll_mailbox")
    assert (capsys.readouterr().out, Alert.objects.count()) == ("60 fired\n", 60)
    call_command("poll_mailbox", "--once")
    assert capsys.readouterr().out == "Nothing is unread\n"


def test_without_a_mailbox_it_says_so(connection: Connection) -> None:
    switch(SYSTEM, connection, on=False)
    with pytest.raises(CommandError, match="No mailbox is connected") as failure:
        call_command("poll_mailbox")
    assert failure.value.returncode == 3


def test_a_wrong_password_is_for_somebody_to_change(server: ImapServer, connection: Connection) -> None:
    setting(connection, password="wrong")
    with pytest.raises(CommandError, match="does not take the user and the password") as failure:
        call_command("poll_mailbox")
    assert failure.value.returncode == 3


def test_a_server_that_is_away_may_come_back(server: ImapServer, connection: Connection) -> None:
    server.faults["SELECT"] = faults.bye
    with pytest.raises(CommandError, match="lost") as failure:
        call_command("poll_mailbox")
    assert failure.value.returncode == 1


def test_somebody_else_may_read_it(connection: Connection, capsys: Any) -> None:
    with polling._leased(connection):
        call_command("poll_mailbox")
    assert capsys.readouterr().out == "Somebody else reads the mailbox now\n"


def test_again_and_again_goes_on_after_failures(
    server: ImapServer, connection: Connection, source: AlertSource, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(written(source))
    server.faults["SEARCH"] = faults.bye
    rests = iter([None])

    def rest(seconds: float) -> None:
        if next(rests, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", rest)
    call_command("poll_mailbox", "--every", "1")
    said = capsys.readouterr()
    assert "lost" in said.err
    assert said.out == "1 fired\nStopped\n"


@pytest.mark.parametrize("every", ["0", "-1", "soon", "86401"])
def test_a_time_that_is_none_is_refused(every: str) -> None:
    with pytest.raises(CommandError, match="--every"):
        call_command("poll_mailbox", "--every", every)
