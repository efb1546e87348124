"""Declare: the key is won, every row and the event written, in one transaction of two statements."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import orjson
from psycopg.types.json import Jsonb
from ulid import ULIDGenerator

from benchmarks.floor import read
from benchmarks.floor.words import Session

CLAIM = """
WITH won AS (
    INSERT INTO incidents_declaration (idempotency_key, incident_id) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1
)
SELECT nextval('incidents_number') FROM won
"""
KNOWN = "SELECT incident_id FROM incidents_declaration WHERE idempotency_key = %s"
PEOPLE = f"SELECT {read.PERSON} FROM accounts_user u WHERE lower(u.email) = ANY(%s) AND u.is_active"
WRITE = """
WITH incident AS (
    INSERT INTO incidents_incident (
        id, number, name, summary, visibility, mode, incident_status_id, severity_id, incident_type_id, call_url,
        postmortem_document_url, slack_team_id, slack_channel_id, slack_channel_name, source_message_channel_id,
        source_message_timestamp, creator_kind, creator_id, creator_label, version, created_at, updated_at,
        last_activity_at
    ) VALUES (
        %(id)s, %(number)s, %(name)s, %(summary)s, %(visibility)s, 'standard', %(status)s, %(severity)s, %(kind)s, '',
        '', '', '', '', '', '', 'api_key', %(actor)s, %(label)s, 1, %(now)s, %(now)s, %(now)s
    )
), value AS (
    INSERT INTO incidents_customfieldvalue (id, incident_id, custom_field_id, value_option_id, value_text, value_link)
    SELECT id, %(id)s, field, option, text, link FROM unnest(
        %(value_ids)s::text[], %(fields)s::text[], %(options)s::text[], %(texts)s::text[], %(links)s::text[]
    ) AS told (id, field, option, text, link)
), assignment AS (
    INSERT INTO incidents_roleassignment (id, incident_id, incident_role_id, assignee_id)
    SELECT id, %(id)s, role, person FROM unnest(
        %(assignment_ids)s::text[], %(roles)s::text[], %(people)s::text[]
    ) AS told (id, role, person)
), stamp AS (
    INSERT INTO incidents_timestampvalue (id, incident_id, incident_timestamp_id, value)
    SELECT id, %(id)s, stamp, %(now)s FROM unnest(%(stamp_ids)s::text[], %(stamps)s::text[]) AS told (id, stamp)
), opening AS (
    INSERT INTO incidents_incidentupdate (
        id, incident_id, new_incident_status_id, new_severity_id, message, updater_kind, updater_id, updater_label,
        created_at
    ) VALUES (%(update)s, %(id)s, %(status)s, %(severity)s, '', 'api_key', %(actor)s, %(label)s, %(now)s)
)
INSERT INTO events_event (
    id, type, subject_type, subject_id, number, incident_id, actor_kind, actor_id, actor_label, changes,
    schema_version, created_at
) VALUES (
    %(event)s, 'incident.created', 'incident', %(id)s, 1, %(id)s, 'api_key', %(actor)s, %(label)s, %(changes)s, 1,
    %(now)s
)
"""
COLUMNS = {"value_option_id": 0, "value_text": 1, "value_link": 2}
_ids = ULIDGenerator()
Wire = dict[str, Any]
Row = list[str | None]


def new_id() -> str:
    return str(_ids.generate())


def declare(session: Session, report: Wire) -> bytes | None:
    """The answer to a declare, new or replayed."""
    run, incident = session.connection.execute, new_id()
    emails = {told["incident_role_id"]: told["assignee"]["email"] for told in report["incident_role_assignments"]}
    with session.connection.transaction():
        won = run(CLAIM, [report["idempotency_key"], incident]).fetchone()
        if won is not None:
            people = {row[2]: row for row in run(PEOPLE, [list(emails.values())])}
            roles = {role: people[email] for role, email in emails.items()}
            rows = {"id": incident, "number": won[0], "now": datetime.now(UTC)} | _rows(session, report, roles)
            run(WRITE, rows | {"changes": Jsonb(_changes(rows), dumps=orjson.dumps)})
            return _answer(session, report, roles, rows)
    known = run(KNOWN, [report["idempotency_key"]]).fetchone()
    return read.show(session, known[0]) if known else None


def _values(report: Wire) -> list[tuple[str, Row]]:
    told = []
    for entry in report["custom_field_entries"]:
        for value in entry["values"]:
            columns: Row = [None, None, None]
            for name, literal in value.items():
                columns[COLUMNS[name]] = literal
            told.append((entry["custom_field_id"], columns))
    return told


def _rows(session: Session, report: Wire, roles: Wire) -> Wire:
    values = _values(report)
    words = session.words
    stamps = [words.reported_id, words.accepted_id]
    return {
        "name": report["name"],
        "summary": report["summary"],
        "visibility": report["visibility"],
        "status": next(pk for pk, name in words.statuses.items() if name == report["status"]),
        "severity": report["severity_id"],
        "kind": next(iter(words.types)),
        "actor": session.key_id,
        "label": session.key_name,
        "update": new_id(),
        "event": new_id(),
        "value_ids": [new_id() for _ in values],
        "fields": [field for field, _ in values],
        "options": [columns[0] for _, columns in values],
        "texts": [columns[1] for _, columns in values],
        "links": [columns[2] for _, columns in values],
        "assignment_ids": [new_id() for _ in roles],
        "roles": list(roles),
        "people": [person[0] for person in roles.values()],
        "stamp_ids": [new_id() for _ in stamps],
        "stamps": stamps,
    }


def _changes(rows: Wire) -> Wire:
    now = rows["now"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    state = {
        "id": rows["id"],
        "number": rows["number"],
        "name": rows["name"],
        "summary": rows["summary"],
        "visibility": rows["visibility"],
        "mode": "standard",
        "incident_status_id": rows["status"],
        "severity_id": rows["severity"],
        "incident_type_id": rows["kind"],
        "creator_kind": "api_key",
        "creator_id": rows["actor"],
        "creator_label": rows["label"],
        "created_at": now,
        f"updates.{rows['update']}": {"new_incident_status_id": rows["status"], "new_severity_id": rows["severity"]},
    }
    state |= dict.fromkeys(BLANK, "")
    for field, *value in zip(rows["fields"], rows["options"], rows["texts"], rows["links"], strict=True):
        state.setdefault(f"custom_field_entries.{field}", []).append(value[0] or value[1] or value[2])
    for role, person in zip(rows["roles"], rows["people"], strict=True):
        state[f"incident_role_assignments.{role}"] = person
    for stamp in rows["stamps"]:
        state[f"incident_timestamp_values.{stamp}"] = now
    return {name: [None, value] for name, value in state.items()}


BLANK = (
    "call_url",
    "postmortem_document_url",
    "slack_team_id",
    "slack_channel_id",
    "slack_channel_name",
    "source_message_channel_id",
    "source_message_timestamp",
)


def _answer(session: Session, report: Wire, roles: Wire, rows: Wire) -> bytes:
    now = rows["now"].strftime("%Y-%m-%d %H:%M:%S.%f+00")
    row = (
        *(rows["id"], rows["number"], report["name"], report["summary"], report["visibility"], "standard"),
        *(rows["status"], rows["severity"], rows["kind"], "", "", "", "", ""),
        *("api_key", session.key_id, session.key_name, now, now),
    )
    values = defaultdict[str, list[read.Value]](list)
    for field, (option, text, link) in _values(report):
        values[field].append((option, text or link))
    assigned = {role: read.person(*who) for role, who in roles.items()}
    times = dict.fromkeys(rows["stamps"], read.wire_time(now))
    found = read.Found(row, values, assigned, times, None)
    return orjson.dumps({"incident": read.render(session.words, found)})
