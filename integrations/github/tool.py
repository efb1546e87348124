"""GitHub as the hub knows it."""

from integrations.base import Integration
from integrations.github.account import SETTINGS, TOOL, check
from integrations.github.hooks import HOOK
from integrations.github.people import login_of
from integrations.github.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="GitHub",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=login_of,
    docs="docs/integrations/github.md",
)
