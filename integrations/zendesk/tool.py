"""Zendesk: tickets become alerts, and hear back."""

from integrations.base import Integration
from integrations.zendesk.client import SETTINGS, TOOL, check
from integrations.zendesk.inbound import INBOUND
from integrations.zendesk.steps import COMMENT

INTEGRATION = Integration(
    TOOL,
    "Zendesk",
    settings=SETTINGS,
    check=check,
    steps=(COMMENT,),
    inbound=(INBOUND,),
    docs="docs/integrations/zendesk.md",
)
