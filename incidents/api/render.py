"""Incidents as answers show them, in each version of the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from accounts.api.users import actor_v1, actor_v2, user_v1
from incidentio.core.times import rfc3339
from incidents.api.embedded import Embedded
from incidents.durations import duration
from incidents.links import permalink
from incidents.models import Mode, PostmortemDocument
from incidents.postmortems import document_url
from incidents.reads import EntryRow, IncidentRead

V1_MODE: dict[str, str] = {
    Mode.STANDARD: "real",
    Mode.RETROSPECTIVE: "real",
    Mode.TEST: "test",
    Mode.TUTORIAL: "tutorial",
}


def custom_field_entries(read: IncidentRead, words: Embedded) -> list[Any]:
    """Every field that is offered, set or not, and those no longer offered that this incident has a value of."""
    values, unset = read.values, words.unset_fields
    return [
        {"custom_field": words.fields[field_id], "values": _values(read, field_id, words)}
        if field_id in values
        else unset[field_id]
        for field_id in _with_retired(unset, values)
    ]


def _values(read: IncidentRead, field_id: str, words: Embedded) -> list[dict[str, Any]]:
    values, literal_key = read.values[field_id], words.literal_keys[field_id]
    if literal_key is not None:
        return [{literal_key: literal} for _, literal in values]
    chosen = [pk for pk, _ in values if pk is not None]
    if chosen and chosen[0] in read.entries:
        entries = sorted((read.entries[pk] for pk in chosen), key=lambda entry: (entry.name, entry.id))
        return [{"value_catalog_entry": _entry(entry)} for entry in entries]
    if len(chosen) > 1:
        chosen.sort(key=words.option_order.__getitem__)
    return [{"value_option": words.options[pk]} for pk in chosen]


def _entry(entry: EntryRow) -> dict[str, Any]:
    wire: dict[str, Any] = {"id": entry.id, "name": entry.name}
    if entry.external_id:
        wire["external_id"] = entry.external_id
    if entry.aliases:
        wire["aliases"] = entry.aliases
    return wire


def role_assignments(read: IncidentRead, words: Embedded) -> list[Any]:
    """Every role, with its assignee if somebody plays it."""
    assignees, unset = read.assignees, words.unset_roles
    return [
        {"role": words.roles[role_id], "assignee": user_v1(assignees[role_id])}
        if role_id in assignees
        else unset[role_id]
        for role_id in _with_retired(unset, assignees)
    ]


def duration_metrics(read: IncidentRead, words: Embedded) -> list[Any]:
    """Every metric, with its value if it can be told."""
    times, is_open = read.timestamps, read.row.incident_status_id in words.open_statuses
    return [
        metric.shown(duration(_moment(times, metric.start_id), _moment(times, metric.end_id), is_open=is_open))
        for metric in words.metrics
    ]


def _moment(times: dict[str, str], timestamp_id: str) -> datetime | None:
    return datetime.fromisoformat(times[timestamp_id]) if timestamp_id in times else None


def _with_retired(offered: dict[str, Any], used: dict[str, Any]) -> Iterable[str]:
    """What is offered now, and after it what only this incident still uses."""
    if used.keys() <= offered.keys():
        return offered
    return [*offered, *sorted(used.keys() - offered.keys())]


def _shared(read: IncidentRead, words: Embedded) -> dict[str, Any]:
    """What V1 and V2 say in the same words; what has no value is left out."""
    row = read.row
    wire: dict[str, Any] = {
        "id": row.id,
        "reference": f"INC-{row.number}",
        "name": row.name,
        "visibility": row.visibility,
        "custom_field_entries": custom_field_entries(read, words),
        "incident_role_assignments": role_assignments(read, words),
        "permalink": permalink(row.id),
        "slack_team_id": row.slack_team_id,
        "slack_channel_id": row.slack_channel_id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    if row.severity_id is not None:
        wire["severity"] = words.severities[row.severity_id]
    if row.incident_type_id is not None:
        wire["incident_type"] = words.types[row.incident_type_id]
    for name in ("summary", "call_url", "postmortem_document_url", "slack_channel_name"):
        if value := getattr(row, name):
            wire[name] = value
    return wire


def incident_v1(read: IncidentRead, words: Embedded) -> dict[str, Any]:
    """The incident as V1 shows it."""
    row, wire = read.row, _shared(read, words)
    wire["status"] = words.v1_statuses[row.incident_status_id]
    wire["mode"] = V1_MODE[row.mode]
    wire["creator"] = actor_v1(row.creator_kind, row.creator_id, row.creator_label, read.creator)
    wire["timestamps"] = [
        {"name": words.timestamp_names[pk], "last_occurred_at": read.timestamps[pk]}
        if pk in read.timestamps
        else words.unset_timestamps_v1[pk]
        for pk in _with_retired(words.unset_timestamps, read.timestamps)
    ]
    return wire


def incident_v2(read: IncidentRead, words: Embedded) -> dict[str, Any]:
    """The incident as V2 shows it, with what newer clients demand besides (API behaviour, section 6.2)."""
    row, wire = read.row, _shared(read, words)
    wire["incident_status"] = words.statuses[row.incident_status_id]
    wire["mode"] = row.mode
    wire["creator"] = actor_v2(row.creator_kind, row.creator_id, row.creator_label, read.creator)
    wire["incident_timestamp_values"] = [
        {"incident_timestamp": words.timestamps[pk], "value": {"value": read.timestamps[pk]}}
        if pk in read.timestamps
        else words.unset_timestamps[pk]
        for pk in _with_retired(words.unset_timestamps, read.timestamps)
    ]
    wire["duration_metrics"] = duration_metrics(read, words)
    if read.document_ids:
        wire["postmortem_document_ids"] = sorted(read.document_ids)
    wire["has_debrief"] = False
    wire["last_activity_at"] = row.last_activity_at
    wire["team_ids"] = []
    for kind in ("total", "working", "sleeping", "late"):
        wire[f"workload_minutes_{kind}"] = 0
    return wire


def postmortem_document_v1(document: PostmortemDocument) -> dict[str, Any]:
    """A post-mortem on the wire. Whoever imports one does so by an API key, so nobody is known to have edited it."""
    return {
        "id": document.id,
        "incident_id": document.incident_id,
        "title": document.title,
        "type": "in_app",
        "status": document.status,
        "document_url": document_url(document),
        "exported_urls": [],
        "editors": [],
        "created_at": rfc3339(document.created_at),
        "updated_at": rfc3339(document.updated_at),
    }


def plain(wire: dict[str, Any]) -> dict[str, Any]:
    """`wire` without spliced bytes, for those who look into it rather than send it."""
    parsed: dict[str, Any] = orjson.loads(orjson.dumps(wire))
    return parsed
