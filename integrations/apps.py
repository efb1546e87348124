"""Other tools: one folder each, and the seam they fit into."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
