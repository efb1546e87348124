"""Incident, its roles, its custom field values, its timestamps, and the key it was declared under."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from catalog.models import (
    CatalogEntry,
    CustomField,
    CustomFieldOption,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    Severity,
)
from events.actors import Actor, actor_id_field, actor_kind_field, actor_label_field
from incidentio.core.ids import ULIDModel


class Visibility(models.TextChoices):
    PUBLIC = "public", "Public"
    PRIVATE = "private", "Private"


class Mode(models.TextChoices):
    STANDARD = "standard", "Standard"
    RETROSPECTIVE = "retrospective", "Retrospective"
    TEST = "test", "Test"
    TUTORIAL = "tutorial", "Tutorial"


class Incident(ULIDModel):
    """Something that went wrong. `version` is the number of its latest event."""

    number = models.BigIntegerField(unique=True, editable=False)
    name = models.CharField(max_length=500)
    summary = models.TextField(blank=True, default="")
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.STANDARD)
    incident_status = models.ForeignKey(
        IncidentStatus, on_delete=models.PROTECT, related_name="incidents", db_index=False
    )
    severity = models.ForeignKey(
        Severity, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents", db_index=False
    )
    incident_type = models.ForeignKey(
        IncidentType, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents", db_index=False
    )
    call_url = models.TextField(blank=True, default="")
    postmortem_document_url = models.TextField(blank=True, default="")
    slack_team_id = models.CharField(max_length=40, blank=True, default="")
    slack_channel_id = models.CharField(max_length=40, blank=True, default="")
    slack_channel_name = models.CharField(max_length=80, blank=True, default="")
    source_message_channel_id = models.CharField(max_length=40, blank=True, default="")
    source_message_timestamp = models.CharField(max_length=40, blank=True, default="")
    creator_kind = actor_kind_field()
    creator_id = actor_id_field()
    creator_label = actor_label_field()
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["incident_status", "-id"], name="incident_by_status"),
            models.Index(fields=["updated_at", "id"], name="incident_by_update"),
            models.Index(fields=["severity", "-id"], name="incident_by_severity"),
            models.Index(fields=["incident_type", "-id"], name="incident_by_type"),
            models.Index(fields=["mode", "-id"], name="incident_by_mode"),
            models.Index(fields=["created_at", "id"], name="incident_by_creation"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    @property
    def reference(self) -> str:
        return f"INC-{self.number}"

    @property
    def creator(self) -> Actor:
        return Actor(self.creator_kind, self.creator_id, self.creator_label)


class IncidentTally(models.Model):
    """How many incidents of a mode and visibility have been made, as of the last event that has a position."""

    mode = models.CharField(max_length=16, choices=Mode.choices)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mode", "visibility"], name="one_tally")]

    def __str__(self) -> str:
        return f"{self.mode}, {self.visibility}: {self.count}"


class Belonging(ULIDModel):
    """A row beside an incident; the verb that writes it gives it the time of its event."""

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Declaration(models.Model):
    """One idempotency key, one incident, for ever: winning this row is what makes an incident."""

    idempotency_key = models.CharField(max_length=500, primary_key=True)
    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="declaration")

    def __str__(self) -> str:
        return self.idempotency_key


class RoleAssignment(ULIDModel):
    """Who plays a role in an incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="role_assignments", db_index=False)
    incident_role = models.ForeignKey(
        IncidentRole, on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_assignments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "incident_role"], name="one_assignee_per_role")]
        indexes = [models.Index(fields=["incident_role", "assignee", "incident"], name="assignment_by_role")]

    def __str__(self) -> str:
        return f"{self.incident_role}: {self.assignee}"


VALUE_COLUMNS = ("value_option", "value_catalog_entry", "value_text", "value_link", "value_numeric")


def _exactly_one(*columns: str) -> models.Q:
    """One of `columns` has a value, the others have none."""
    none = models.Q()
    for one in columns:
        none |= models.Q(**{f"{column}__isnull": column != one for column in columns})
    return none


class CustomFieldValue(ULIDModel):
    """One value of a custom field in an incident, in the column of the field's type; a multi-select has several.

    Numbers stay the decimal text they were sent as, since clients compare what they wrote with what they read.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="field_values", db_index=False)
    custom_field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="values", db_index=False)
    value_option = models.ForeignKey(CustomFieldOption, on_delete=models.PROTECT, null=True, related_name="values")
    value_catalog_entry = models.ForeignKey(CatalogEntry, on_delete=models.PROTECT, null=True, related_name="values")
    value_text = models.TextField(null=True)
    value_link = models.TextField(null=True)
    value_numeric = models.CharField(max_length=100, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "custom_field", "value_option"], name="option_once_per_field"),
            models.UniqueConstraint(
                fields=["incident", "custom_field", "value_catalog_entry"], name="entry_once_per_field"
            ),
            models.UniqueConstraint(
                fields=["incident", "custom_field"],
                condition=models.Q(value_option=None, value_catalog_entry=None),
                name="one_literal_per_field",
            ),
            models.CheckConstraint(name="exactly_one_typed_value", condition=_exactly_one(*VALUE_COLUMNS)),
        ]
        indexes = [
            models.Index(fields=["custom_field", "value_option", "incident"], name="value_by_option"),
            models.Index(fields=["custom_field", "value_catalog_entry", "incident"], name="value_by_entry"),
        ]

    def __str__(self) -> str:
        return str(
            self.value_option or self.value_catalog_entry or self.value_text or self.value_link or self.value_numeric
        )


class TimestampValue(ULIDModel):
    """When a moment of an incident's life was."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timestamp_values", db_index=False)
    incident_timestamp = models.ForeignKey(IncidentTimestamp, on_delete=models.PROTECT, related_name="values")
    value = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "incident_timestamp"], name="timestamp_once")]

    def __str__(self) -> str:
        return f"{self.incident_timestamp}: {self.value:%Y-%m-%d %H:%M}"
