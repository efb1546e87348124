"""Show and list: one statement for an incident, five for a page of any length."""

from collections import defaultdict
from typing import Any, NamedTuple

import orjson

from benchmarks.floor.words import BASE, Configuration, Session

COLUMNS = """
i.id, i.number, i.name, i.summary, i.visibility, i.mode, i.incident_status_id, i.severity_id, i.incident_type_id,
i.call_url, i.postmortem_document_url, i.slack_team_id, i.slack_channel_id, i.slack_channel_name, i.creator_kind,
i.creator_id, i.creator_label, i.created_at::text, i.updated_at::text
"""
VALUE = "v.custom_field_id, v.value_option_id, COALESCE(v.value_text, v.value_link, v.value_numeric)"
PERSON = "u.id, u.name, u.email, u.role, u.slack_user_id"
SHOW = f"""
SELECT {COLUMNS},
    ARRAY(SELECT ARRAY[{VALUE}] FROM incidents_customfieldvalue v WHERE v.incident_id = i.id),
    ARRAY(SELECT ARRAY[a.incident_role_id, {PERSON}] FROM incidents_roleassignment a
          JOIN accounts_user u ON u.id = a.assignee_id WHERE a.incident_id = i.id),
    ARRAY(SELECT ARRAY[t.incident_timestamp_id, t.value::text] FROM incidents_timestampvalue t
          WHERE t.incident_id = i.id),
    (SELECT ARRAY[{PERSON}] FROM accounts_user u WHERE i.creator_kind = 'user' AND u.id = i.creator_id)
FROM incidents_incident i WHERE i.id = %s AND i.visibility = 'public'
"""
PAGE = f"""
SELECT {COLUMNS} FROM incidents_incident i WHERE i.visibility = 'public' AND i.mode IN ('standard', 'retrospective')
"""
ORDER = "ORDER BY i.id DESC LIMIT %s"
BETWEEN = "BETWEEN %s AND %s"
AMONG = "= ANY(%s)"
VALUES = f"SELECT v.incident_id, {VALUE} FROM incidents_customfieldvalue v WHERE v.incident_id"
ASSIGNMENTS = (
    "SELECT a.incident_id, a.incident_role_id, a.assignee_id FROM incidents_roleassignment a WHERE a.incident_id"
)
TIMESTAMPS = (
    "SELECT t.incident_id, t.incident_timestamp_id, t.value::text FROM incidents_timestampvalue t WHERE t.incident_id"
)
PEOPLE = f"SELECT {PERSON} FROM accounts_user u WHERE u.id = ANY(%s)"
MODES = {"standard": "real", "retrospective": "real", "test": "test", "tutorial": "tutorial"}
Wire = dict[str, Any]
Value = tuple[str | None, str | None]  # an option's id, or a literal


def wire_time(text: str) -> str:
    return f"{text[:10]}T{text[11:19]}{text[19:-3] or '.'}".ljust(26, "0") + "Z"


def person(pk: str, name: str, email: str, role: str, slack: str) -> Wire:
    wire = {"id": pk, "name": name, "role": role}
    if email:
        wire["email"] = email
    if slack:
        wire["slack_user_id"] = slack
    return wire


class Found(NamedTuple):
    """An incident as read; the row's columns are `COLUMNS`."""

    row: tuple[Any, ...]
    values: dict[str, list[Value]]
    roles: dict[str, Wire]
    times: dict[str, str]
    creator: Wire | None


