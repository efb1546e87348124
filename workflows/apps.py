"""What the hub does by itself."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "workflows"
    verbose_name = "Automation"

    def ready(self) -> None:
        from events.tasks import follow  # noqa: PLC0415  models load first
        from workflows.evaluation import notice  # noqa: PLC0415
        from workflows.fan_out import fan_out  # noqa: PLC0415

        follow(fan_out)
        follow(notice)
