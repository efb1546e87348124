"""Statuspage, as the hub knows it."""

from integrations.base import Integration
from integrations.statuspage import opening, telling
from integrations.statuspage.account import SETTINGS, TOOL, check

INTEGRATION = Integration(
    name=TOOL,
    label="Statuspage",
    settings=SETTINGS,
    check=check,
    steps=(opening.OPEN, telling.UPDATE, telling.RESOLVE),
    docs="docs/integrations/statuspage.md",
)
