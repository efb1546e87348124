"""What starts a workflow, and what it can refer to then (API behaviour, section 9.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from events.actors import ActorKind
from events.models import Event
from incidentio.core.vocabulary import STRING, Meaning
from incidents.models import WorkStatus
from integrations.types import (
    ACTION,
    ALERT,
    CUSTOM_FIELD,
    FOLLOW_UP,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    ROLE,
    SEVERITY,
    SLACK_MESSAGE,
    STATUS,
    TEXT,
    USER,
)
from workflows.facts import REACTION, IncidentState

Given = dict[str, Any]
Watch = Callable[[Event, IncidentState], Iterator[Given]]
CREATED = "incident.created"
MANUAL, SCHEDULED, OVERDUE = "manual", "scheduled", "follow_up.overdue"
# Of these the delay says how often, or after how long, they start: the first step then comes at once (our own words).
BY_THE_CLOCK = (SCHEDULED, OVERDUE)


def never(event: Event, state: IncidentState) -> Iterator[Given]:
    """Started by something else than the events of the hub."""
    yield from ()


@dataclass(frozen=True)
class Trigger:
    """Something that happens: its name on the wire, how people call it, and what its workflows can refer to.

    `watch` tells of an event how often it is what the trigger waits for, and what can be referred to each time; the
    state it is given is that after the event. `subject` is whose events are to be shown to it.
    """

    name: str
    label: str
    scope: Mapping[str, Meaning]
    watch: Watch = never
    subject: str = "incident"


def _declared(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.type == CREATED:
        yield {}


def _updated(event: Event, state: IncidentState) -> Iterator[Given]:
    yield {}


def _moved(column: str, previous: str, doer: str) -> Watch:
    def watch(event: Event, state: IncidentState) -> Iterator[Given]:
        if event.type != CREATED and column in event.changes:
            yield {previous: event.changes[column][0], doer: _person(event)}

    return watch


def _person(event: Event) -> str | None:
    return event.actor_id if event.actor_kind == ActorKind.USER else None


def _children(event: Event, kind: str) -> Iterator[tuple[str, Any]]:
    """The ids of the incident's children of a kind that the event set, with what they became."""
    for name, (_, after) in event.changes.items():
        if after is not None and name.startswith(kind):
            yield name.removeprefix(kind), after


def _update_shared(event: Event, state: IncidentState) -> Iterator[Given]:
    for _, update in _children(event, "updates."):
        if update.get("message"):
            yield {
                "update.author": _person(event),
                "update.message": update["message"],
                "update.to_status": update.get("new_incident_status_id"),
                "update.to_severity": update.get("new_severity_id"),
            }


def _role_assigned(event: Event, state: IncidentState) -> Iterator[Given]:
    for role_id, user_id in _children(event, "incident_role_assignments."):
        yield {"role": role_id, "user": user_id}


