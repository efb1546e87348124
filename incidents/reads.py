"""Reading incidents for the API and exports: few set-based statements, whatever the number of rows.

Instants come as text (Django's loader costs more than the rest of the row) and leave in the wire's form; actors,
assignees and values come as plain tuples. Configuration is not joined: it is spliced in from the snapshot.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from events.actors import ActorKind
from incidentio.core import sql
from incidents.conditions import EVERYWHERE, Where
from incidents.visibility import Viewer, visible_sql


class UserRow(NamedTuple):
    """A person as answers embed them."""

    id: str
    name: str
    email: str
    role: str
    slack_user_id: str


class EntryRow(NamedTuple):
    """An entry of the catalog as answers embed it, archived or not."""

    id: str
    name: str
    external_id: str | None
    aliases: tuple[str, ...]


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
    creator: UserRow | None = None
    assignees: dict[str, UserRow] = field(default_factory=dict)
    values: dict[str, list[tuple[str | None, str]]] = field(default_factory=dict)
    entries: dict[str, EntryRow] = field(default_factory=dict)
    timestamps: dict[str, str] = field(default_factory=dict)
    document_ids: list[str] = field(default_factory=list)


Rows = list[tuple[Any, ...]]
TIMES = IncidentRow._fields[-3:]
AS_TEXT = {"number", *TIMES}
COLUMNS = ", ".join(f"CAST(i.{name} AS text)" if name in AS_TEXT else f"i.{name}" for name in IncidentRow._fields)
INCIDENTS = f"SELECT 'incident', {COLUMNS} FROM incidents_incident i"  # noqa: S608  column names of our own
# What belongs to incidents, and whom and what they name, each in the same six columns: kind, then what that kind has.
PARTS = (
    """SELECT 'value', v.incident_id, v.custom_field_id, COALESCE(v.value_option_id, v.value_catalog_entry_id),
    COALESCE(v.value_text, v.value_link, v.value_numeric), NULL
    FROM incidents_customfieldvalue v WHERE v.incident_id {these}""",
    """SELECT 'timestamp', t.incident_id, t.incident_timestamp_id, NULL, CAST(t.value AS text), NULL
    FROM incidents_timestampvalue t WHERE t.incident_id {these}""",
    """SELECT 'assignee', a.incident_id, a.incident_role_id, a.assignee_id, NULL, NULL
    FROM incidents_roleassignment a WHERE a.incident_id {these}""",
    """SELECT 'person', u.id, u.name, u.email, u.role, u.slack_user_id FROM accounts_user u WHERE u.id IN (
    SELECT assignee_id FROM incidents_roleassignment WHERE incident_id {these}
    UNION ALL SELECT creator_id FROM incidents_incident WHERE id {these})""",
    """SELECT 'entry', e.id, e.name, e.external_id, a.value, CAST(a.place AS text)
    FROM catalog_catalogentry e LEFT JOIN catalog_catalogalias a ON a.entry_id = e.id WHERE e.id IN (
    SELECT value_catalog_entry_id FROM incidents_customfieldvalue
    WHERE incident_id {these} AND value_catalog_entry_id IS NOT NULL)""",
    """SELECT 'document', d.incident_id, d.id, NULL, NULL, NULL
    FROM incidents_postmortemdocument d WHERE d.incident_id {these}""",
)
PARTS_WIDTH, INCIDENT_WIDTH = 6, len(IncidentRow._fields) + 1
PAGE_PARTS = " UNION ALL ".join(PARTS)
TIMES_NAMED = PAGE_PARTS.count("{these}")
# The parts beside the incident itself, filled up to its width.
ONE_PARTS = " UNION ALL ".join(
    f"SELECT part.*{', NULL' * (INCIDENT_WIDTH - PARTS_WIDTH)} FROM ({part.format(these='= %s')}) AS part"  # noqa: S608
    for part in PARTS
)


@dataclass(frozen=True)
class Page:
    """Which incidents: those of `where` beyond `after`, newest first or oldest first, at most `limit`.

    `is_usual`: the condition is of the few that every caller asks, so that preparing its statement pays; for any other
    PostgreSQL had better look at the values before it chooses an index.
    """

    limit: int
    after: str | None = None
    oldest_first: bool = False
    where: Where = EVERYWHERE
    is_usual: bool = True


def wire_time(text: str) -> str:
    """A time as the database writes it (UTC; either database) in the wire's form, with microseconds."""
    fraction = text[19:].removesuffix("+00")
    return f"{text[:10]}T{text[11:19]}{fraction:0<7}Z" if fraction else f"{text[:10]}T{text[11:19]}.000000Z"


