"""Editing an incident: its words, status, severity, roles, custom fields and timestamps, as one change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.models import RoleType, StatusCategory
from catalog.snapshot import Snapshot, active
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidents.changing import Change, changing
from incidents.lifecycle import check_flow, check_move, reached
from incidents.models import (
    CustomFieldValue,
    Membership,
    RoleAssignment,
    TimestampValue,
    Visibility,
)
from incidents.references import choose, find_assignments, find_timestamps, find_values
from incidents.updates import add_update


@dataclass(frozen=True)
class Edit:
    """What to change; None, or nothing in a list, leaves it alone.

    An entry without values clears its field, an assignment without an assignee unassigns its role, a timestamp
    without a value clears it. A `message` is shared as an incident update; with an `update_key`, under which the caller
    finds it again, an update is shared even if it says nothing new.
    """

    name: str | None = None
    summary: str | None = None
    call_url: str | None = None
    slack_channel_name: str | None = None
    severity_id: str | None = None
    incident_status_id: str | None = None
    message: str = ""
    update_key: str | None = None
    custom_field_entries: Sequence[dict[str, Any]] = field(default=())
    incident_role_assignments: Sequence[dict[str, Any]] = field(default=())
    incident_timestamp_values: Sequence[dict[str, Any]] = field(default=())


def edit_incident(
    actor: Actor,
    incident_id: str,
    edit: Edit,
    words: Snapshot,
    moment: datetime | None = None,
    *,
    may_skip_flow: bool = True,
) -> None:
    """Apply `edit` under the incident's lock, as one event; what is already so changes nothing.

    `moment` is when it happened, where that is not now (history brought in from elsewhere). `may_skip_flow`: whether
    the actor may close an incident without its post-incident flow; people and the hub may, keys by their roles.

    Raises:
        NotFound: no such incident.
        Invalid: an unknown id, a value its field does not allow, a move the lifecycle does not know.
        Forbidden: it skips the post-incident flow.
    """
    with changing(actor, incident_id, moment=moment) as change:
        _set_words(change, edit)
        moved = _move(change, edit, words, may_skip_flow)
        _set_fields(change, edit, words)
        _set_roles(change, edit, words)
        _set_timestamps(change, edit, words)
        if moved or edit.message or edit.update_key is not None:
            add_update(change, edit.message, edit.update_key)


def _set_words(change: Change, edit: Edit) -> None:
    for name in ("name", "summary", "call_url", "slack_channel_name"):
        value = getattr(edit, name)
        if value is not None:
            setattr(change.incident, name, value)
    if not change.incident.name.strip():
        raise Invalid("is_required", "An incident needs a name", "name")


def _move(change: Change, edit: Edit, words: Snapshot, may_skip_flow: bool) -> bool:
    """Set status and severity; whether either is another than before."""
    incident = change.incident
    before = (incident.incident_status_id, incident.severity_id)
    if edit.severity_id is not None and edit.severity_id != incident.severity_id:
        incident.severity = choose(words.severities, edit.severity_id, "severity", "severity_id")
    if edit.incident_status_id is not None and edit.incident_status_id != incident.incident_status_id:
        old = words.statuses[incident.incident_status_id]
        new = choose(words.statuses, edit.incident_status_id, "incident status", "incident_status_id")
        check_move(old, new)
        if not may_skip_flow:
            check_flow(words, old, new, incident.mode)
        if incident.severity_id is None and new.category == StatusCategory.LIVE:
            raise Invalid("is_required", "A severity is required to open an incident", "severity_id")
        incident.incident_status = new
        _stamp(change, reached(old.category, new.category), words)
    return before != (incident.incident_status_id, incident.severity_id)


def _stamp(change: Change, moments: list[str], words: Snapshot) -> None:
    """Set the timestamps that `moments` set by themselves, unless somebody already did."""
    due = [stamp for stamp in active(words.timestamps.values()) if stamp.set_on and stamp.set_on in moments]
    for stamp in due:
        row, made = TimestampValue.objects.get_or_create(
            incident=change.incident, incident_timestamp_id=stamp.id, defaults={"value": change.moment}
        )
        if made:
            change.note("incident_timestamp_values", stamp.id, None, row.value)


def _set_fields(change: Change, edit: Edit, words: Snapshot) -> None:
    if not edit.custom_field_entries:
        return
    planned = find_values(edit.custom_field_entries, words)
    field_ids = [entry["custom_field_id"] for entry in edit.custom_field_entries]
    rows = CustomFieldValue.objects.filter(incident=change.incident, custom_field_id__in=field_ids)
    columns = ("value_option_id", "value_catalog_entry_id", "value_text", "value_link", "value_numeric")
    had: dict[str, list[str]] = {}
    for field_id, *values in rows.order_by("id").values_list("custom_field_id", *columns):
        had.setdefault(field_id, []).append(next(value for value in values if value is not None))
    changed_ids = []
    for field_id in field_ids:
        wanted = [value.value for own, value in planned if own == field_id]
        if sorted(wanted) != sorted(had.get(field_id, [])):
            change.note("custom_field_entries", field_id, had.get(field_id), wanted or None)
            changed_ids.append(field_id)
    rows.filter(custom_field_id__in=changed_ids).delete()
    CustomFieldValue.objects.bulk_create(
        CustomFieldValue(incident=change.incident, custom_field_id=field_id, **{value.column: value.value})
        for field_id, value in planned
        if field_id in changed_ids
    )


def _set_roles(change: Change, edit: Edit, words: Snapshot) -> None:
    if not edit.incident_role_assignments:
        return
    assigned = dict(find_assignments(edit.incident_role_assignments, words))
    holders = {row.incident_role_id: row for row in RoleAssignment.objects.filter(incident=change.incident)}
    for index, assignment in enumerate(edit.incident_role_assignments):
        role_id = assignment["incident_role_id"]
        row, user = holders.get(role_id), assigned.get(role_id)
        before, after = row.assignee_id if row else None, user.id if user else None
        if before == after:
            continue
        if words.roles[role_id].role_type == RoleType.REPORTER:
            raise Invalid(
                "invalid_value",
                "The reporter is set when an incident is declared and cannot be changed",
                f"incident_role_assignments.{index}.incident_role_id",
            )
        _assign(change, role_id, row, after)


def _assign(change: Change, role_id: str, row: RoleAssignment | None, user_id: str | None) -> None:
    change.note("incident_role_assignments", role_id, row.assignee_id if row else None, user_id)
    if row is not None:
        row.delete()
    if user_id is None:
        return
    RoleAssignment.objects.create(incident=change.incident, incident_role_id=role_id, assignee_id=user_id)
    if change.incident.visibility == Visibility.PRIVATE:
        member, made = Membership.objects.get_or_create(incident=change.incident, user_id=user_id)
        if made:
            change.note("memberships", user_id, None, member.id)


def _set_timestamps(change: Change, edit: Edit, words: Snapshot) -> None:
    if not edit.incident_timestamp_values:
        return
    wanted = find_timestamps(edit.incident_timestamp_values, words)
    rows = TimestampValue.objects.filter(incident=change.incident)
    had = dict(rows.values_list("incident_timestamp_id", "value"))
    for entry in edit.incident_timestamp_values:
        stamp_id = entry["incident_timestamp_id"]
        before, after = had.get(stamp_id), wanted.get(stamp_id)
        change.note("incident_timestamp_values", stamp_id, before, after)
        if after is None:
            rows.filter(incident_timestamp_id=stamp_id).delete()
        elif after != before:
            rows.update_or_create(incident=change.incident, incident_timestamp_id=stamp_id, defaults={"value": after})
