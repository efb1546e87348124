"""Jira as the hub knows it."""

from integrations.base import Integration
from integrations.jira.account import SETTINGS, TOOL, check
from integrations.jira.hooks import HOOK
from integrations.jira.people import id_of
from integrations.jira.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="Jira",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=id_of,
    docs="docs/integrations/jira.md",
)
