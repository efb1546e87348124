"""Grafana, as the hub knows it."""

from integrations.base import Integration
from integrations.grafana.inbound import INBOUND

INTEGRATION = Integration(
    name="grafana",
    label="Grafana",
    inbound=(INBOUND,),
    docs="docs/integrations/grafana.md",
)
