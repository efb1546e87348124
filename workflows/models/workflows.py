"""Workflows as people wrote them, every version of them, and their runs."""

from typing import Any

from django.db import models

from catalog.models import ACTIVE, Word
from incidentio.core.ids import TimedModel, ULIDField, ULIDModel
from incidents.models import Incident


class WorkflowState(models.TextChoices):
    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    DRAFT = "draft", "Draft"
    ERROR = "error", "Error"


class Workflow(Word):
    """What the hub shall do when something happens. `definition` is the latest version, in the wire's words without
    its labels; `version` is that version's number.
    """

    folder = models.CharField(max_length=200, blank=True, default="")
    trigger = models.CharField(max_length=100, editable=False)
    state = models.CharField(max_length=16, choices=WorkflowState.choices, default=WorkflowState.DRAFT)
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    runs_from = models.DateTimeField(null=True, blank=True, editable=False, help_text="When it was last switched on")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["trigger"], name="workflow_by_trigger", condition=ACTIVE)]


class WorkflowVersion(ULIDModel):
    """One version of a workflow; a run keeps the one it started with."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_number")]

    def __str__(self) -> str:
        return f"{self.workflow} v{self.number}"


class WorkflowRun(TimedModel):
    """One run of one version of a workflow."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="runs", db_index=False)
    version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="runs")
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="workflow_runs", db_index=False
    )
    event_id = ULIDField(null=True, help_text="The event that started it")
    scheduled_at = models.DateTimeField()
    enqueued_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workflow", "-id"], name="run_of_workflow"),
            models.Index(fields=["incident", "-id"], name="run_of_incident"),
            models.Index(fields=["created_at", "id"], name="run_by_creation"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} at {self.scheduled_at:%Y-%m-%d %H:%M}"


class StepStatus(models.TextChoices):
    COMPLETE = "complete", "Complete"
    PENDING = "pending", "Pending"
    ERROR = "error", "Error"


class StepRun(TimedModel):
    """One step of a run. `delivery` is what became of the call of a step that calls a webhook, as on the wire."""

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps", db_index=False)
    place = models.PositiveIntegerField()
    step_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=16, choices=StepStatus.choices, default=StepStatus.PENDING)
    completed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    delivery: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["run", "place"]
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="step_place_in_run")]

    def __str__(self) -> str:
        return self.name
