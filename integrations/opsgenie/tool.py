"""Opsgenie, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.opsgenie import alerts, inbound, notes
from integrations.opsgenie.account import SETTINGS, TOOL, check
from integrations.opsgenie.people import id_of
from integrations.opsgenie.tidying import tidy_up
from integrations.rehearsing import WORDS

INTEGRATION = Integration(
    name=TOOL,
    label="Opsgenie and Jira Service Management",
    settings=SETTINGS,
    check=check,
    steps=(alerts.CREATE, notes.ADD, alerts.ACKNOWLEDGE, alerts.CLOSE),
    inbound=inbound.INBOUND,
    id_of=id_of,
    rehearsals=(Rehearsal(alerts.CREATE, {"message": WORDS, "priority": "P5"}),),
    tidy_up=tidy_up,
    docs="docs/integrations/opsgenie.md",
)
