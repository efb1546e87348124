"""ApiKey, and the tokens that prove it."""

from typing import Any

from django.db import models

from accounts.models import Team
from events.actors import Actor, ActorKind, actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.ids import TimedModel, ULIDModel


class ApiKey(TimedModel):
    """What an outside system may do here. Names need not be unique; revoked keys stay for history."""

    name = models.CharField(max_length=200)
    roles: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    team_roles: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    teams: "models.ManyToManyField[Team, Any]" = models.ManyToManyField(Team, blank=True, related_name="api_keys")
    comments = models.TextField(blank=True, default="", max_length=5000)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never")
    allowed_networks: "models.JSONField[list[str], list[str]]" = models.JSONField(
        default=list, blank=True, help_text='CIDR networks the key may be used from, as in ["10.0.0.0/8"]; empty: any'
    )
    rate_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests a minute; empty: the installation's default"
    )
    creator_kind = actor_kind_field()
    creator_id = actor_id_field()
    creator_label = actor_label_field()
    token_last_issued_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering = ["-id"]
        indexes = [models.Index(fields=["name"], name="apikey_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.API_KEY, self.id, self.name)

    @property
    def creator(self) -> Actor:
        return Actor(self.creator_kind, self.creator_id, self.creator_label)


class ApiKeyToken(ULIDModel):
    """A secret that proves a key: a keyed hash and a short prefix to find it by, never the text itself.

    The current token has no `expires_at`; one that was rotated out works until its own.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=8, db_index=True)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"inc_{self.prefix}…"
