"""Reading actions and follow-ups for the API and exports: one statement, whatever the number of rows.

Times come as text and leave in the wire's form, as in `reads.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from django.db import connection

from incidentio.core import sql
from incidentio.core.filters import Span
from incidents.models import WorkStatus
from incidents.reads import UserRow, wire_time
from incidents.visibility import Viewer, visible_sql


class TeamRow(NamedTuple):
    """A team as answers embed it."""

    id: str
    name: str


class PriorityRow(NamedTuple):
    """A priority of follow-ups as answers embed it."""

    id: str
    name: str
    description: str
    rank: int


class WorkRow(NamedTuple):
    """An action, or a follow-up, whose `text` is its title; only a follow-up has what comes last."""

    follow_up: bool
    id: str
    incident_id: str
    text: str
    status: str
    external_issue_provider: str
    external_issue_name: str
    external_issue_permalink: str
    creator_kind: str
    creator_id: str
    creator_label: str
    created_at: str
    updated_at: str
    completed_at: str | None
    creator: UserRow | None
    assignee: UserRow | None
    description: str
    labels: list[str]
    assignee_team: TeamRow | None
    priority: PriorityRow | None


@dataclass(frozen=True)
class Wanted:
    """Which ones: those of one incident, of one kind, of incidents of these modes, of a team (which only follow-ups
    have), made or last changed within a span; None means no such filter.
    """

    incident_id: str | None = None
    follow_ups: bool | None = None
    modes: Sequence[str] | None = None
    assignee_team_id: str | None = None
    created: Span | None = None
    updated: Span | None = None


SHARED = """w.id, w.incident_id, {text}, w.status,
       w.external_issue_provider, w.external_issue_name, w.external_issue_permalink,
       w.creator_kind, w.creator_id, w.creator_label,
       CAST(w.created_at AS text), CAST(w.updated_at AS text), CAST(w.completed_at AS text),
       c.id, c.name, c.email, c.role, c.slack_user_id,
       u.id, u.name, u.email, u.role, u.slack_user_id,
       {own}
FROM {table} w
JOIN incidents_incident i ON i.id = w.incident_id
LEFT JOIN accounts_user c ON w.creator_kind = 'user' AND c.id = w.creator_id
LEFT JOIN accounts_user u ON u.id = w.assignee_id"""
ACTIONS = "SELECT 0, " + SHARED.format(
    table="incidents_action", text="w.description", own="'', '[]', NULL, NULL, NULL, NULL, NULL, NULL"
)
FOLLOW_UPS = "SELECT 1, " + SHARED.format(
    table="incidents_followup",
    text="w.title",
    own="w.description, CAST(w.labels AS text), t.id, t.name, p.id, p.name, p.description, p.rank",
)
FOLLOW_UPS += """
LEFT JOIN accounts_team t ON t.id = w.assignee_team_id
LEFT JOIN catalog_followuppriority p ON p.id = w.priority_id"""
KINDS = {False: ACTIONS, True: FOLLOW_UPS}

Conditions = list[tuple[str, Any]]


def listed(viewer: Viewer, wanted: Wanted, after: str | None = None, limit: int | None = None) -> list[WorkRow]:
    """The work `viewer` may know of, oldest first, without what was deleted: all of it, or at most `limit` rows beyond
    the one with the id `after`. One statement.
    """
    conditions: Conditions = [("w.status <> %s", WorkStatus.DELETED.value)]
    if after is not None:
        conditions.append(("w.id > %s", after))
    if wanted.incident_id is not None:
        conditions.append(("w.incident_id = %s", wanted.incident_id))
    if wanted.modes is not None:
        one_of, modes = sql.among(wanted.modes)
        conditions.append((f"i.mode {one_of}", modes))
    if wanted.assignee_team_id is not None:
        conditions.append(("w.assignee_team_id = %s", wanted.assignee_team_id))
    conditions += [*_within("w.created_at", wanted.created), *_within("w.updated_at", wanted.updated)]
    return _read(viewer, wanted.follow_ups, conditions, limit)


def one(viewer: Viewer, pk: str, *, follow_up: bool | None = None) -> WorkRow | None:
    """The action or follow-up (None: either) with this id if `viewer` may know of it, deleted or not. One statement."""
    found = _read(viewer, follow_up, [("w.id = %s", pk)])
    return found[0] if found else None


def _within(column: str, span: Span | None) -> Conditions:
    bounds = [(">=", span.since), ("<", span.until)] if span is not None else []
    adapted = connection.ops.adapt_datetimefield_value
    return [(f"{column} {sign} %s", adapted(moment)) for sign, moment in bounds if moment is not None]


def _read(viewer: Viewer, follow_ups: bool | None, conditions: Conditions, limit: int | None = None) -> list[WorkRow]:
    kinds = KINDS.values() if follow_ups is None else [KINDS[follow_ups]]
    visible, visible_params = visible_sql(viewer)
    where = " AND ".join([*(condition for condition, _ in conditions), visible])
    params = [*(param for _, param in conditions), *visible_params] * len(kinds)
    statement = " UNION ALL ".join(f"{kind} WHERE {where}" for kind in kinds) + " ORDER BY 2"
    if limit is not None:
        statement += " LIMIT %s"
        params.append(limit)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> WorkRow:
    follow_up, *columns, created_at, updated_at, completed_at = row[:14]
    creator, assignee, (description, labels), team, priority = row[14:19], row[19:24], row[24:26], row[26:28], row[28:]
    return WorkRow._make(
        (
            bool(follow_up),
            *columns,
            wire_time(created_at),
            wire_time(updated_at),
            wire_time(completed_at) if completed_at is not None else None,
            UserRow._make(creator) if creator[0] is not None else None,
            UserRow._make(assignee) if assignee[0] is not None else None,
            description,
            orjson.loads(labels),
            TeamRow._make(team) if team[0] is not None else None,
            PriorityRow._make(priority) if priority[0] is not None else None,
        )
    )
