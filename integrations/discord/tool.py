"""Discord, as the hub knows it."""

from integrations.base import Integration
from integrations.discord.account import SETTINGS, TOOL, check
from integrations.discord.steps import POST_MESSAGE, UPDATE_MESSAGE

INTEGRATION = Integration(
    name=TOOL,
    label="Discord",
    settings=SETTINGS,
    check=check,
    steps=(POST_MESSAGE, UPDATE_MESSAGE),
    docs="docs/integrations/discord.md",
)
