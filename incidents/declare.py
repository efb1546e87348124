"""Declaring an incident: permissive about what is missing, clear about what is wrong, once per key for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.custom_field_values import TypedValue
from catalog.models import IncidentStatus, IncidentType, Severity, StatusCategory
from catalog.snapshot import Snapshot, active
from events.actors import Actor, ActorKind
from events.record import created, record, state_of
from incidentio.core import sql
from incidentio.core.errors import Conflict, Gather, Invalid
from incidentio.core.ids import new_id
from incidents.changing import child, own_state
from incidents.lifecycle import reached, starting_status
from incidents.models import (
    CustomFieldValue,
    Declaration,
    Incident,
    IncidentUpdate,
    Membership,
    Mode,
    RoleAssignment,
    TimestampValue,
    Visibility,
)
from incidents.naming import invent_name
from incidents.numbers import next_number, reserve
from incidents.references import choose, find_assignments, find_timestamps, find_values
from incidents.visibility import Viewer, visible_sql


@dataclass(frozen=True)
class Retrospective:
    """What is known besides of an incident that is long over; `external_id` is the number it shall have."""

    external_id: int | None = None
    postmortem_document_url: str = ""
    slack_channel_id: str = ""


@dataclass(frozen=True)
class Report:
    """What a caller says of an incident it declares. Ids are as sent; `declare` checks them."""

    idempotency_key: str
    visibility: str
    name: str = ""
    summary: str = ""
    mode: str = Mode.STANDARD
    severity_id: str | None = None
    incident_type_id: str | None = None
    incident_status_id: str | None = None
    custom_field_entries: Sequence[dict[str, Any]] = ()
    incident_role_assignments: Sequence[dict[str, Any]] = ()
    incident_timestamp_values: Sequence[dict[str, Any]] = ()
    retrospective: Retrospective | None = None
    slack_team_id: str = ""
    slack_channel_name: str = ""
    source_message_channel_id: str = ""
    source_message_timestamp: str = ""
    call_url: str = ""


@dataclass(frozen=True)
class Declared:
    """The incident of a key; `replayed` if it was declared before."""

    incident_id: str
    replayed: bool


@dataclass
class Plan:
    """A report whose every reference was found."""

    kind: IncidentType | None
    status: IncidentStatus
    severity: Severity | None
    values: list[tuple[str, TypedValue]] = field(default_factory=list)
    assignments: list[tuple[str, User]] = field(default_factory=list)
    timestamps: dict[str, datetime] = field(default_factory=dict)


def declared_before(idempotency_key: str, actor: Actor, viewer: Viewer) -> str | None:
    """The id of the incident this key declared, or None.

    Raises:
        Conflict: there is one, private, and neither made by `actor` nor visible to `viewer`: nothing of it is told.
    """
    visible, params = visible_sql(viewer)
    statement = f"""SELECT i.id, i.creator_kind, i.creator_id, {visible}
    FROM incidents_declaration d JOIN incidents_incident i ON i.id = d.incident_id
    WHERE d.idempotency_key = %s"""  # noqa: S608  a condition of our own
    with sql.cursor() as cursor:
        cursor.execute(statement, [*params, idempotency_key])
        found = cursor.fetchone()
    if found is None:
        return None
    incident_id, creator_kind, creator_id, is_visible = found
    if is_visible or (creator_kind, creator_id) == (actor.kind, actor.id):
        return str(incident_id)
    raise Conflict("already_exists", "This idempotency key was used by another caller", "idempotency_key")


def declare(actor: Actor, report: Report, words: Snapshot, moment: datetime | None = None) -> Declared:
    """Make the incident of `report`, unless its key already made one.

    The same key gives the same incident whatever the number of callers, processes and machines: whoever wins the
    key's row makes the incident, everybody else gets the winner's. A number is spent only by the winner. `moment` is
    when it was declared, where that is not now (history brought in from elsewhere).

    Raises:
        Invalid: an unknown id, a value of the wrong type, a severity missing outside triage, a number that is taken;
            the key stays free.
    """
    plan = _plan(report, words)
    own_number = report.retrospective.external_id if report.retrospective else None
    with transaction.atomic():
        incident_id = new_id()
        number = _win(report.idempotency_key, incident_id, own_number)
        if number is not None:
            incident = Incident(id=incident_id, number=number, created_at=moment or timezone.now())
            _write(actor, report, plan, words, incident)
            return Declared(incident_id, replayed=False)
    winner = Declaration.objects.get(idempotency_key=report.idempotency_key)
    return Declared(winner.incident_id, replayed=True)


def _win(idempotency_key: str, incident_id: str, own_number: int | None) -> int | None:
    """Claim the key for `incident_id`; the incident's number, its own if it has one, which is taken only if the key was
    free, else None.

    PostgreSQL waits here for a rival that is about to commit; on SQLite writers are serial anyway.
    """
    number = next_number() if own_number is None else "0"
    with sql.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_declaration (idempotency_key, incident_id) VALUES (%s, %s)"  # noqa: S608
            f" ON CONFLICT DO NOTHING RETURNING {number}",
            [idempotency_key, incident_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return int(row[0]) if own_number is None else reserve(own_number)


def _plan(report: Report, words: Snapshot) -> Plan:
    """Find everything `report` refers to; every mistake is told at once."""
    problems = Gather()
    kind, asked, severity = words.default_type, None, None
    values: list[tuple[str, TypedValue]] = []
    assignments: list[tuple[str, User]] = []
    timestamps: dict[str, datetime] = {}
    with problems:
        if report.incident_type_id is not None:
            kind = choose(words.types, report.incident_type_id, "incident type", "incident_type_id")
    with problems:
        if report.incident_status_id is not None:
            asked = choose(words.statuses, report.incident_status_id, "incident status", "incident_status_id")
    with problems:
        if report.severity_id is not None:
            severity = choose(words.severities, report.severity_id, "severity", "severity_id")
    with problems:
        values = find_values(report.custom_field_entries, words)
    with problems:
        assignments = find_assignments(report.incident_role_assignments, words)
    with problems:
        timestamps = find_timestamps(report.incident_timestamp_values, words)
    with problems:
        _check_retrospective(report)
    problems.raise_if_any()
    status = starting_status(words, kind, asked, report.mode)
    if severity is None and status.category != StatusCategory.TRIAGE and report.severity_id is None:
        raise Invalid("is_required", "A severity is required to open an incident", "severity_id")
    return Plan(kind, status, severity, values, assignments, timestamps)


def _check_retrospective(report: Report) -> None:
    if report.retrospective is not None and report.mode != Mode.RETROSPECTIVE:
        message = f"Only retrospective incidents have them; this one's mode is {report.mode!r}"
        raise Invalid("invalid_value", message, "retrospective_incident_options")


def _write(actor: Actor, report: Report, plan: Plan, words: Snapshot, incident: Incident) -> None:
    """The rows of the incident and the event that tells of them."""
    _fill(incident, actor, report, plan)
    sql.insert(Incident, [state_of(incident)])
    state = own_state(incident)
    state |= _write_values(incident, plan)
    state |= _write_assignments(actor, incident, plan, words)
    state |= _write_timestamps(incident, plan, words)
    state |= _write_update(actor, incident)
    record(
        actor,
        "incident.created",
        "incident",
        incident.id,
        created(state),
        number=1,
        incident_id=incident.id,
        moment=incident.created_at,
    )


def _fill(incident: Incident, actor: Actor, report: Report, plan: Plan) -> None:
    private = plan.kind is not None and plan.kind.private_incidents_only
    incident.name = report.name.strip() or invent_name(report.summary)
    incident.summary = report.summary
    incident.visibility = Visibility.PRIVATE if private else report.visibility
    incident.mode = report.mode
    incident.incident_status_id = plan.status.id
    incident.severity_id = plan.severity.id if plan.severity else None
    incident.incident_type_id = plan.kind.id if plan.kind else None
    incident.call_url = report.call_url
    if report.retrospective is not None:
        incident.postmortem_document_url = report.retrospective.postmortem_document_url
        incident.slack_channel_id = report.retrospective.slack_channel_id
    incident.slack_team_id = report.slack_team_id
    incident.slack_channel_name = report.slack_channel_name
    incident.source_message_channel_id = report.source_message_channel_id
    incident.source_message_timestamp = report.source_message_timestamp
    incident.creator_kind, incident.creator_id, incident.creator_label = (
        actor.kind,
        actor.id,
        actor.label[:300],
    )
    incident.updated_at = incident.last_activity_at = incident.created_at


def _write_values(incident: Incident, plan: Plan) -> dict[str, Any]:
    sql.insert(
        CustomFieldValue,
        [
            {"incident_id": incident.id, "custom_field_id": field_id, value.column: value.value}
            for field_id, value in plan.values
        ],
    )
    state: dict[str, Any] = {}
    for field_id, value in plan.values:
        state.setdefault(child("custom_field_entries", field_id), []).append(value.value)
    return state


def _write_assignments(actor: Actor, incident: Incident, plan: Plan, words: Snapshot) -> dict[str, Any]:
    """Assign the roles; a person who declares is the reporter unless another is named, and everybody with a part in
    a private incident becomes its member.
    """
    holders = {role_id: user.id for role_id, user in plan.assignments}
    by_person = actor.kind == ActorKind.USER
    if by_person and words.reporter_role is not None:
        holders.setdefault(words.reporter_role.id, actor.id)
    sql.insert(
        RoleAssignment,
        [
            {"incident_id": incident.id, "incident_role_id": role_id, "assignee_id": user_id}
            for role_id, user_id in holders.items()
        ],
    )
    state: dict[str, Any] = {child("incident_role_assignments", role): user for role, user in holders.items()}
    if incident.visibility == Visibility.PRIVATE:
        members = {user_id: new_id() for user_id in [*holders.values(), *([actor.id] if by_person else [])]}
        of_all = {"incident_id": incident.id, "created_at": incident.created_at, "updated_at": incident.created_at}
        sql.insert(Membership, [of_all | {"id": pk, "user_id": user_id} for user_id, pk in members.items()])
        state |= {child("memberships", user_id): pk for user_id, pk in members.items()}
    return state


def _write_timestamps(incident: Incident, plan: Plan, words: Snapshot) -> dict[str, Any]:
    moments = reached(None, plan.status.category)
    times = {stamp.id: incident.created_at for stamp in active(words.timestamps.values()) if stamp.set_on in moments}
    times |= plan.timestamps
    sql.insert(
        TimestampValue,
        [
            {"incident_id": incident.id, "incident_timestamp_id": stamp_id, "value": value}
            for stamp_id, value in times.items()
        ],
    )
    return {child("incident_timestamp_values", stamp_id): value for stamp_id, value in times.items()}


def _write_update(actor: Actor, incident: Incident) -> dict[str, Any]:
    """The update that opens an incident's history: its first status and severity, without a message."""
    told = {
        "new_incident_status_id": incident.incident_status_id,
        "new_severity_id": incident.severity_id,
    }
    update_id = new_id()
    update = {
        "id": update_id,
        "incident_id": incident.id,
        "updater_kind": actor.kind,
        "updater_id": actor.id,
        "updater_label": actor.label[:300],
        "created_at": incident.created_at,
    }
    sql.insert(IncidentUpdate, [update | told])
    return {child("updates", update_id): {name: value for name, value in told.items() if value is not None}}
