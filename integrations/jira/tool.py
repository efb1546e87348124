"""Jira as the hub knows it."""

from integrations.base import Integration
from integrations.jira.account import SETTINGS, TOOL, check
from integrations.jira.hooks import HOOK
from integrations.jira.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="Jira",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    docs="docs/integrations/jira.md",
)
