"""What starts a workflow, and what it can refer to then (API behaviour, section 9.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from incidentio.core.vocabulary import STRING, Meaning
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


@dataclass(frozen=True)
class Trigger:
    """Something that happens: its name on the wire, how people call it, and what its workflows can refer to."""

    name: str
    label: str
    scope: Mapping[str, Meaning]


_INCIDENT = {"incident": Meaning("Incident", INCIDENT)}
_TABLE = [
    Trigger("incident.created", "Incident Created", _INCIDENT),
    Trigger("incident.updated", "Incident Updated", _INCIDENT),
    Trigger(
        "incident.status-changed",
        "Incident Status Changed",
        _INCIDENT
        | {
            "previous-status": Meaning("Previous status", STATUS),
            "user-who-changed-the-status": Meaning("User who changed the status", USER),
        },
    ),
    Trigger(
        "incident.severity-changed",
        "Incident Severity Changed",
        _INCIDENT
        | {
            "previous-severity": Meaning("Previous severity", SEVERITY),
            "user-who-changed-the-severity": Meaning("User who changed the severity", USER),
        },
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
    ),
    Trigger(
        "incident.role_assigned",
        "Incident Role Assigned",
        _INCIDENT | {"role": Meaning("Role", ROLE), "user": Meaning("User who was given the role", USER)},
    ),
    Trigger(
        "incident.custom_field_changed",
        "Custom Field Changed",
        _INCIDENT | {"custom_field": Meaning("Custom field", CUSTOM_FIELD)},
    ),
    Trigger(
        "incident.timestamp_set",
        "Incident Timestamp Set",
        _INCIDENT | {"timestamp": Meaning("Timestamp", INCIDENT_TIMESTAMP)},
    ),
    Trigger("action.created", "Action Created", _INCIDENT | {"action": Meaning("Action", ACTION)}),
    Trigger("action.completed", "Action Completed", _INCIDENT | {"action": Meaning("Action", ACTION)}),
    Trigger("follow_up.created", "Follow-up Created", _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)}),
    Trigger("follow_up.completed", "Follow-up Completed", _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)}),
    Trigger("follow_up.overdue", "Follow-up Overdue", _INCIDENT | {"follow_up": Meaning("Follow-up", FOLLOW_UP)}),
    Trigger("alert.attached", "Alert Attached", _INCIDENT | {"alert": Meaning("Alert", ALERT)}),
    Trigger(
        "escalation.acked",
        "Escalation Acknowledged",
        _INCIDENT | {"user": Meaning("User who acked the escalation", USER)},
    ),
    Trigger("manual", "Manual", _INCIDENT),
    Trigger("scheduled", "Scheduled", _INCIDENT),
    Trigger(
        "slack.message_reaction_added",
        "Slack Message Reaction Added",
        _INCIDENT
        | {
            "user": Meaning("User who reacted", USER),
            "slack_message": Meaning("Slack message", SLACK_MESSAGE),
            "reaction": Meaning("Reaction", STRING),
        },
    ),
]
TRIGGERS = {trigger.name: trigger for trigger in _TABLE}
