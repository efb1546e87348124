"""Reading actions and follow-ups for the API and exports: one statement, whatever the number of rows.

Times come as text and leave in the wire's form, as in `reads.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from incidents.models import WorkStatus
from incidents.reads import UserRow, wire_time
from incidents.visibility import Viewer, visible_sql


class WorkRow(NamedTuple):
    """An action, or a follow-up, whose `text` is its title."""

    follow_up: bool
    id: str
    incident_id: str
    text: str
    status: str
    external_issue_provider: str
    external_issue_name: str
    external_issue_permalink: str
    created_at: str
    updated_at: str
    completed_at: str | None
    assignee: UserRow | None


@dataclass(frozen=True)
class Wanted:
    """Which ones: those of one incident, of one kind, of incidents of these modes; None means no such filter."""

    incident_id: str | None = None
    follow_ups: bool | None = None
    modes: Sequence[str] | None = None


SHARED = """w.id, w.incident_id, {text}, w.status,
       w.external_issue_provider, w.external_issue_name, w.external_issue_permalink,
       CAST(w.created_at AS text), CAST(w.updated_at AS text), CAST(w.completed_at AS text),
       u.id, u.name, u.email, u.role, u.slack_user_id
FROM {table} w
JOIN incidents_incident i ON i.id = w.incident_id
LEFT JOIN accounts_user u ON u.id = w.assignee_id
WHERE {where}"""
ACTIONS = "SELECT 0, " + SHARED.replace("{text}", "w.description").replace("{table}", "incidents_action")
FOLLOW_UPS = "SELECT 1, " + SHARED.replace("{text}", "w.title").replace("{table}", "incidents_followup")


def listed(viewer: Viewer, wanted: Wanted) -> list[WorkRow]:
    """The work `viewer` may know of, oldest first, without what was deleted. One statement."""
    conditions, params = ["w.status <> %s"], [WorkStatus.DELETED.value]
    if wanted.incident_id is not None:
        conditions.append("w.incident_id = %s")
        params.append(wanted.incident_id)
    if wanted.modes is not None:
        conditions.append(f"i.mode IN ({', '.join(['%s'] * len(wanted.modes))})")
        params += wanted.modes
    kinds = [sql for sql, follow_up in ((ACTIONS, False), (FOLLOW_UPS, True)) if wanted.follow_ups in (None, follow_up)]
    return _read(viewer, kinds, conditions, params)


def one(viewer: Viewer, pk: str) -> WorkRow | None:
    """The action or follow-up with this id, deleted or not, if `viewer` may know of it. One statement."""
    found = _read(viewer, [ACTIONS, FOLLOW_UPS], ["w.id = %s"], [pk])
    return found[0] if found else None


def _read(viewer: Viewer, kinds: list[str], conditions: list[str], params: list[str]) -> list[WorkRow]:
    visible, visible_params = visible_sql(viewer)
    where = " AND ".join([*conditions, visible])
    sql = " UNION ALL ".join(kind.replace("{where}", where) for kind in kinds)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 2", [*params, *visible_params] * len(kinds))
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> WorkRow:
    follow_up, *columns, created_at, updated_at, completed_at = row[:11]
    completed_at = wire_time(completed_at) if completed_at is not None else None
    assignee = UserRow._make(row[11:]) if row[11] is not None else None
    times = (wire_time(created_at), wire_time(updated_at), completed_at)
    return WorkRow._make((bool(follow_up), *columns, *times, assignee))