def render(words: Configuration, found: Found) -> Wire:
    row, values, roles, times, creator = found
    (pk, number, name, summary, visibility, mode, status, severity, kind, call, postmortem, team, channel, channel_name,
     _, actor, label, created, updated) = row  # fmt: skip
    wire = {
        "id": pk,
        "reference": f"INC-{number}",
        "name": name,
        "visibility": visibility,
        "status": words.statuses[status],
        "mode": MODES[mode],
        "creator": {"user": creator} if creator else {"api_key": {"id": actor, "name": label}},
        "custom_field_entries": [
            {"custom_field": told, "values": field_values(words, field, values[field])}
            if field in values
            else words.empty_fields[field]
            for field, told in words.fields.items()
        ],
        "incident_role_assignments": [
            {"role": told, "assignee": roles[role]} if role in roles else words.empty_roles[role]
            for role, told in words.roles.items()
        ],
        "timestamps": [
            {"name": told, "last_occurred_at": times[stamp]} if stamp in times else words.empty_stamps[stamp]
            for stamp, told in words.stamps.items()
        ],
        "permalink": f"{BASE}/incidents/{pk}",
        "slack_team_id": team,
        "slack_channel_id": channel,
        "created_at": wire_time(created),
        "updated_at": wire_time(updated),
    }
    if severity:
        wire["severity"] = words.severities[severity]
    if kind:
        wire["incident_type"] = words.types[kind]
    if summary:
        wire["summary"] = summary
    if call:
        wire["call_url"] = call
    if postmortem:
        wire["postmortem_document_url"] = postmortem
    if channel_name:
        wire["slack_channel_name"] = channel_name
    return wire


def field_values(words: Configuration, field: str, values: list[Value]) -> list[Wire]:
    if words.literals[field]:
        return [{words.literals[field]: literal} for _, literal in values]
    if len(values) > 1:
        values.sort(key=lambda value: words.order[value[0] or ""])
    return [{"value_option": words.options[option or ""]} for option, _ in values]


def show(session: Session, pk: str) -> bytes | None:
    """The answer for one incident, or None if there is none to see."""
    row = session.connection.execute(SHOW, [pk], binary=True).fetchone()
    if row is None:
        return None
    *columns, told, assigned, stamps, creator = row
    values = defaultdict[str, list[Value]](list)
    for field, option, literal in told:
        values[field].append((option, literal))
    roles = {role: person(*who) for role, *who in assigned}
    times = {stamp: wire_time(text) for stamp, text in stamps}
    found = Found(tuple(columns), values, roles, times, person(*creator) if creator else None)
    return orjson.dumps({"incident": render(session.words, found)})


def page(session: Session, size: int, after: str, statuses: list[str] | None) -> bytes:
    """The answer for a page, newest first."""
    sql, params = PAGE, list[Any]()
    if after:
        sql, params = f"{sql} AND i.id < %s", [after]
    if statuses is not None:
        sql, params = f"{sql} AND i.incident_status_id = ANY(%s)", [*params, statuses]
    rows = session.connection.execute(f"{sql} {ORDER}", [*params, size + 1]).fetchall()
    meta: Wire = {"page_size": size}
    if len(rows) > size:
        rows.pop()
        meta["after"] = rows[-1][0]
    return orjson.dumps({"incidents": _rendered(session, rows) if rows else [], "pagination_meta": meta})


def _rendered(session: Session, rows: list[tuple[Any, ...]]) -> list[Wire]:
    ids, read = [row[0] for row in rows], session.connection.execute
    dense = rows[0][1] - rows[-1][1] < 2 * len(rows)
    which, params = (BETWEEN, [ids[-1], ids[0]]) if dense else (AMONG, [ids])
    values = {pk: defaultdict[str, list[Value]](list) for pk in ids}
    for pk, field, option, literal in read(f"{VALUES} {which}", params):
        if pk in values:
            values[pk][field].append((option, literal))
    times: dict[str, dict[str, str]] = {pk: {} for pk in ids}
    for pk, stamp, text in read(f"{TIMESTAMPS} {which}", params):
        if pk in times:
            times[pk][stamp] = wire_time(text)
    assigned = read(f"{ASSIGNMENTS} {which}", params).fetchall()
    wanted = {who for _, _, who in assigned} | {row[15] for row in rows if row[14] == "user"}
    people = {row[0]: person(*row) for row in read(PEOPLE, [list(wanted)])}
    roles: dict[str, dict[str, Wire]] = {pk: {} for pk in ids}
    for pk, role, who in assigned:
        if pk in roles:
            roles[pk][role] = people[who]
    return [
        render(session.words, Found(row, values[row[0]], roles[row[0]], times[row[0]], people.get(row[15])))
        for row in rows
    ]
