"""The append-only record of every change, and the number that configuration caches hang on."""

from typing import Any

from django.db import models

from events.actors import Actor, actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.ids import ULIDField, ULIDModel

SCHEMA_VERSION = 1


class Event(ULIDModel):
    """One change of one subject, complete: folding a subject's events gives its current state.

    `changes` maps each changed field to `[before, after]`; a creation has `null` before everywhere.
    `number` counts within the subject and is the subject's version. `position` is the order of commits over all
    subjects, given after commit by one dispatcher, so that readers follow without gaps or late arrivals.
    """

    position = models.BigIntegerField(null=True, unique=True, editable=False)
    type = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=40)
    subject_id = ULIDField()
    number = models.PositiveIntegerField()
    incident_id = ULIDField(null=True, help_text="The incident whose timeline this belongs to")
    actor_kind = actor_kind_field()
    actor_id = actor_id_field()
    actor_label = actor_label_field()
    cause_id = ULIDField(null=True, help_text="The run of a workflow that did it")
    changes: "models.JSONField[Any, Any]" = models.JSONField()
    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "number"], name="event_number_in_subject")
        ]
        indexes = [
            models.Index(fields=["incident_id", "id"], name="event_incident"),
            models.Index(fields=["id"], name="event_unpositioned", condition=models.Q(position__isnull=True)),
            models.Index(fields=["type", "id"], name="event_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} by {self.actor_label}"

    @property
    def actor(self) -> Actor:
        return Actor(self.actor_kind, self.actor_id, self.actor_label)


class Position(models.Model):
    """One row: the last position given out. Its lock makes position-giving serial."""

    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class ConfigVersion(models.Model):
    """One row: raised by every change of configuration; whatever is derived from configuration hangs on it."""

    version = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.version)
