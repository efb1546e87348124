"""Slack, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.slack import channels, saying
from integrations.slack.account import SETTINGS, check
from integrations.slack.client import TOOL
from integrations.slack.people import id_of
from integrations.slack.tidying import tidy_up

INTEGRATION = Integration(
    TOOL,
    "Slack",
    settings=SETTINGS,
    check=check,
    steps=(channels.CREATE_CHANNEL, channels.INVITE_USER, channels.SET_TOPIC, *saying.STEPS),
    id_of=id_of,
    rehearsals=(Rehearsal(channels.CREATE_CHANNEL),),
    tidy_up=tidy_up,
    docs="docs/integrations/slack.md",
    also="hears /incident, buttons and reactions",
)
