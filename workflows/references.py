"""What workflows can refer to: types, and the parts things of a type have (API behaviour, section 9.2).

Plain tables. What hangs on configuration (custom fields, roles, entries of the catalog) is in `world.py`.
"""

from collections.abc import Mapping

from incidentio.core.vocabulary import NUMBER, STRING, Meaning

TEXT = "Text"
TEMPLATED_TEXT = "TemplatedText"
LINK = "Link"
BOOL = "Bool"
TIMESTAMP = "Timestamp"
INCIDENT = "Incident"
SEVERITY = "IncidentSeverity"
STATUS = "IncidentStatus"
CATEGORY = "IncidentStatusCategory"
TYPE = "IncidentType"
MODE = "IncidentMode"
VISIBILITY = "IncidentVisibility"
ROLE = "IncidentRole"
CUSTOM_FIELD = "IncidentCustomField"
INCIDENT_TIMESTAMP = "IncidentTimestamp"
CREATOR = "IncidentCreator"
ACTION = "IncidentAction"
FOLLOW_UP = "IncidentFollowUp"
WORK_STATUS = "IncidentWorkStatus"
FOLLOW_UP_PRIORITY = "FollowUpPriority"
USER = "User"
API_KEY = "APIKey"
WORKFLOW = "Workflow"
ALERT = "Alert"
ALERT_SOURCE = "AlertSource"
ALERT_STATUS = "AlertStatus"
ESCALATION_PATH = "EscalationPath"
SLACK_CHANNEL = "SlackChannel"
SLACK_MESSAGE = "SlackMessage"
SLACK_USER_GROUP = "SlackUserGroup"
TEAMS_CHANNEL = "MicrosoftTeamsChatChannel"
UNTYPED = ""
WORDS = (STRING, TEXT, TEMPLATED_TEXT, LINK)


def option_of(custom_field_id: str) -> str:
    """The type of the options of one custom field."""
    return f'CustomFieldOption["{custom_field_id}"]'


def entry_of(catalog_type_id: str) -> str:
    """The type of the entries of one catalog type."""
    return f'CatalogEntry["{catalog_type_id}"]'


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
    SLACK_MESSAGE: {"text": Meaning("Text", TEXT), "author": Meaning("Author", USER)},
}
