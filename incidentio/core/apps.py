"""The conventions of the wire and the doors every room shares."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from incidentio.core.checks import check_rate_limits


class CoreConfig(AppConfig):
    name = "incidentio.core"
    label = "core"

    def ready(self) -> None:
        register(check_rate_limits, Tags.caches, deploy=True)
