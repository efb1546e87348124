"""The conventions of the wire and the doors every room shares."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "incidentio.core"
    label = "core"
