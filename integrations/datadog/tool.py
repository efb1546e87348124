"""Datadog: monitors become alerts, and incidents events in its stream."""

from integrations.base import Integration
from integrations.datadog.client import SETTINGS, TOOL, check
from integrations.datadog.inbound import INBOUND
from integrations.datadog.steps import POST_EVENT
from integrations.rehearsing import staying

INTEGRATION = Integration(
    TOOL,
    "Datadog",
    settings=SETTINGS,
    check=check,
    steps=(POST_EVENT,),
    inbound=(INBOUND,),
    tidy_up=staying("event", "Datadog lets none be taken away"),
    docs="docs/integrations/datadog.md",
)
