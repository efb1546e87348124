"""Sentry, as the hub knows it."""

from integrations.base import Integration
from integrations.sentry.inbound import ISSUES, METRICS

INTEGRATION = Integration(
    name="sentry",
    label="Sentry",
    inbound=(ISSUES, METRICS),
    docs="docs/integrations/sentry.md",
)
