"""The steps there are, with their parameters in order (API behaviour, section 9.2)."""

from incidentio.core.vocabulary import STRING
from integrations.base import Param, Step
from integrations.registry import STEPS as TOOL_STEPS
from integrations.types import (
    ESCALATION_PATH,
    INCIDENT,
    SLACK_CHANNEL,
    SLACK_USER_GROUP,
    TEMPLATED_TEXT,
    USER,
)
from workflows.steps import (
    drill,
    email,
    lifecycle,
    links,
    members,
    related,
    reporter,
    roles,
    subscribers,
    updates,
    waiting,
    webhook,
    words,
    work,
)

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
    words.SET_CUSTOM_FIELD,
    words.SET_TIMESTAMP,
    words.RENAME,
    links.ATTACH,
    updates.POST,
    work.CREATE_ACTION,
    work.CREATE_FOLLOW_UPS,
    members.ADD,
    members.REMOVE,
    subscribers.SUBSCRIBE,
    reporter.NOTIFY,
    related.DECLARE_RELATED,
    waiting.WAIT,
    email.SEND,
    webhook.SEND,
    drill.START,
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
# What a tool can do replaces what is known of it by name only.
STEPS = {step.name: step for step in (*_OF_THE_HUB, *_OF_OTHER_TOOLS)} | TOOL_STEPS
