"""Types of what workflows speak of and steps are told, by their names on the wire (API behaviour, section 9.2)."""

from incidentio.core.vocabulary import STRING

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