def incident(viewer: Viewer, incident_id: str) -> IncidentRead | None:
    """The incident, if `viewer` may know of it. One statement."""
    visible, params = visible_sql(viewer)
    statement = f"{INCIDENTS} WHERE i.id = %s AND {visible} UNION ALL {ONE_PARTS}"
    with sql.cursor() as cursor:
        cursor.execute(statement, [incident_id, *params, *[incident_id] * TIMES_NAMED])
        rows = cursor.fetchall()
    reads = _reads([row for row in rows if row[0] == "incident"])
    _attach(reads, [row[:PARTS_WIDTH] for row in rows if row[0] != "incident"])
    return reads.get(incident_id)


def page(viewer: Viewer, page: Page) -> list[IncidentRead]:
    """A page of incidents. Two statements, whatever the number of rows."""
    visible, params = visible_sql(viewer)
    conditions = [visible, page.where.sql]
    params += page.where.params
    sign, order = (">", "ASC") if page.oldest_first else ("<", "DESC")
    if page.after is not None:
        conditions.append(f"i.id {sign} %s")
        params.append(page.after)
    statement = f"{INCIDENTS} WHERE {' AND '.join(conditions)} ORDER BY i.id {order} LIMIT %s"
    with sql.cursor() if page.is_usual else connection.cursor() as cursor:
        cursor.execute(statement, [*params, page.limit])
        reads = _reads(cursor.fetchall())
    if reads:
        with sql.cursor() as cursor:
            _attach(reads, _parts(cursor, [read.row for read in reads.values()]))
    return list(reads.values())


def count(viewer: Viewer, where: Where, most: int) -> int | None:
    """How many incidents match, if they are `most` at most. One statement."""
    visible, params = visible_sql(viewer)
    matching = f"SELECT 1 FROM incidents_incident i WHERE {visible} AND {where.sql} LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({matching}) AS m", [*params, *where.params, most + 1])  # noqa: S608
        found = int(cursor.fetchone()[0])
    return found if found <= most else None


def _reads(rows: Rows) -> dict[str, IncidentRead]:
    times = -len(TIMES)
    return {
        pk: IncidentRead(IncidentRow(pk, int(number), *others[:times], *map(wire_time, others[times:])))
        for _, pk, number, *others in rows
    }


def _parts(cursor: CursorWrapper, rows: list[IncidentRow]) -> Rows:
    """What belongs to the incidents; where they stand close together, by their range, which costs half as much.

    A range may hold others (of another mode, or committed meanwhile): the caller knows whose it wants.
    """
    first, last = max(rows[0], rows[-1]), min(rows[0], rows[-1])
    if abs(first.number - last.number) < 2 * len(rows):
        these, params = "BETWEEN %s AND %s", [last.id, first.id]
    else:
        these, values = sql.among([row.id for row in rows])
        params = [values]
    cursor.execute(PAGE_PARTS.format(these=these), params * TIMES_NAMED)
    parts: Rows = cursor.fetchall()
    return parts


def _attach(reads: dict[str, IncidentRead], parts: Rows) -> None:
    people = {row[1]: UserRow._make(row[1:]) for row in parts if row[0] == "person"}
    entries = _entries(parts)
    for kind, incident_id, key, reference, text, _ in parts:
        read = reads.get(incident_id)
        if read is None:  # a person, an entry, or an incident beside the page
            continue
        if kind == "value":
            read.values.setdefault(key, []).append((reference, text))
            if reference in entries:
                read.entries[reference] = entries[reference]
        elif kind == "timestamp":
            read.timestamps[key] = wire_time(text)
        elif kind == "assignee":
            read.assignees[key] = people[reference]
        else:
            read.document_ids.append(key)
    for read in reads.values():
        if read.row.creator_kind == ActorKind.USER:
            read.creator = people.get(read.row.creator_id)


def _entries(parts: Rows) -> dict[str, EntryRow]:
    """The catalog's entries by id, each with its aliases in the order they were sent in."""
    found: dict[str, tuple[str, str | None]] = {}
    aliases: dict[str, list[tuple[int, str]]] = {}
    for kind, pk, name, external_id, alias, place in parts:
        if kind == "entry":
            found[pk] = (name, external_id)
            if alias is not None:
                aliases.setdefault(pk, []).append((int(place), alias))
    return {
        pk: EntryRow(pk, *said, tuple(alias for _, alias in sorted(aliases.get(pk, ())))) for pk, said in found.items()
    }
