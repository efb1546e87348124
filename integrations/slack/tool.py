"""Slack, as the hub knows it."""

from integrations.base import Integration
from integrations.slack import channels, saying
from integrations.slack.account import SETTINGS, check
from integrations.slack.client import TOOL
from integrations.slack.people import id_of

INTEGRATION = Integration(
    TOOL,
    "Slack",
    settings=SETTINGS,
    check=check,
    steps=(channels.CREATE_CHANNEL, channels.INVITE_USER, channels.SET_TOPIC, *saying.STEPS),
    id_of=id_of,
    docs="docs/integrations/slack.md",
)
