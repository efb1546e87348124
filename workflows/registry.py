"""The steps there are, with their parameters in order (API behaviour, section 9.2)."""

from integrations.base import Step
from integrations.registry import STEPS as TOOL_STEPS
from workflows.steps import (
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

_OF_THE_HUB: list[Step] = [
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
]
STEPS = {step.name: step for step in _OF_THE_HUB} | TOOL_STEPS
