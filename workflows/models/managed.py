"""Things that are looked after from outside the hub."""

from django.db import models

from incidentio.core.ids import TimedModel


class ManagedBy(models.TextChoices):
    DASHBOARD = "dashboard", "The admin"
    TERRAFORM = "terraform", "Terraform"
    EXTERNAL = "external", "Another tool"


class ManagedResource(TimedModel):
    """A claim on something of the hub's: who looks after it, as their annotations say."""

    resource_type = models.CharField(max_length=40)
    resource_id = models.CharField(max_length=100)
    managed_by = models.CharField(max_length=16, choices=ManagedBy.choices)
    annotations: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    source_url = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource_type", "resource_id"], name="managed_once")]

    def __str__(self) -> str:
        return f"{self.resource_type} {self.resource_id}"
