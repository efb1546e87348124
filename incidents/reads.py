"""Reading incidents for the API and exports: few set-based statements, whatever the number of rows.

Instants come as text (Django's loader costs more than the rest of the row) and leave in the wire's form; actors,
assignees and values come as plain tuples. Configuration is not joined: it is spliced in from the snapshot.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from incidents.visibility import Viewer, visible_sql


class UserRow(NamedTuple):
    """A person as answers embed them."""

    id: str
    name: str
    email: str
    role: str
    slack_user_id: str


class IncidentRow(NamedTuple):
    """The columns of an incident; times as on the wire."""

    id: str
    number: int
    name: str
    summary: str
    visibility: str
    mode: str
    incident_status_id: str
    severity_id: str | None
    incident_type_id: str | None
    call_url: str
    postmortem_document_url: str
    slack_team_id: str
    slack_channel_id: str
    slack_channel_name: str
    creator_kind: str
    creator_id: str
    creator_label: str
    created_at: str
    updated_at: str
    last_activity_at: str


@dataclass(slots=True)
class IncidentRead:
    """An incident with everything an answer shows of it."""

    row: IncidentRow
    creator: UserRow | None
    assignees: dict[str, UserRow] = field(default_factory=dict)
    values: dict[str, list[tuple[str | None, str]]] = field(default_factory=dict)
    timestamps: dict[str, str] = field(default_factory=dict)


TIMES = {"created_at", "updated_at", "last_activity_at"}
COLUMNS = ", ".join(f"CAST(i.{name} AS text)" if name in TIMES else f"i.{name}" for name in IncidentRow._fields)
WIDTH = len(IncidentRow._fields)
SELECT = f"""
SELECT {COLUMNS}, c.id, c.name, c.email, c.role, c.slack_user_id
FROM incidents_incident i
LEFT JOIN accounts_user c ON i.creator_kind = 'user' AND c.id = i.creator_id
"""  # noqa: S608  column names of our own
CHILDREN = """
SELECT 'assignee', a.incident_id, a.incident_role_id, u.id, u.name, u.email, u.role, u.slack_user_id
FROM incidents_roleassignment a JOIN accounts_user u ON u.id = a.assignee_id WHERE a.incident_id {these}
UNION ALL
SELECT 'value', v.incident_id, v.custom_field_id, v.value_option_id,
       COALESCE(v.value_text, v.value_link, v.value_numeric), NULL, NULL, NULL
FROM incidents_customfieldvalue v WHERE v.incident_id {these}
UNION ALL
SELECT 'timestamp', t.incident_id, t.incident_timestamp_id, NULL, CAST(t.value AS text), NULL, NULL, NULL
FROM incidents_timestampvalue t WHERE t.incident_id {these}
"""


@dataclass(frozen=True)
class Page:
    """Which incidents: newest first, below `after`, at most `limit`; None as a filter means no filter."""

    limit: int
    after: str | None = None
    statuses: Sequence[str] | None = None
    modes: Sequence[str] | None = None


def wire_time(text: str) -> str:
    """A time as the database writes it (UTC; either database) in the wire's form, with microseconds."""
    fraction = text[19:].removesuffix("+00")
    return f"{text[:10]}T{text[11:19]}{fraction:0<7}Z" if fraction else f"{text[:10]}T{text[11:19]}.000000Z"


def incident(viewer: Viewer, incident_id: str) -> IncidentRead | None:
    """The incident, if `viewer` may know of it. Two statements."""
    visible, params = visible_sql(viewer)
    found = _read(f"{SELECT} WHERE i.id = %s AND {visible}", [incident_id, *params])
    return found[0] if found else None


def page(viewer: Viewer, page: Page) -> list[IncidentRead]:
    """A page of incidents, newest first. Two statements, walking the primary key from `after` on."""
    visible, params = visible_sql(viewer)
    conditions = [visible]
    if page.after is not None:
        conditions.append("i.id < %s")
        params.append(page.after)
    for column, allowed in (("i.incident_status_id", page.statuses), ("i.mode", page.modes)):
        if allowed is not None:
            conditions.append(f"{column} {_one_of()}")
            params.append(_array(allowed))
    where = " AND ".join(conditions)
    return _read(f"{SELECT} WHERE {where} ORDER BY i.id DESC LIMIT %s", [*params, page.limit])


def _read(sql: str, params: list[Any]) -> list[IncidentRead]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        reads = {row[0]: _incident_read(row) for row in cursor.fetchall()}
        if reads:
            these = _array(list(reads))
            cursor.execute(CHILDREN.format(these=_one_of()), [these] * 3)
            _attach(reads, cursor.fetchall())
    return list(reads.values())


def _incident_read(row: tuple[Any, ...]) -> IncidentRead:
    *columns, created_at, updated_at, last_activity_at = row[:WIDTH]
    times = map(wire_time, (created_at, updated_at, last_activity_at))
    creator = UserRow._make(row[WIDTH:]) if row[WIDTH] is not None else None
    return IncidentRead(IncidentRow(*columns, *times), creator)


def _attach(reads: dict[str, IncidentRead], children: list[tuple[Any, ...]]) -> None:
    for kind, incident_id, key, *rest in children:
        read = reads[incident_id]
        if kind == "value":
            read.values.setdefault(key, []).append((rest[0], rest[1]))
        elif kind == "timestamp":
            read.timestamps[key] = wire_time(rest[1])
        else:
            read.assignees[key] = UserRow._make(rest)


def _one_of() -> str:
    """`IN (the parameter)` for any number of values in one parameter (see `_array`), so that statements are few."""
    return "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def _array(values: Sequence[str]) -> Any:
    return list(values) if connection.vendor == "postgresql" else json.dumps(list(values))
