"""Severities, statuses, types, roles, custom fields and timestamps: the words a team uses.

What is in use is archived, never deleted: gone from lists, still shown inside what refers to it.
"""

from typing import Any

from django.db import models

from catalog.models.base import ACTIVE, ActiveQuerySet, Word
from catalog.models.service import CatalogType
from incidentio.core.ids import TimedModel


class Severity(Word):
    """How bad it is: the higher the rank, the worse."""

    name = models.CharField(max_length=50)
    description = models.TextField(blank=True, help_text="When to choose it; Markdown")
    rank = models.BigIntegerField(help_text="The higher, the worse; unique")

    class Meta:
        verbose_name_plural = "severities"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="severity_name"),
            models.UniqueConstraint(fields=["rank"], condition=ACTIVE, name="severity_rank"),
        ]


class StatusCategory(models.TextChoices):
    TRIAGE = "triage"
    DECLINED = "declined"
    MERGED = "merged"
    CANCELED = "canceled"
    LIVE = "live"
    LEARNING = "learning"
    CLOSED = "closed"
    PAUSED = "paused"


class IncidentStatus(Word):
    """A stage of an incident's life; its category is what rules look at."""

    description = models.TextField(blank=True)
    category = models.CharField(max_length=16, choices=StatusCategory.choices)
    rank = models.BigIntegerField(help_text="Order within the lifecycle; unique within the category")

    class Meta:
        verbose_name_plural = "incident statuses"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="status_name"),
            models.UniqueConstraint(fields=["category", "rank"], condition=ACTIVE, name="status_rank_in_category"),
        ]


class CreateInTriage(models.TextChoices):
    ALWAYS = "always", "Always start in triage"
    OPTIONAL = "optional", "The reporter chooses"


class IncidentType(Word):
    """A kind of incident; declared without one, an incident is of the default type."""

    description = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)
    create_in_triage = models.CharField(max_length=16, choices=CreateInTriage.choices, default=CreateInTriage.OPTIONAL)
    private_incidents_only = models.BooleanField(
        default=False, help_text="Every incident of this type is private, whatever was asked for"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="type_name"),
            models.UniqueConstraint(
                fields=["is_default"], condition=ACTIVE & models.Q(is_default=True), name="type_one_default"
            ),
        ]


class RoleType(models.TextChoices):
    LEAD = "lead"
    REPORTER = "reporter"
    CUSTOM = "custom"


class IncidentRole(Word):
    """A part somebody plays in an incident. There is one lead and one reporter; the others are yours."""

    description = models.TextField()
    instructions = models.TextField(blank=True, help_text="Shown to whoever is given the role; Markdown")
    shortform = models.CharField(max_length=50, blank=True, help_text="Short name for chat commands, as in `lead`")
    role_type = models.CharField(max_length=16, choices=RoleType.choices, default=RoleType.CUSTOM, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="role_name"),
            models.UniqueConstraint(
                fields=["shortform"], condition=ACTIVE & ~models.Q(shortform=""), name="role_shortform"
            ),
            models.UniqueConstraint(
                fields=["role_type"],
                condition=ACTIVE & ~models.Q(role_type="custom"),
                name="role_one_of_each_system",
            ),
        ]


class FieldType(models.TextChoices):
    SINGLE_SELECT = "single_select", "Single select"
    MULTI_SELECT = "multi_select", "Multi-select"
    TEXT = "text", "Text"
    LINK = "link", "Link"
    NUMERIC = "numeric", "Numeric"


SELECTS = (FieldType.SINGLE_SELECT, FieldType.MULTI_SELECT)


class Required(models.TextChoices):
    NEVER = "never", "Never"
    BEFORE_RESOLUTION = "before_resolution", "Before resolution"
    ALWAYS = "always", "Always"


class CustomField(Word):
    """What a team wants to know of every incident."""

    name = models.CharField(max_length=50)
    description = models.TextField(blank=True)
    field_type = models.CharField(max_length=16, choices=FieldType.choices)
    required = models.CharField(
        max_length=20,
        choices=Required.choices,
        default=Required.NEVER,
        help_text="Asked of people in forms; never enforced on the API",
    )
    show_before_creation = models.BooleanField(default=False)
    show_before_closure = models.BooleanField(default=False)
    show_before_update = models.BooleanField(default=False)
    show_in_announcement_post = models.BooleanField(default=False)
    catalog_type = models.ForeignKey(
        CatalogType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="custom_fields",
        help_text="Of a select: its choices are the entries of this type, not options of its own",
    )
    filter_by: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True, editable=False)
    fixed_filter: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True, editable=False)
    group_by_catalog_attribute_id = models.CharField(max_length=200, blank=True, default="", editable=False)
    helptext_catalog_attribute_id = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="custom_field_name")]


class CustomFieldOption(TimedModel):
    """One choice of a select field."""

    custom_field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="options")
    value = models.CharField(max_length=500)
    sort_key = models.BigIntegerField(default=1000)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ActiveQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "value"]
        constraints = [
            models.UniqueConstraint(fields=["custom_field", "value"], condition=ACTIVE, name="option_value_in_field")
        ]

    def __str__(self) -> str:
        return str(self.value)


class SetOn(models.TextChoices):
    """What sets a timestamp by itself; see `incidents/lifecycle.py`."""

    REPORTED = "reported", "When the incident is reported"
    ACCEPTED = "accepted", "When it leaves triage to be worked on"
    DECLINED = "declined", "When it is declined"
    MERGED = "merged", "When it is merged"
    CANCELED = "canceled", "When it is canceled"
    RESOLVED = "resolved", "When it is no longer live"
    CLOSED = "closed", "When it is closed"
    NEVER = "", "By people only"


class IncidentTimestamp(Word):
    """A moment in an incident's life that a team records."""

    rank = models.BigIntegerField(help_text="Order in forms and answers; unique")
    set_on = models.CharField(max_length=16, choices=SetOn.choices, blank=True, default=SetOn.NEVER)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="timestamp_name"),
            models.UniqueConstraint(fields=["rank"], condition=ACTIVE, name="timestamp_rank"),
        ]


class DurationMetric(Word):
    """How long something took: the time between two timestamps of an incident."""

    from_timestamp = models.ForeignKey(IncidentTimestamp, on_delete=models.PROTECT, related_name="+")
    to_timestamp = models.ForeignKey(IncidentTimestamp, on_delete=models.PROTECT, related_name="+")
    rank = models.BigIntegerField(help_text="Order in answers; unique")

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="duration_metric_name"),
            models.UniqueConstraint(fields=["rank"], condition=ACTIVE, name="duration_metric_rank"),
        ]


class FollowUpPriority(Word):
    """How pressing a follow-up is: the higher the rank, the more."""

    description = models.TextField(blank=True, default="")
    rank = models.BigIntegerField(help_text="The higher, the more pressing; unique")

    class Meta:
        verbose_name_plural = "follow-up priorities"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=ACTIVE, name="follow_up_priority_name"),
            models.UniqueConstraint(fields=["rank"], condition=ACTIVE, name="follow_up_priority_rank"),
        ]
