"""Workflows as people wrote them, every version of them, and their runs."""

from typing import Any

from django.db import models

from catalog.models import ACTIVE, Word
from incidentio.core.encrypted import EncryptedTextField
from incidentio.core.ids import TimedModel, ULIDField, ULIDModel
from incidents.models import Incident
from workflows.models.ledger import CallState, Leased, OutwardCall


class WorkflowState(models.TextChoices):
    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    DRAFT = "draft", "Draft"
    ERROR = "error", "Error"


class Workflow(Word):
    """What the hub shall do when something happens. `definition` is the latest version, in the wire's words without
    its labels; `version` is that version's number.

    `by_hand`: nobody wrote it; its versions are single steps people had done at a tool. It is archived from the start.
    """

    folder = models.CharField(max_length=200, blank=True, default="")
    trigger = models.CharField(max_length=100, editable=False)
    state = models.CharField(max_length=16, choices=WorkflowState.choices, default=WorkflowState.DRAFT)
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1, editable=False)
    runs_from = models.DateTimeField(null=True, blank=True, editable=False, help_text="When it was last switched on")
    by_hand = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["trigger"], name="workflow_by_trigger", condition=ACTIVE)]


class WorkflowVersion(ULIDModel):
    """One version of a workflow; a run keeps the one it started with. With its state it says later what the workflow
    was at any time.

    `secrets` are the literals its definition says [secret] for (`workflows.sealing`).
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    secrets = EncryptedTextField(blank=True, default="", help_text="What its steps are told in secret, as JSON")
    state = models.CharField(max_length=16, choices=WorkflowState.choices, default=WorkflowState.DRAFT)
    runs_from = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_number")]

    def __str__(self) -> str:
        return f"{self.workflow} v{self.number}"


class RunState(models.TextChoices):
    ASKING = "asking", "Waits for a person"
    PENDING = "pending", "Under way"
    COMPLETE = "complete", "Complete"
    ERROR = "error", "Error"
    CANCELLED = "cancelled", "Cancelled"


class WorkflowRun(Leased):
    """One run of one version of a workflow: work while it is pending. `due_at` is when its next step is to be done.

    `scope` is what its trigger told of besides the incident; `explanation` says which conditions held, with what was
    compared. `chain` are the workflows whose runs led to this one, the first cause first.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="runs", db_index=False)
    version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="runs")
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="workflow_runs", db_index=False
    )
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.PENDING)
    event_id = ULIDField(null=True, help_text="The event that started it")
    once_key = models.CharField(max_length=300, null=True, editable=False, help_text="What it runs once for")
    chain: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, editable=False)
    scope: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, editable=False)
    explanation: "models.JSONField[Any, Any]" = models.JSONField(default=dict, editable=False)
    scheduled_at = models.DateTimeField()
    enqueued_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workflow", "once_key"], name="run_once_for")]
        indexes = [
            models.Index(fields=["workflow", "-id"], name="run_of_workflow"),
            models.Index(fields=["incident", "-id"], name="run_of_incident"),
            models.Index(fields=["created_at", "id"], name="run_by_creation"),
            models.Index(fields=["due_at"], name="run_due", condition=models.Q(state=RunState.PENDING)),
            models.Index(fields=["workflow"], name="run_leased", condition=models.Q(lease_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} at {self.scheduled_at:%Y-%m-%d %H:%M}"


class StepStatus(models.TextChoices):
    COMPLETE = "complete", "Complete"
    PENDING = "pending", "Pending"
    ERROR = "error", "Error"


class StepRun(TimedModel):
    """One step of a run. A step `for_each` of several things is done `items` times, of which `done` are over.

    `did` says for people what it did; `delivery` is what became of the call of a step that calls a webhook, as on the
    wire.
    """

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps", db_index=False)
    place = models.PositiveIntegerField()
    step_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=16, choices=StepStatus.choices, default=StepStatus.PENDING)
    items: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0)
    completed_at = models.DateTimeField(null=True, blank=True)
    did = models.TextField(blank=True, default="")
    error = models.TextField(blank=True, default="")
    delivery: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["run", "place"]
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="step_place_in_run")]

    def __str__(self) -> str:
        return self.name


class Effect(OutwardCall):
    """A call a step makes: the ledger of what workflows did outside the hub. `place` counts the calls of its step."""

    step_run = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="effects", db_index=False)
    place = models.PositiveIntegerField()
    step_name = models.CharField(max_length=100)
    sealed = EncryptedTextField(blank=True, default="", help_text="What else is sent, as JSON")
    detail: "models.JSONField[Any, Any]" = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["step_run", "place"], name="effect_place_in_step")]
        indexes = [
            models.Index(fields=["target", "due_at"], name="effect_due", condition=models.Q(state=CallState.PENDING)),
            models.Index(fields=["target"], name="effect_leased", condition=models.Q(lease_until__isnull=False)),
            models.Index(fields=["state", "-id"], name="effect_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.step_name} to {self.target}"


class Cursor(models.Model):
    """One row: the position of the last event workflows looked at. Its lock keeps them in order."""

    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)
