"""What workflows look like on the wire (API behaviour, section 9.1)."""

from typing import Any

from rest_framework import serializers

from incidentio.core.bindings import (
    LONGEST_REFERENCE,
    ConditionGroupV2,
    EngineParamBindingPayloadV2,
    EngineParamBindingV2,
    EngineReferenceV2,
    ExpressionV2,
    condition_groups_field,
    expressions_field,
)
from incidentio.core.fields import Body, Choice, Flag, Id, Text, Whole
from workflows.models import ManagedBy, WorkflowState
from workflows.workflows import SCOPES

MODES = ("standard", "test", "retrospective")
RUNS_ON = ("newly_created", "newly_created_and_active")
AUTO_RUN_MODES = ("run_automatically", "confirm_before_running")
LONGEST_DELAY_SECONDS = 365 * 24 * 3600
LONGEST_ANNOTATION = 2_000
MOST_STEPS = 100
MOST_FIELDS = 50
MOST_TEAMS = 100
MOST_PARAMS = 50
MOST_ANNOTATIONS = 50


# ---- requests


class Annotations(serializers.DictField):
    """Names and texts tools keep with what they look after."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=Text(allow_blank=True, max_length=LONGEST_ANNOTATION), **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or len(data) > MOST_ANNOTATIONS:
            raise serializers.ValidationError(f"Must be an object of at most {MOST_ANNOTATIONS} texts")
        if any("\0" in name or len(name) > LONGEST_ANNOTATION for name in data):
            raise serializers.ValidationError("A name is too long or has null characters")
        annotations: dict[str, str] = super().to_internal_value(data)
        return annotations


class WorkflowDelayV2(Body):
    """How long a workflow waits before its first step."""

    for_seconds = Whole(min_value=0, max_value=LONGEST_DELAY_SECONDS)
    conditions_apply_over_delay = Flag()


class WorkflowFormFieldPayloadV2(Body):
    """A question to whoever starts the workflow by hand."""

    id = Text(required=False, max_length=100)
    key = Text(max_length=100)
    title = Text(max_length=200)
    type = Text(max_length=200)
    description = Text(required=False, allow_blank=True, max_length=2_000)
    array = Flag(required=False)
    required = Flag(required=False)  # type: ignore[assignment]


class StepConfigPayloadV2(Body):
    """A step, and what it is told, by place."""

    id = Text(max_length=100)
    name = Text(max_length=100)
    for_each = Text(required=False, allow_blank=True, max_length=LONGEST_REFERENCE)
    param_bindings = serializers.ListField(child=EngineParamBindingPayloadV2(), max_length=MOST_PARAMS)


class WorkflowPayload(Body):
    """What is written of a workflow at any time."""

    name = Text(max_length=200)
    folder = Text(required=False, allow_blank=True, max_length=200)
    shortform = Text(required=False, allow_blank=True, max_length=100)
    once_for = serializers.ListField(child=Text(max_length=LONGEST_REFERENCE), max_length=20)
    condition_groups = condition_groups_field()
    steps = serializers.ListField(child=StepConfigPayloadV2(), max_length=MOST_STEPS)
    expressions = expressions_field()
    form_fields = serializers.ListField(child=WorkflowFormFieldPayloadV2(), required=False, max_length=MOST_FIELDS)
    delay = WorkflowDelayV2(required=False)
    runs_on_incidents = Choice(choices=RUNS_ON)
    runs_on_incident_modes = serializers.ListField(child=Choice(choices=MODES), max_length=len(MODES))
    continue_on_step_error = Flag()
    private_incident_scope = Choice(choices=SCOPES, required=False)
    include_private_incidents = Flag(required=False, help_text="Deprecated; send private_incident_scope")
    include_private_escalations = Flag(required=False)
    owning_team_ids = serializers.ListField(child=Id(), required=False, max_length=MOST_TEAMS)
    auto_run_mode = Choice(choices=AUTO_RUN_MODES, required=False)
    state = Choice(choices=WorkflowState.values, required=False)
    annotations = Annotations(required=False)


class WorkflowsCreateWorkflowPayloadV2(WorkflowPayload):
    """A workflow to make; without a state it is a draft."""

    trigger = Text(max_length=100)


class WorkflowsUpdateWorkflowPayloadV2(WorkflowPayload):
    """A workflow as it shall be: what is left out is cleared. Its trigger cannot change; a state left out stays."""

    skip_step_upgrades = Flag(required=False, help_text="Answer steps with the parameters they were written with")


class ShowQueryV2(serializers.Serializer[Any]):
    """How to show it."""

    skip_step_upgrades = serializers.BooleanField(
        default=False, help_text="Show steps with the parameters they were written with"
    )


# ---- answers


class TriggerSlimV2(serializers.Serializer[Any]):
    """What starts it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class StepConfigSlimV2(serializers.Serializer[Any]):
    """What it does."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class StepConfigV2(StepConfigSlimV2):
    """What it does, and what the step is told."""

    id = serializers.CharField()
    for_each = serializers.CharField(required=False)
    param_bindings = EngineParamBindingV2(many=True)


class WorkflowFormFieldV2(serializers.Serializer[Any]):
    """A question to whoever starts it by hand."""

    id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()
    description = serializers.CharField(required=False)
    array = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]


class WorkflowSlimV2(serializers.Serializer[Any]):
    """A workflow in a list."""

    id = serializers.CharField()
    name = serializers.CharField()
    folder = serializers.CharField(required=False)
    shortform = serializers.CharField(required=False)
    trigger = TriggerSlimV2()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=WorkflowState.values)
    once_for = EngineReferenceV2(many=True)
    condition_groups = ConditionGroupV2(many=True)
    steps = StepConfigSlimV2(many=True)
    expressions = ExpressionV2(many=True)
    delay = WorkflowDelayV2(required=False)
    runs_on_incidents = serializers.ChoiceField(choices=RUNS_ON)
    runs_on_incident_modes = serializers.ListField(child=serializers.ChoiceField(choices=MODES))
    runs_from = serializers.DateTimeField(required=False)
    continue_on_step_error = serializers.BooleanField()
    private_incident_scope = serializers.ChoiceField(choices=SCOPES)
    include_private_incidents = serializers.BooleanField()
    include_private_escalations = serializers.BooleanField()
    owning_team_ids = serializers.ListField(child=serializers.CharField(), required=False)
    auto_run_mode = serializers.ChoiceField(choices=AUTO_RUN_MODES)


class WorkflowV2(WorkflowSlimV2):
    """A workflow."""

    steps = StepConfigV2(many=True)
    form_fields = WorkflowFormFieldV2(many=True, required=False)


class ManagementMetaV2(serializers.Serializer[Any]):
    """Who looks after it."""

    managed_by = serializers.ChoiceField(choices=ManagedBy.values)
    annotations = serializers.DictField(child=serializers.CharField())
    source_url = serializers.CharField(required=False)


class WorkflowsListWorkflowsResultV2(serializers.Serializer[Any]):
    """All workflows."""

    workflows = WorkflowSlimV2(many=True)


class WorkflowsShowWorkflowResultV2(serializers.Serializer[Any]):
    """One workflow."""

    workflow = WorkflowV2()
    management_meta = ManagementMetaV2()


class WorkflowsCreateWorkflowResultV2(WorkflowsShowWorkflowResultV2):
    """The new workflow."""


class WorkflowsUpdateWorkflowResultV2(WorkflowsShowWorkflowResultV2):
    """The workflow as it is now."""
