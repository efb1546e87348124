"""GitLab as the hub knows it."""

from integrations.base import Integration
from integrations.gitlab.account import SETTINGS, TOOL, check
from integrations.gitlab.hooks import HOOK
from integrations.gitlab.steps import STEPS

INTEGRATION = Integration(
    name=TOOL,
    label="GitLab",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    docs="docs/integrations/gitlab.md",
)
