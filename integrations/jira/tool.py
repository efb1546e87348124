"""Jira as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.jira.account import SETTINGS, TOOL, check
from integrations.jira.hooks import HOOK
from integrations.jira.people import id_of
from integrations.jira.steps import STEPS, TRACKING

INTEGRATION = Integration(
    name=TOOL,
    label="Jira",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=id_of,
    rehearsals=(Rehearsal(STEPS[0]),),
    tidy_up=TRACKING.tidy_up,
    docs="docs/integrations/jira.md",
)
