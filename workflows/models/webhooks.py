"""Outgoing webhooks, the ledger they are written in, and the lease that makes one sweeper of many."""

from typing import Any

from django.db import models

from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel, ULIDField


class CallState(models.TextChoices):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"
    UNKNOWN = "unknown", "Unknown"


class Target(models.Model):
    """Somebody the hub calls. Its lock makes taking its calls serial; it rests until `held_until` after failures."""

    name = models.CharField(max_length=100, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts in a row")
    held_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class OutwardCall(TimedModel):
    """An effect outside the hub, written down before it is tried, with its outcome. The row is the truth: it is work
    while it is pending, its `due_at` has passed and nobody holds its lease.
    """

    key = models.CharField(max_length=100, help_text="The idempotency key the other side sees")
    target = models.CharField(max_length=100, help_text="The name of the Target it goes to")
    request_body = models.TextField(blank=True, default="", help_text="What is sent, the same on every attempt")
    request_digest = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=16, choices=CallState.choices, default=CallState.PENDING)
    remote_id = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    log: "models.JSONField[Any, Any]" = models.JSONField(default=list, help_text="One entry an attempt")
    due_at = models.DateTimeField()
    lease_token = ULIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


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


class Lease(models.Model):
    """A named job only one process anywhere may do at a time."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
