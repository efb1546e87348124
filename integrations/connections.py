"""Connecting tools: made, changed, tried and taken away by people; read by steps and by what comes in."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.utils import timezone

from catalog.words import check_name, configuring, renew
from events.actors import Actor
from events.record import changed, created, record_configuration
from incidentio.core import http
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Gather, Invalid, SecretUnreadable
from integrations.base import CheckFailed, Setting, StepFailed
from integrations.models import Connection

SUBJECT = "connection"
LONGEST = 10_000
CHECK_SECONDS = 2.0  # people wait for it
# Nobody's to read, or how it fares, which is no configuration.
UNTOLD = ("secrets", "last_success_at", "last_error_at", "last_error", "updated_at")

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Account:
    """An account as its tool's folder sees it: every setting and secret by its name; what was left out is empty."""

    connection_id: str
    tool: str
    values: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def connect(actor: Actor, tool: str, known: tuple[Setting, ...], *, name: str, values: Mapping[str, str]) -> Connection:
    """A new connection to a tool.

    Raises:
        Invalid: all that is wrong: a setting that is missing, unknown or too long; the tool is connected already.
    """
    connection = Connection(tool=tool, name=name)
    with configuring():
        if Connection.objects.active().filter(tool=tool).exists():
            raise Invalid("already_exists", "This tool is connected already; change that connection, or archive it")
        check_name(connection, name)
        _fill(connection, known, values)
        connection.save(force_insert=True)
        record_configuration(actor, f"{SUBJECT}.created", SUBJECT, connection, created(_state(connection)))
    return connection


def change_connection(
    actor: Actor,
    connection: Connection,
    known: tuple[Setting, ...],
    *,
    name: str,
    values: Mapping[str, str],
    enabled: bool = True,
    forgotten: Collection[str] = (),
) -> Connection:
    """Change a connection; a secret that is left out or empty stays as it is, unless it is `forgotten`.

    Raises:
        Invalid: as `connect`.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(connection, SUBJECT)
        before, secrets = _state(connection), secrets_of(connection)
        check_name(connection, name)
        connection.name, connection.enabled = name, enabled
        _fill(connection, known, values, forgotten)
        after = _state(connection)
        if after != before or secrets_of(connection) != secrets:
            connection.save()
            changes = changed(before, after) or {"secrets": ["…", "changed"]}
            record_configuration(actor, f"{SUBJECT}.updated", SUBJECT, connection, changes)
    return connection


def switch(actor: Actor, connection: Connection, *, on: bool) -> Connection:
    """Switch a connection on or off.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(connection, SUBJECT)
        before = _state(connection)
        if connection.enabled != on:
            connection.enabled = on
            connection.save()
            changes = changed(before, _state(connection))
            record_configuration(actor, f"{SUBJECT}.updated", SUBJECT, connection, changes)
    return connection


def try_connection(connection: Connection, check: Callable[[Mapping[str, str]], str]) -> str:
    """Call the tool to see whether the account works; what it found, in words. How it went is noted.

    Raises:
        CheckFailed: it does not; says why.
    """
    try:
        with http.at_most(CHECK_SECONDS):
            found = check(account(connection).values)
    except (CheckFailed, http.NoAnswer, UndecryptableSecret) as failure:
        note_failure(connection.tool, str(failure))
        raise CheckFailed(str(failure)) from failure
    note_success(connection.tool)
    return found


def archive_connection(actor: Actor, connection: Connection) -> None:
    """Take a connection out of use, and forget its secrets.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(connection, SUBJECT)
        before = _state(connection)
        connection.archived_at, connection.secrets = timezone.now(), ""
        connection.save()
        changes = changed(before, _state(connection))
        record_configuration(actor, f"{SUBJECT}.archived", SUBJECT, connection, changes)


def account_of(tool: str) -> Account:
    """The account that steps of a tool use.

    Raises:
        StepFailed: the tool is not connected, or its connection is switched off; for now, if no key of this
            installation opens its secrets.
    """
    connection = Connection.objects.active().filter(tool=tool).first()
    if connection is None or not connection.enabled:
        why = "is switched off" if connection is not None else "is not connected"
        raise StepFailed(f"{tool} {why}: see Connections in the admin")
    try:
        return account(connection)
    except UndecryptableSecret as failure:
        raise StepFailed(str(failure), permanent=False) from failure


def account(connection: Connection) -> Account:
    """What a connection holds, opened.

    Raises:
        UndecryptableSecret: none of the keys of this installation opens its secrets.
    """
    return Account(connection.pk, connection.tool, connection.settings | _opened(connection))


def secrets_lost(tool: str, lost: UndecryptableSecret) -> SecretUnreadable:
    """What whoever sends is told where no key opens what proves them; how to mend it is noted and logged."""
    log.error("secret_unreadable", tool=tool, why=str(lost))
    note_failure(tool, str(lost))
    return SecretUnreadable()


def secrets_of(connection: Connection) -> dict[str, str]:
    """The secrets of a connection; none where no key of this installation opens them: they are to be entered again."""
    try:
        return _opened(connection)
    except UndecryptableSecret:
        return {}


def _opened(connection: Connection) -> dict[str, str]:
    secrets: dict[str, str] = json.loads(connection.secrets) if connection.secrets else {}
    return secrets


def note_success(tool: str) -> None:
    """The tool answered as it should."""
    Connection.objects.active().filter(tool=tool).update(last_success_at=timezone.now())


def note_failure(tool: str, why: str) -> None:
    """The tool did not; `why` says so to people."""
    Connection.objects.active().filter(tool=tool).update(last_error_at=timezone.now(), last_error=why[:2_000])


def _fill(
    connection: Connection, known: tuple[Setting, ...], values: Mapping[str, str], forgotten: Collection[str] = ()
) -> None:
    problems, names = Gather(), {setting.name: setting for setting in known}
    before = secrets_of(connection)
    kept = {name: value for name, value in before.items() if name in names and name not in forgotten}
    for name in values.keys() - names.keys():
        with problems:
            raise Invalid("not_found", f"There is no setting {name!r}", name)
    plain: dict[str, str] = {}
    for setting in known:
        with problems:
            value = values.get(setting.name, "").strip() or (kept.get(setting.name, "") if setting.secret else "")
            _check(setting, value)
            if value:
                (kept if setting.secret else plain)[setting.name] = value
    problems.raise_if_any()
    connection.settings = plain
    if kept != before:  # else what no key opens stays, until somebody enters it again
        connection.secrets = json.dumps(kept, sort_keys=True) if kept else ""


def _check(setting: Setting, value: str) -> None:
    if setting.required and not value:
        raise Invalid("is_required", f"{setting.label} is required", setting.name)
    if len(value) > LONGEST or "\0" in value:
        raise Invalid("invalid_value", f"{setting.label} is too long, or has null characters", setting.name)
    if setting.choices and value and value not in setting.choices:
        raise Invalid("invalid_value", f"Must be one of: {', '.join(setting.choices)}", setting.name)


def _state(connection: Connection) -> dict[str, Any]:
    columns = (column for column in connection._meta.concrete_fields if column.attname not in UNTOLD)
    return {column.attname: column.value_from_object(connection) for column in columns}
