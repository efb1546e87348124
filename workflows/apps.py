"""What the hub does by itself."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"
