"""What workflows can refer to: the parts things of a type have (API behaviour, section 9.2).

Plain tables. What hangs on configuration (custom fields, roles, entries of the catalog) is in `world.py`.
"""

from collections.abc import Mapping

from incidentio.core.vocabulary import NUMBER, Meaning
from integrations.types import (
    ACTION,
    ALERT,
    ALERT_SOURCE,
    ALERT_STATUS,
    API_KEY,
    CATEGORY,
    CREATOR,
    CUSTOM_FIELD,
    FOLLOW_UP,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    LINK,
    MODE,
    ROLE,
    SEVERITY,
    SLACK_CHANNEL,
    SLACK_MESSAGE,
    STATUS,
    TEAMS_CHANNEL,
    TEXT,
    TIMESTAMP,
    TYPE,
    USER,
    VISIBILITY,
    WORK_STATUS,
    WORKFLOW,
)

_NAMED = {"name": Meaning("Name")}
PARTS: Mapping[str, Mapping[str, Meaning]] = {
    INCIDENT: {
        "name": Meaning("Name"),
        "reference": Meaning("Reference"),
        "summary": Meaning("Summary", TEXT),
        "severity": Meaning("Severity", SEVERITY),
        "status": Meaning("Status", STATUS),
        "incident_type": Meaning("Incident type", TYPE),
        "mode": Meaning("Mode", MODE),
        "visibility": Meaning("Visibility", VISIBILITY),
        "creator": Meaning("Creator", CREATOR),
        "reporter": Meaning("Reporter", USER),
        "active_participants": Meaning("Active participants", USER, array=True),
        "created_at": Meaning("Reported at", TIMESTAMP),
        "updated_at": Meaning("Last changed at", TIMESTAMP),
        "last_update_at": Meaning("Last update shared at", TIMESTAMP),
        # Names of this hub's own: how long people have heard nothing, at the moment the conditions are looked at.
        "minutes_since_update": Meaning("Minutes since the last update", NUMBER),
        "minutes_since_declared": Meaning("Minutes since it was declared", NUMBER),
        "url": Meaning("Link", LINK),
        "call_url": Meaning("Call", LINK),
        "postmortem_document_url": Meaning("Post-mortem", LINK),
        "slack_channel": Meaning("Slack channel", SLACK_CHANNEL),
        "ms_teams_channel": Meaning("Microsoft Teams channel", TEAMS_CHANNEL),
    },
    SEVERITY: _NAMED | {"rank": Meaning("Rank", NUMBER)},
    STATUS: _NAMED | {"category": Meaning("Category", CATEGORY)},
    TYPE: _NAMED,
    ROLE: _NAMED,
    CUSTOM_FIELD: _NAMED,
    INCIDENT_TIMESTAMP: _NAMED,
    FOLLOW_UP_PRIORITY: _NAMED,
    # Names of this hub's own: nobody published how a workflow asks for the key that reported an incident.
    CREATOR: {
        "api_key": Meaning("API key", API_KEY),
        "user": Meaning("User", USER),
        "workflow": Meaning("Workflow", WORKFLOW),
        "alert": Meaning("Alert", ALERT),
    },
    USER: _NAMED | {"email": Meaning("E-mail"), "slack_user_id": Meaning("Slack user ID")},
    API_KEY: _NAMED,
    WORKFLOW: _NAMED,
    ALERT: {
        "title": Meaning("Title"),
        "description": Meaning("Description", TEXT),
        "status": Meaning("Status", ALERT_STATUS),
        "source_url": Meaning("Link", LINK),
        "deduplication_key": Meaning("Deduplication key"),
        "alert_source": Meaning("Source", ALERT_SOURCE),
    },
    ALERT_SOURCE: _NAMED,
    ACTION: {
        "description": Meaning("Description", TEXT),
        "status": Meaning("Status", WORK_STATUS),
        "assignee": Meaning("Assignee", USER),
    },
    FOLLOW_UP: {
        "title": Meaning("Title"),
        "description": Meaning("Description", TEXT),
        "status": Meaning("Status", WORK_STATUS),
        "assignee": Meaning("Assignee", USER),
        "priority": Meaning("Priority", FOLLOW_UP_PRIORITY),
    },
    SLACK_CHANNEL: _NAMED,
    SLACK_MESSAGE: {"channel": Meaning("Channel", SLACK_CHANNEL), "author": Meaning("Author", USER)},
}
