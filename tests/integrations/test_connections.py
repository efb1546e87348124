"""Connecting tools: secrets are encrypted, told to nobody, kept when nothing is said of them, and forgotten."""

import logging
from typing import Any

import pytest
from django.db import connection as database

from events.models import Event
from incidentio.core import crypto
from incidentio.core.errors import Invalid, NotFound
from integrations.base import CheckFailed, StepFailed
from integrations.connections import (
    account,
    account_of,
    archive_connection,
    change_connection,
    connect,
    switch,
    try_connection,
)
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.grapevine import SETTINGS, TOKEN

SAID = {"token": TOKEN, "url": "https://grapevine.example.com"}


def connected(**said: str) -> Connection:
    return connect(SYSTEM, "grapevine", SETTINGS, name="Grapevine", values=SAID | said)


def changed(row: Connection, name: str = "Grapevine", forgotten: tuple[str, ...] = (), **said: str) -> Connection:
    values = {"url": SAID["url"]} | said
    return change_connection(SYSTEM, row, SETTINGS, name=name, values=values, forgotten=forgotten)


def stored() -> str:
    """All that the database holds of connections."""
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_connection")
        return str(cursor.fetchall())


def test_secrets_are_encrypted_at_rest() -> None:
    row = connected()
    assert TOKEN not in stored()
    assert SAID["url"] in stored()
    assert account(row)["token"] == TOKEN


def test_secrets_are_in_no_event_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    row = connected()
    changed(row, token=f"{TOKEN}-new")
    archive_connection(SYSTEM, row)
    events = list(Event.objects.filter(subject_id=row.pk).order_by("id"))
    assert [event.type for event in events] == ["connection.created", "connection.updated", "connection.archived"]
    assert TOKEN not in str([event.changes for event in events])
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(account(row))


def test_a_secret_that_was_changed_is_told_without_it() -> None:
    changed(connected(), token=f"{TOKEN}-new")
    assert Event.objects.latest("id").changes == {"secrets": ["…", "changed"]}


@pytest.mark.parametrize("said", [{}, {"token": ""}, {"token": "  "}])
def test_a_secret_that_is_left_empty_is_kept(said: dict[str, str]) -> None:
    row = changed(connected(), name="Vine", **said)
    assert (row.name, account_of("grapevine")["token"]) == ("Vine", TOKEN)


def test_what_is_the_same_is_no_event() -> None:
    changed(connected(), token=TOKEN)
    assert Event.objects.latest("id").type == "connection.created"


def test_archiving_forgets_the_secrets() -> None:
    row = connected()
    archive_connection(SYSTEM, row)
    row.refresh_from_db()
    assert row.secrets == ""
    with pytest.raises(StepFailed, match="not connected"):
        account_of("grapevine")
    with pytest.raises(NotFound):
        changed(row)


def test_a_tool_is_connected_once_until_it_is_archived() -> None:
    row = connected()
    with pytest.raises(Invalid, match="connected already"):
        connected()
    archive_connection(SYSTEM, row)
    assert connected().pk != row.pk


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"token": ""}, "token"),
        ({"region": "moon"}, "region"),
        ({"tide": "high"}, "tide"),
        ({"url": "x" * 10_001}, "url"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(said: dict[str, str], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        connected(**said)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert not Connection.objects.exists()


def test_switched_off_it_is_no_account_for_steps() -> None:
    row = switch(SYSTEM, connected(), on=False)
    with pytest.raises(StepFailed, match="switched off"):
        account_of("grapevine")
    switch(SYSTEM, row, on=False)
    switch(SYSTEM, row, on=True)
    assert account_of("grapevine")["token"] == TOKEN
    changes = [event.changes for event in Event.objects.filter(type="connection.updated").order_by("id")]
    assert changes == [{"enabled": [True, False]}, {"enabled": [False, True]}]


def test_a_try_that_succeeds_and_one_that_fails_are_noted() -> None:
    row = connected()
    assert try_connection(row, lambda values: f"you have {values['token']}") == f"you have {TOKEN}"
    row.refresh_from_db()
    assert (row.last_success_at is not None, row.last_error) == (True, "")

    def fail(values: Any) -> str:
        raise CheckFailed("No such account")

    with pytest.raises(CheckFailed, match="No such account"):
        try_connection(row, fail)
    row.refresh_from_db()
    assert (row.last_error_at is not None, row.last_error) == (True, "No such account")


def test_secrets_of_a_lost_key_are_entered_again(settings: Any) -> None:
    row = connected()
    settings.ENCRYPTION_KEYS = [crypto.Fernet.generate_key().decode()]
    row = Connection.objects.get(pk=row.pk)
    with pytest.raises(CheckFailed, match="cannot be decrypted"):
        try_connection(row, lambda values: "")
    with pytest.raises(StepFailed, match="cannot be decrypted") as failed:
        account_of("grapevine")
    assert not failed.value.permanent
    with pytest.raises(Invalid, match="Token is required"):
        changed(row)
    changed(row, token="another")
    assert account_of("grapevine")["token"] == "another"


def test_what_no_key_opens_stays_until_it_is_entered_again(settings: Any) -> None:
    optional = SETTINGS[3:]
    row = connect(SYSTEM, "safe", optional, name="Safe", values={"key": "long"})
    before, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [crypto.Fernet.generate_key().decode()]
    change_connection(SYSTEM, Connection.objects.get(pk=row.pk), optional, name="Vault", values={})
    settings.ENCRYPTION_KEYS = before
    assert account_of("safe")["key"] == "long"


@pytest.mark.parametrize(("said", "left"), [({}, ""), ({"key": "other"}, "other")])
def test_an_optional_secret_can_be_forgotten(said: dict[str, str], left: str) -> None:
    row = connected(key="long")
    changed(row, forgotten=("key",), **said)
    assert (account_of("grapevine")["key"], account_of("grapevine")["token"]) == (left, TOKEN)


def test_a_secret_that_is_required_cannot_be_forgotten() -> None:
    with pytest.raises(Invalid, match="Token is required"):
        changed(connected(), forgotten=("token",))
    assert account_of("grapevine")["token"] == TOKEN
