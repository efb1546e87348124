"""Google Meet, as the hub knows it."""

from integrations.base import Integration
from integrations.google_meet.account import SETTINGS, TOOL, check
from integrations.google_meet.steps import CREATE_SPACE

INTEGRATION = Integration(
    name=TOOL,
    label="Google Meet",
    settings=SETTINGS,
    check=check,
    steps=(CREATE_SPACE,),
    docs="docs/integrations/google_meet.md",
)
