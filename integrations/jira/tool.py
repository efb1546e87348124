"""Jira as the hub knows it."""

from integrations.base import Integration
from integrations.jira.account import SETTINGS, TOOL, check
from integrations.jira.hooks import HOOK
from integrations.jira.steps import CREATE_ISSUE, EXPORT_FOLLOW_UPS, SYNC_STATUS

INTEGRATION = Integration(
    name=TOOL,
    label="Jira",
    settings=SETTINGS,
    check=check,
    steps=(CREATE_ISSUE, EXPORT_FOLLOW_UPS, SYNC_STATUS),
    hook=HOOK,
    docs="docs/integrations/jira.md",
)
