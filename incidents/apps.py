"""What happened and what people did about it."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Response"

    def ready(self) -> None:
        from events.tasks import follow  # noqa: PLC0415  models load first
        from incidents.totals import tally_up  # noqa: PLC0415

        follow(tally_up)
