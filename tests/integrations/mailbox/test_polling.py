"""What is unread is taken, each letter once, whatever the server does and whoever is stopped in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from incidents.alert_sources import create_alert_source
from incidents.models import Alert, AlertSource, Incident
from integrations.mailbox import polling
from integrations.mailbox.imap import MailboxFailed
from integrations.mailbox.polling import Busy, read_mailbox, wake_due
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.mailbox import server as faults
from tests.integrations.mailbox.conftest import setting
from tests.integrations.mailbox.server import Behaviour, ImapServer
from tests.integrations.mailbox.writing import written

Drain = Callable[[], None]


def test_a_letter_is_an_alert_and_makes_an_incident(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source))
    turn = read_mailbox(connection)
    alert = Alert.objects.get()
    assert (alert.title, alert.description, alert.status) == ("Disk full on db1", "97% of /var", "firing")
    assert (turn.meant, server.letters[0].seen, Incident.objects.get().name) == ({"fired": 1}, True, "Disk full on db1")
    connection.refresh_from_db()
    assert connection.last_success_at is not None


def test_letters_are_taken_in_the_order_they_came(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source, "PROBLEM: disk"))
    server.put(written(source, "RECOVERY: disk", Date="Fri, 20 Nov 2026 15:30:00 +0000"))
    assert read_mailbox(connection).meant == {"fired": 1, "resolved": 1}
    assert Alert.objects.get().status == "resolved"


def test_what_was_read_is_left_alone(server: ImapServer, connection: Connection, source: AlertSource) -> None:
    server.put(written(source), seen=True)
    assert read_mailbox(connection).meant == {}
    assert not any(line.startswith("FETCH") for line in server.heard)


FAULTS: dict[str, tuple[str, Behaviour]] = {
    "silence": ("FETCH", faults.silence),
    "a trickle": ("FETCH", faults.trickle),
    "reset": ("FETCH", faults.reset),
    "reset in a letter": ("FETCH", faults.reset_in_mid_letter),
    "more than asked": ("FETCH", faults.huge),
    "bad": ("FETCH", faults.says("BAD What?")),
    "bye": ("FETCH", faults.bye),
    "garbage": ("FETCH", faults.garbage),
    "no search": ("SEARCH", faults.says("NO Later")),
    "bye at search": ("SEARCH", faults.bye),
    "silence at search": ("SEARCH", faults.silence),
    "silence at the mark": ("STORE", faults.silence),
    "reset at the mark": ("STORE", faults.reset),
    "marked, and reset": ("STORE", faults.done_and_reset),
    "no folder": ("SELECT", faults.says("NO [NONEXISTENT] No such mailbox")),
    "reset at the folder": ("SELECT", faults.reset),
    "wrong password": ("LOGIN", faults.says("NO [AUTHENTICATIONFAILED] Wrong")),
    "silence at the password": ("LOGIN", faults.silence),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_whatever_the_server_does_each_letter_is_taken_once(
    server: ImapServer, connection: Connection, source: AlertSource, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LETTER_SECONDS", 0.4)
    for subject in ("Disk full on db1", "Disk full on db2"):
        server.put(written(source, subject))
    name, behaviour = FAULTS[fault]
    server.faults[name] = behaviour
    with pytest.raises(MailboxFailed):
        read_mailbox(connection, seconds=0.4)
    connection.refresh_from_db()
    assert connection.last_error
    read_mailbox(connection)
    titles = {"Disk full on db1"} if fault == "marked, and reset" else {"Disk full on db1", "Disk full on db2"}
    assert sorted(Alert.objects.values_list("title", "firings")) == [(title, 1) for title in sorted(titles)]
    assert all(one.seen for one in server.letters)


@pytest.mark.parametrize(("name", "said"), [("FETCH", "NO [SERVERBUG] Broken"), ("STORE", "NO [NOPERM] Not yours")])
def test_nobody_waits_behind_a_letter_the_server_has_trouble_with(
    server: ImapServer, connection: Connection, source: AlertSource, name: str, said: str
) -> None:
    for subject in ("Disk full on db1", "Disk full on db2"):
        server.put(written(source, subject))
    server.faults[name] = faults.says(said)
    assert read_mailbox(connection).failed == 1
    connection.refresh_from_db()
    assert connection.last_error == f"The server does not do {name}: {said.removeprefix('NO ')}"
    assert Alert.objects.filter(title="Disk full on db2").exists()
    assert read_mailbox(connection).failed == 0
    assert sorted(Alert.objects.values_list("title", "firings")) == [("Disk full on db1", 1), ("Disk full on db2", 1)]


def test_a_letter_to_a_source_whose_secret_no_key_opens_waits(
    server: ImapServer, connection: Connection, source: AlertSource, settings: Any
) -> None:
    kept, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    locked = create_alert_source(SYSTEM, source_type="email", name="Mail of before")
    lost, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, kept
    server.put(written(locked, "Disk full on db1"))
    server.put(written(source, "Disk full on db2"))
    assert read_mailbox(connection).failed == 1
    connection.refresh_from_db()
    assert ("ENCRYPTION_KEYS" in connection.last_error, Alert.objects.get().title) == (True, "Disk full on db2")
    settings.ENCRYPTION_KEYS = [*kept, *lost]
    assert read_mailbox(connection).meant == {"fired": 1}
    assert Alert.objects.filter(title="Disk full on db1", alert_source=locked).exists()


def test_numbers_beyond_all_bounds_are_no_letters(server: ImapServer, connection: Connection) -> None:
    server.faults["SEARCH"] = lambda talk, tag: (talk.say(f"* SEARCH {'9' * 5_000}"), talk.say(f"{tag} OK Done"))
    assert read_mailbox(connection).meant == {}


def test_who_was_stopped_before_marking_knows_the_letter(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source, "PROBLEM: disk"))
    server.put(written(source, "RECOVERY: disk"))
    read_mailbox(connection)
    count = RemoteObject.objects.count()
    for one in server.letters:
        one.seen = False
    assert read_mailbox(connection).meant == {"known already": 2}
    assert (Alert.objects.get().status, Alert.objects.get().firings) == ("resolved", 1)
    assert RemoteObject.objects.count() == count


def test_a_mailbox_that_was_built_anew_brings_nothing_twice(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source, Message_ID=""))
    read_mailbox(connection)
    server.validity, server.letters[0].uid, server.letters[0].seen = 8, 900, False
    assert read_mailbox(connection).meant == {"known already": 1}


def test_one_reads_at_a_time(server: ImapServer, connection: Connection, source: AlertSource) -> None:
    with polling._leased(connection), pytest.raises(Busy):
        read_mailbox(connection)
    assert read_mailbox(connection).meant == {}


def test_who_was_killed_loses_its_turn_after_a_while(server: ImapServer, connection: Connection) -> None:
    state = {"until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    RemoteObject.objects.create(**polling._of(connection), remote_id="killed", state=state)
    assert read_mailbox(connection).meant == {}


def test_a_turn_ends_and_the_next_one_goes_on(server: ImapServer, connection: Connection, source: AlertSource) -> None:
    for number in range(3):
        server.put(written(source, f"Disk {number} is full"))
    assert read_mailbox(connection, seconds=-1).left == 3
    assert read_mailbox(connection).meant == {"fired": 3}


def test_of_a_huge_letter_the_beginning_is_taken(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source) + b"x" * 3_000_000)
    assert read_mailbox(connection).meant == {"fired": 1}
    assert Alert.objects.get().metadata["truncated"] is True


def test_a_letter_that_is_gone_meanwhile_is_left_out(
    server: ImapServer, connection: Connection, source: AlertSource
) -> None:
    server.put(written(source))
    server.faults["FETCH"] = faults.says("OK Done")
    assert read_mailbox(connection).meant == {}


def test_the_background_reads_every_minute(
    server: ImapServer, connection: Connection, source: AlertSource, drain: Drain
) -> None:
    server.put(written(source))
    wake_due()
    wake_due()
    drain()
    assert (Alert.objects.count(), server.heard.count("LOGIN")) == (1, 1)
    wake_due()
    drain()
    assert server.heard.count("LOGIN") == 1


def test_after_failures_the_background_waits_longer(server: ImapServer, connection: Connection, drain: Drain) -> None:
    setting(connection, password="wrong")
    for _ in range(6):
        RemoteObject.objects.update(state={"failures": 5})
        wake_due()
        drain()
    row = RemoteObject.objects.get()
    assert row.state["failures"] == 6
    assert row.state["due_at"] > (timezone.now() + timedelta(minutes=14)).isoformat()


def test_without_a_mailbox_the_background_rests(hub: None, drain: Drain) -> None:
    wake_due()
    drain()
    assert not RemoteObject.objects.exists()


def test_what_came_long_ago_is_forgotten(server: ImapServer, connection: Connection, source: AlertSource) -> None:
    server.put(written(source))
    read_mailbox(connection)
    RemoteObject.objects.filter(kind__in=("letter", "topic")).update(created_at=timezone.now() - timedelta(days=91))
    read_mailbox(connection)
    assert [row.kind for row in RemoteObject.objects.all()] == ["turn"]
