"""Outgoing webhooks."""

from django.db import models

from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel, ULIDField
from workflows.models.ledger import CallState, OutwardCall


class EventType(models.TextChoices):
    """The webhooks we send; names as on the wire. Of what is private they tell IDs only."""

    PUBLIC_CREATED = "public_incident.incident_created_v2", "Incident created (public)"
    PUBLIC_UPDATED = "public_incident.incident_updated_v2", "Incident updated (public)"
    PUBLIC_STATUS_UPDATED = "public_incident.incident_status_updated_v2", "Incident status updated (public)"
    PUBLIC_ACTION_CREATED = "public_incident.action_created_v1", "Action created (public)"
    PUBLIC_ACTION_UPDATED = "public_incident.action_updated_v1", "Action updated (public)"
    PUBLIC_FOLLOW_UP_CREATED_V1 = "public_incident.follow_up_created_v1", "Follow-up created (public, V1)"
    PUBLIC_FOLLOW_UP_UPDATED_V1 = "public_incident.follow_up_updated_v1", "Follow-up updated (public, V1)"
    PUBLIC_FOLLOW_UP_CREATED_V2 = "public_incident.follow_up_created_v2", "Follow-up created (public, V2)"
    PUBLIC_FOLLOW_UP_UPDATED_V2 = "public_incident.follow_up_updated_v2", "Follow-up updated (public, V2)"
    PRIVATE_CREATED = "private_incident.incident_created_v2", "Incident created (private, its ID only)"
    PRIVATE_UPDATED = "private_incident.incident_updated_v2", "Incident updated (private, its ID only)"
    PRIVATE_ACTION_CREATED = "private_incident.action_created_v1", "Action created (private, its ID only)"
    PRIVATE_ACTION_UPDATED = "private_incident.action_updated_v1", "Action updated (private, its ID only)"
    PRIVATE_FOLLOW_UP_CREATED_V1 = "private_incident.follow_up_created_v1", "Follow-up created (private, V1, ID only)"
    PRIVATE_FOLLOW_UP_UPDATED_V1 = "private_incident.follow_up_updated_v1", "Follow-up updated (private, V1, ID only)"
    PRIVATE_FOLLOW_UP_CREATED_V2 = "private_incident.follow_up_created_v2", "Follow-up created (private, V2, ID only)"
    PRIVATE_FOLLOW_UP_UPDATED_V2 = "private_incident.follow_up_updated_v2", "Follow-up updated (private, V2, ID only)"
    MEMBERSHIP_GRANTED = "private_incident.membership_granted_v1", "Access to a private incident granted (IDs only)"
    MEMBERSHIP_REVOKED = "private_incident.membership_revoked_v1", "Access to a private incident revoked (IDs only)"
    PUBLIC_ALERT_CREATED = "public_alert.alert_created_v1", "Alert created (public)"
    PUBLIC_ALERT_RESOLVED = "public_alert.alert_resolved_v1", "Alert resolved (public)"
    PRIVATE_ALERT_CREATED = "private_alert.alert_created_v1", "Alert created (private, its ID only)"
    PRIVATE_ALERT_RESOLVED = "private_alert.alert_resolved_v1", "Alert resolved (private, its ID only)"


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
    """One event for one endpoint. Deliveries of one incident to one endpoint go out in `position` order.

    `incident_id` is whose order it keeps: the incident's, or of an alert its own. `event_id` is that of the event;
    where one event let several people in or out, from the second on that of the membership.
    """

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
