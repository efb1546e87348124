"""GitHub as the hub knows it."""

from integrations.base import Integration
from integrations.github.account import SETTINGS, TOOL, check
from integrations.github.hooks import HOOK
from integrations.github.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="GitHub",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    docs="docs/integrations/github.md",
)
