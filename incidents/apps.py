"""What happened and what people did about it."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Response"

    def ready(self) -> None:
        from events.tasks import follow  # noqa: PLC0415  models load first
        from incidents.alert_watch import resolve_with_incidents  # noqa: PLC0415
        from incidents.totals import tally_up  # noqa: PLC0415

        follow(tally_up)
        follow(resolve_with_incidents)
