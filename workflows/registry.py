"""The steps there are, with their parameters in order (API behaviour, section 9.2)."""

from incidentio.core.vocabulary import STRING
from integrations.base import Param, Step
from integrations.types import (
    CUSTOM_FIELD,
    ESCALATION_PATH,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    LINK,
    SEVERITY,
    SLACK_CHANNEL,
    SLACK_USER_GROUP,
    STATUS,
    TEMPLATED_TEXT,
    TIMESTAMP,
    TYPE,
    USER,
)
from workflows.steps import lifecycle, roles, waiting, webhook, work

_INCIDENT = Param("incident", "Incident", INCIDENT)
_USERS = Param("users", "User(s)", USER, array=True)
_MESSAGE = Param("message", "Message", TEMPLATED_TEXT)
_THREADED = Param("threaded_message", "Threaded Message", TEMPLATED_TEXT)
_TIMEZONE = Param("timezone", "Timezone", STRING)

_OF_THE_HUB = [
    lifecycle.ACCEPT,
    lifecycle.DECLINE,
    roles.ASSIGN_ROLE,
    lifecycle.SET_SEVERITY,
    lifecycle.SET_STATUS,
    Step(
        "incident.set_custom_field",
        "Set custom field",
        (
            _INCIDENT,
            Param("custom_field", "Custom field", CUSTOM_FIELD),
            Param("values", "Value(s)", STRING, array=True),
        ),
    ),
    Step(
        "incident.set_timestamp",
        "Set timestamp",
        (_INCIDENT, Param("timestamp", "Timestamp", INCIDENT_TIMESTAMP), Param("value", "Time", TIMESTAMP)),
    ),
    Step("incident.rename", "Rename incident", (_INCIDENT, Param("name", "Name", TEMPLATED_TEXT))),
    Step(
        "incident.attach_link",
        "Attach a link",
        (_INCIDENT, Param("url", "Link", LINK), Param("title", "Title", TEMPLATED_TEXT)),
    ),
    Step(
        "incident.post_update",
        "Share an update",
        (_INCIDENT, _MESSAGE, Param("status", "Status", STATUS), Param("severity", "Severity", SEVERITY)),
    ),
    work.CREATE_ACTION,
    work.CREATE_FOLLOW_UPS,
    Step("incident.add_member", "Give access to a private incident", (_INCIDENT, _USERS)),
    Step("incident.remove_member", "Take away access to a private incident", (_INCIDENT, _USERS)),
    Step("incident.subscribe_user_to_incident", "Subscribe a user to the incident", (_INCIDENT, _USERS)),
    Step("incident.notify_reporter", "Notify the reporter", (_INCIDENT, _MESSAGE)),
    Step(
        "incident.declare_related",
        "Declare a related incident",
        (
            _INCIDENT,
            Param("name", "Name", TEMPLATED_TEXT),
            Param("summary", "Summary", TEMPLATED_TEXT),
            Param("severity", "Severity", SEVERITY),
            Param("incident_type", "Incident type", TYPE),
        ),
    ),
    waiting.WAIT,
    Step(
        "email.send",
        "Send an e-mail",
        (
            Param("recipients", "Recipient(s)", STRING, array=True),
            Param("subject", "Subject", TEMPLATED_TEXT),
            Param("body", "Body", TEMPLATED_TEXT),
        ),
    ),
    webhook.SEND,
]
_OF_OTHER_TOOLS = [
    Step(
        "slack.invite_user",
        "Invite user or group to the incident's channel",
        (_INCIDENT, _USERS, Param("groups", "Slack User Group(s)", SLACK_USER_GROUP, array=True)),
    ),
    Step(
        "slack.post_message",
        "Send message to a channel",
        (Param("channel", "Channel", SLACK_CHANNEL), _MESSAGE, _THREADED, _TIMEZONE),
    ),
    Step(
        "slack.send_message",
        "Send direct message",
        (Param("recipients", "Recipient(s)", USER, array=True), _MESSAGE, _TIMEZONE),
    ),
    Step("slack.reply_in_thread", "Reply in a thread"),
    Step("slack.pin_message", "Pin a message"),
    Step("ms_teams.post_message", "Send message to a Microsoft Teams channel"),
    Step(
        "escalate",
        "Escalate",
        (_INCIDENT, Param("escalation_path", "Escalation path", ESCALATION_PATH), _USERS),
    ),
    Step("pagerduty.escalate", "Escalate in PagerDuty"),
]
STEPS = {step.name: step for step in (*_OF_THE_HUB, *_OF_OTHER_TOOLS)}
