"""Microsoft Teams, as the hub knows it."""

from integrations.base import Integration
from integrations.microsoft_teams.steps import POST_MESSAGE, SETTINGS, TOOL, check

INTEGRATION = Integration(
    name=TOOL,
    label="Microsoft Teams",
    settings=SETTINGS,
    check=check,
    steps=(POST_MESSAGE,),
    docs="docs/integrations/microsoft_teams.md",
)
