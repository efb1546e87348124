"""Opsgenie, as the hub knows it."""

from integrations.base import Integration
from integrations.opsgenie import alerts, inbound, notes
from integrations.opsgenie.account import SETTINGS, TOOL, check
from integrations.opsgenie.people import id_of

INTEGRATION = Integration(
    name=TOOL,
    label="Opsgenie and Jira Service Management",
    settings=SETTINGS,
    check=check,
    steps=(alerts.CREATE, notes.ADD, alerts.ACKNOWLEDGE, alerts.CLOSE),
    inbound=inbound.INBOUND,
    id_of=id_of,
    docs="docs/integrations/opsgenie.md",
)
