"""Zoom, as the hub knows it."""

from integrations.base import Integration
from integrations.zoom.account import SETTINGS, TOOL, check
from integrations.zoom.steps import CREATE_MEETING

INTEGRATION = Integration(
    name=TOOL,
    label="Zoom",
    settings=SETTINGS,
    check=check,
    steps=(CREATE_MEETING,),
    docs="docs/integrations/zoom.md",
)
