"""Fire drills: what was tried, and what became of it."""

from typing import Any

from django.db import models

from events.actors import Actor, actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.ids import TimedModel
from incidents.models import Incident


class DrillState(models.TextChoices):
    RUNNING = "running", "Under way"
    TIDYING = "tidying", "Tidying up"
    DONE = "done", "Done"


class FireDrill(TimedModel):
    """One fire drill. `incident` is the one in test mode it is about; `asked` and `tidied` say, by connected tool, how
    its account fares and what was taken away there; `report` is what it came to, one entry a link.
    """

    state = models.CharField(max_length=16, choices=DrillState.choices, default=DrillState.RUNNING)
    incident = models.OneToOneField(Incident, models.PROTECT, null=True, related_name="fire_drill")
    actor_kind = actor_kind_field()
    actor_id = actor_id_field()
    actor_label = actor_label_field()
    due_at = models.DateTimeField(help_text="When somebody looks at it next")
    ends_by = models.DateTimeField(help_text="When what is still under way is given up")
    finished_at = models.DateTimeField(null=True)
    asked: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    tidied: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    untold = models.BooleanField(default=False, help_text="Whether the administrators are still to be told of it")
    report: "models.JSONField[list[Any], list[Any]]" = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=~models.Q(state=DrillState.DONE), name="one_fire_drill_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Fire drill of {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def actor(self) -> Actor:
        """Who started it."""
        return Actor(self.actor_kind, self.actor_id, self.actor_label)
