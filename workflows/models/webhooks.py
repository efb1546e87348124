"""Outgoing webhooks."""

from django.db import models

from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel, ULIDField
from workflows.models.ledger import CallState, OutwardCall


class EventType(models.TextChoices):
    """The webhooks we send so far; names as on the wire."""

    PUBLIC_CREATED = "public_incident.incident_created_v2", "Incident created (public)"
    PUBLIC_UPDATED = "public_incident.incident_updated_v2", "Incident updated (public)"
    PRIVATE_CREATED = "private_incident.incident_created_v2", "Incident created (private, its ID only)"
    PRIVATE_UPDATED = "private_incident.incident_updated_v2", "Incident updated (private, its ID only)"


class WebhookEndpoint(TimedModel):
    """Where webhooks go. Signed with its own secret (Standard Webhooks); the secret is encrypted at rest."""

    name = models.CharField(max_length=200)
    url = models.TextField("URL")
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(blank=True, default="", help_text="Signs beside the new one during a rotation")
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    event_types: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> str:
        return f"webhook_endpoint:{self.pk}"


class Delivery(OutwardCall):
    """One event for one endpoint. Deliveries of one incident to one endpoint go out in `position` order."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    event_type = models.CharField(max_length=80)
    event_id = ULIDField()
    incident_id = ULIDField()
    position = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id", "event_type"], name="delivered_once")]
        indexes = [
            models.Index(
                fields=["endpoint", "incident_id", "position"],
                name="delivery_queue",
                condition=models.Q(state=CallState.PENDING),
            ),
            models.Index(fields=["target", "due_at"], name="delivery_due", condition=models.Q(state=CallState.PENDING)),
            models.Index(fields=["target"], name="delivery_leased", condition=models.Q(lease_until__isnull=False)),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.endpoint}"
