"""Reading incident updates for the API and exports: one statement, whatever the number of rows.

Times come as text and leave in the wire's form, as in `reads.py`; statuses and severities are the snapshot's.
"""

from typing import Any, NamedTuple

from django.db import connection

from incidents.reads import UserRow, wire_time
from incidents.visibility import Viewer, visible_sql


class UpdateRow(NamedTuple):
    """An update; what it was merged into only where the viewer may know of that."""

    id: str
    incident_id: str
    new_incident_status_id: str
    new_severity_id: str | None
    message: str
    updater_kind: str
    updater_id: str
    updater_label: str
    merged_into_incident_id: str | None
    created_at: str
    updater: UserRow | None


UPDATES = """SELECT w.id, w.incident_id, w.new_incident_status_id, w.new_severity_id, w.message,
       w.updater_kind, w.updater_id, w.updater_label,
       (SELECT i.id FROM incidents_incident i WHERE i.id = w.merged_into_incident_id AND {visible}),
       CAST(w.created_at AS text), u.id, u.name, u.email, u.role, u.slack_user_id
FROM incidents_incidentupdate w
JOIN incidents_incident i ON i.id = w.incident_id
LEFT JOIN accounts_user u ON w.updater_kind = 'user' AND u.id = w.updater_id
WHERE {visible}"""


def page(viewer: Viewer, limit: int, after: str | None = None, incident_id: str | None = None) -> list[UpdateRow]:
    """At most `limit` updates `viewer` may know of, oldest first, beyond the one with the id `after`, of one incident
    or of all. One statement.
    """
    wanted = {"w.id > %s": after, "w.incident_id = %s": incident_id}
    given = {condition: value for condition, value in wanted.items() if value is not None}
    return _read(viewer, given, limit)


def one(viewer: Viewer, pk: str) -> UpdateRow | None:
    """The update with this id, if `viewer` may know of it. One statement."""
    found = _read(viewer, {"w.id = %s": pk}, 1)
    return found[0] if found else None


def _read(viewer: Viewer, conditions: dict[str, str], limit: int) -> list[UpdateRow]:
    visible, params = visible_sql(viewer)
    statement = " AND ".join([UPDATES.format(visible=visible), *conditions]) + " ORDER BY w.id LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, *params, *conditions.values(), limit])
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> UpdateRow:
    *columns, created_at = row[:10]
    return UpdateRow._make((*columns, wire_time(created_at), UserRow._make(row[10:]) if row[10] is not None else None))
