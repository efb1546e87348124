"""PagerDuty, as the hub knows it."""

from integrations.base import Integration
from integrations.pagerduty import paging
from integrations.pagerduty.account import SETTINGS, TOOL, check

INTEGRATION = Integration(
    name=TOOL,
    label="PagerDuty",
    settings=SETTINGS,
    check=check,
    steps=(paging.PAGE, paging.ACKNOWLEDGE, paging.RESOLVE, paging.ESCALATE),
    docs="docs/integrations/pagerduty.md",
)
