"""Datadog: monitors become alerts, and incidents events in its stream."""

from integrations.base import Integration
from integrations.datadog.client import SETTINGS, TOOL, check
from integrations.datadog.inbound import INBOUND
from integrations.datadog.steps import POST_EVENT

INTEGRATION = Integration(
    TOOL,
    "Datadog",
    settings=SETTINGS,
    check=check,
    steps=(POST_EVENT,),
    inbound=(INBOUND,),
    docs="docs/integrations/datadog.md",
)
