"""Who did it: a kind, an id and the name they had then; never a foreign key, so that history outlives everyone."""

from dataclasses import dataclass, field
from typing import Self

from django.db import models

from incidentio.core.ids import ULIDField


class ActorKind(models.TextChoices):
    USER = "user", "User"
    API_KEY = "api_key", "API key"
    WORKFLOW = "workflow", "Workflow"
    ALERT = "alert", "Alert"
    SYSTEM = "system", "The hub itself"


@dataclass(frozen=True)
class Actor:
    """The doer of a change. The hub itself has no id. `cause` is the run of a workflow within which it does it."""

    kind: str
    id: str
    label: str
    cause: str | None = field(default=None, compare=False)

    @classmethod
    def system(cls) -> Self:
        return cls(ActorKind.SYSTEM, "", "incidentio")


def actor_kind_field() -> "models.CharField[str, str]":
    return models.CharField(max_length=16, choices=ActorKind.choices)


def actor_id_field() -> "ULIDField[str, str]":
    return ULIDField(blank=True, default="")


def actor_label_field() -> "models.CharField[str, str]":
    return models.CharField(max_length=300)