def _field_changed(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.type != CREATED:
        kind = "custom_field_entries."
        yield from ({"custom_field": name.removeprefix(kind)} for name in event.changes if name.startswith(kind))


def _timestamp_set(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.type != CREATED:
        yield from ({"timestamp": pk} for pk, _ in _children(event, "incident_timestamp_values."))


def _made(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.type == f"{event.subject_type}.created":
        yield {event.subject_type: dict(state.others[event.subject_id])}


def _completed(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.changes.get("status", (None, None))[1] == WorkStatus.COMPLETED:
        yield {event.subject_type: dict(state.others[event.subject_id])}


def _status_moved(event: Event, state: IncidentState) -> Iterator[Given]:
    if event.type != f"{event.subject_type}.created" and "status" in event.changes:
        yield {event.subject_type: dict(state.others[event.subject_id])}


def _attached(event: Event, state: IncidentState) -> Iterator[Given]:
    if any(incident_id == state.id for _, incident_id in _children(event, "incident_alerts.")):
        yield {"alert": {"id": event.subject_id, **state.others[event.subject_id]}}


def _reacted(event: Event, state: IncidentState) -> Iterator[Given]:
    told = {name: after for name, (_, after) in event.changes.items()}
    message = {"id": f"{told['channel']}:{told['ts']}", "channel": told["channel"], "author": told.get("author_id")}
    yield {"user": told.get("user_id"), "reaction": told["reaction"], "slack_message": message}


_INCIDENT = {"incident": Meaning("Incident", INCIDENT)}
_TABLE = [
    Trigger("incident.created", "Incident Created", _INCIDENT, _declared),
    Trigger("incident.updated", "Incident Updated", _INCIDENT, _updated),
    Trigger(
        "incident.status-changed",
        "Incident Status Changed",
        _INCIDENT
        | {
            "previous-status": Meaning("Previous status", STATUS),
            "user-who-changed-the-status": Meaning("User who changed the status", USER),
        },
        _moved("incident_status_id", "previous-status", "user-who-changed-the-status"),
    ),
    Trigger(
        "incident.severity-changed",
        "Incident Severity Changed",
        _INCIDENT
        | {
            "previous-severity": Meaning("Previous severity", SEVERITY),
            "user-who-changed-the-severity": Meaning("User who changed the severity", USER),
        },
        _moved("severity_id", "previous-severity", "user-who-changed-the-severity"),
    ),
    Trigger(
        "incident.update_shared",
        "Incident Update Shared",
        _INCIDENT
        | {
            "update.author": Meaning("Update → Author", USER),
            "update.message": Meaning("Update → Message", TEXT),
            "update.to_status": Meaning("Update → New status", STATUS),
            "update.to_severity": Meaning("Update → New severity", SEVERITY),
        },
        _update_shared,
    ),
    Trigger(
        "incident.role_assigned",
        "Incident Role Assigned",
        _INCIDENT | {"role": Meaning("Role", ROLE), "user": Meaning("User who was given the role", USER)},
        _role_assigned,
    ),
    Trigger(
        "incident.custom_field_changed",
        "Custom Field Changed",
        _INCIDENT | {"custom_field": Meaning("Custom field", CUSTOM_FIELD)},
        _field_changed,
    ),
    Trigger(
        "incident.timestamp_set",
        "Incident Timestamp Set",
        _INCIDENT | {"timestamp": Meaning("Timestamp", INCIDENT_TIMESTAMP)},
        _timestamp_set,
    ),
    Trigger("action.created", "Action Created", _INCIDENT | {"action": Meaning("Action", ACTION)}, _made, "action"),
    Trigger(
        "action.completed", "Action Completed", _INCIDENT | {"action": Meaning("Action", ACTION)}, _completed, "action"
    ),
    Trigger(
        "follow_up.created",
        "Follow-up Created",
        _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)},
        _made,
        "follow_up",
    ),
    Trigger(
        "follow_up.completed",
        "Follow-up Completed",
        _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)},
        _completed,
        "follow_up",
    ),
    Trigger(
        "follow_up.status_changed",
        "Follow-up Status Changed",
        _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)},
        _status_moved,
        "follow_up",
    ),
    Trigger(OVERDUE, "Follow-up Overdue", _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)}),
    Trigger("alert.attached", "Alert Attached", _INCIDENT | {"alert": Meaning("Alert", ALERT)}, _attached, "alert"),
    Trigger(
        "escalation.acked",
        "Escalation Acknowledged",
        _INCIDENT | {"user": Meaning("User who acked the escalation", USER)},
    ),
    Trigger(MANUAL, "Manual", _INCIDENT),
    Trigger(SCHEDULED, "Scheduled", _INCIDENT),
    Trigger(
        "slack.message_reaction_added",
        "Slack Message Reaction Added",
        _INCIDENT
        | {
            "user": Meaning("User who reacted", USER),
            "slack_message": Meaning("Slack message", SLACK_MESSAGE),
            "reaction": Meaning("Reaction", STRING),
        },
        _reacted,
        REACTION,
    ),
]
TRIGGERS = {trigger.name: trigger for trigger in _TABLE}
