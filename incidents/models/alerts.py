"""Alerts: what monitoring says is wrong, where it comes from, and which incidents it belongs to."""

from typing import Any

from django.db import models

from catalog.models import ACTIVE, IncidentType, Severity, Word
from incidentio.core.encrypted import EncryptedTextField
from incidents.models.incident import Belonging, Incident, Mode


class AlertSource(Word):
    """Something that sends alerts, and the route they take: which of them become incidents, and what of kind.

    Its secret is its senders' password. `template` and `options` are kept as on the wire.
    """

    name = models.CharField(max_length=200)
    source_type = models.CharField(max_length=40)
    secret = EncryptedTextField()
    signing_secret = EncryptedTextField(
        blank=True, default="", help_text="What the sender signs with, where it signs: the sender's own"
    )
    template: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    options: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    owning_team_ids: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    auto_resolve_incident_alerts = models.BooleanField(
        default=False, help_text="Closing an incident resolves its alerts of this source"
    )
    auto_resolve_timeout_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="An alert that is silent for so long is resolved"
    )
    # The default route.
    creates_incidents = models.BooleanField(default=False, help_text="Off, alerts are kept and make no incident")
    incident_name = models.CharField(
        max_length=500, blank=True, default="{{ alert.title }}", help_text="As in `{{ alert.title }}`"
    )
    incident_summary = models.TextField(blank=True, default="{{ alert.description }}")
    incident_severity = models.ForeignKey(
        Severity, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="None: decided in triage"
    )
    incident_type = models.ForeignKey(
        IncidentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="None: the default"
    )
    incident_mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.STANDARD)
    grouping_window_seconds = models.PositiveIntegerField(
        default=0, help_text="Alerts that fire within so many seconds of each other share an incident; 0: each its own"
    )
    declines_resolved = models.BooleanField(
        default=False, help_text="An incident still in triage is declined when the last of its alerts resolves"
    )
    # Heartbeats only.
    last_ping_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="alert_source_name")]


class AlertStatus(models.TextChoices):
    FIRING = "firing", "Firing"
    RESOLVED = "resolved", "Resolved"


class Alert(Belonging):
    """One problem as its source knows it: one source, one deduplication key, one alert, however often it is told of.

    `firings` counts how often it went from quiet to firing; `heard_at` is when its source last spoke of it, `told_at`
    since when it was so by the source's own clock, if that says, and `doubted_at` when an older time was not believed.
    """

    alert_source = models.ForeignKey(AlertSource, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    deduplication_key = models.CharField(max_length=500)
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    source_url = models.TextField(blank=True, default="")
    metadata: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=16, choices=AlertStatus.choices, default=AlertStatus.FIRING)
    is_private = models.BooleanField(default=False)
    firings = models.PositiveIntegerField(default=1)
    heard_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    doubted_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["alert_source", "deduplication_key"], name="alert_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="alert_by_status"),
            models.Index(fields=["alert_source", "-id"], name="alert_by_source"),
            models.Index(fields=["deduplication_key"], name="alert_by_key"),
            models.Index(fields=["updated_at", "id"], name="alert_by_update"),
            models.Index(
                fields=["alert_source", "heard_at"], name="alert_firing", condition=models.Q(status=AlertStatus.FIRING)
            ),
        ]

    def __str__(self) -> str:
        return self.title[:80]


class IncidentAlert(Belonging):
    """An alert that belongs to an incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="incident_alerts", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="incident_alerts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "alert"], name="alert_once_per_incident")]

    def __str__(self) -> str:
        return f"{self.alert} in {self.incident.reference}"
