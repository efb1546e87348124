"""Linear as the hub knows it."""

from integrations.base import Integration
from integrations.linear.account import SETTINGS, TOOL, check
from integrations.linear.hooks import HOOK
from integrations.linear.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="Linear",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    docs="docs/integrations/linear.md",
)
