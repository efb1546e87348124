"""What rows of configuration have in common: a name, and archiving instead of deleting."""

from typing import Any, Self

from django.db import models

from incidentio.core.ids import TimedModel

ACTIVE = models.Q(archived_at__isnull=True)


class ActiveQuerySet(models.QuerySet[Any]):
    """Rows that are not archived are the ones people can choose."""

    def active(self) -> Self:
        return self.filter(ACTIVE)


class Word(TimedModel):
    """A word of configuration, which may be archived."""

    name = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ActiveQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.name)
