"""Workflows as answers: what was written, with labels (API behaviour, section 9.1)."""

from collections.abc import Iterable
from typing import Any

from incidentio.core.times import rfc3339
from incidentio.core.vocabulary import Stored, binding_v2, condition_groups_v2, expression_v2
from workflows.models import ManagedBy, ManagedResource, Workflow
from workflows.registry import STEPS
from workflows.triggers import TRIGGERS
from workflows.workflows import NONE
from workflows.world import WorkflowWords, World

AS_WRITTEN = (
    "shortform", "delay", "runs_on_incidents", "runs_on_incident_modes", "continue_on_step_error",
    "private_incident_scope", "include_private_escalations", "owning_team_ids", "auto_run_mode",
)  # fmt: skip


def workflow_slim_v2(workflow: Workflow, world: World) -> dict[str, Any]:
    """A workflow in a list: its steps by name, no form."""
    definition = workflow.definition
    words = WorkflowWords(world, workflow.trigger, definition)
    trigger = TRIGGERS.get(workflow.trigger)
    wire = {name: definition[name] for name in AS_WRITTEN if name in definition}
    wire |= {
        "id": workflow.id,
        "name": workflow.name,
        "trigger": {"name": workflow.trigger, "label": trigger.label if trigger is not None else workflow.trigger},
        "version": workflow.version,
        "state": workflow.state,
        "once_for": [_reference_v2(reference, words) for reference in definition["once_for"]],
        "condition_groups": condition_groups_v2(definition["condition_groups"], words),
        "steps": [_step_slim_v2(step) for step in definition["steps"]],
        "expressions": [expression_v2(expression, words) for expression in definition["expressions"]],
        "include_private_incidents": definition["private_incident_scope"] != NONE,
    }
    if workflow.folder:
        wire["folder"] = workflow.folder
    if workflow.runs_from is not None:
        wire["runs_from"] = rfc3339(workflow.runs_from)
    return wire


def workflow_v2(workflow: Workflow, steps: Iterable[Stored], world: World, *, upgraded: bool) -> dict[str, Any]:
    """A workflow, with its steps as they are told to whoever asks. `upgraded`, they have a binding for each parameter
    they take today, empty where none was written; otherwise what was written, and no more.
    """
    definition = workflow.definition
    words = WorkflowWords(world, workflow.trigger, definition)
    wire = workflow_slim_v2(workflow, world)
    wire["steps"] = [_step_v2(step, words, upgraded=upgraded) for step in steps]
    if "form_fields" in definition:
        wire["form_fields"] = definition["form_fields"]
    return wire


def management_meta_v2(claim: ManagedResource | None) -> dict[str, Any]:
    """Who looks after something; without a claim, people do."""
    if claim is None:
        return {"managed_by": ManagedBy.DASHBOARD, "annotations": {}}
    meta: dict[str, Any] = {"managed_by": claim.managed_by, "annotations": claim.annotations}
    if claim.source_url:
        meta["source_url"] = claim.source_url
    return meta


def _reference_v2(reference: str, words: WorkflowWords) -> dict[str, Any]:
    meaning = words.meaning(reference)
    return {"key": reference, "label": meaning.label, "type": meaning.type, "array": meaning.array}


def _step_slim_v2(step: Stored) -> dict[str, Any]:
    known = STEPS.get(step["name"])
    return {"name": step["name"], "label": known.label if known is not None else step["name"]}


def _step_v2(step: Stored, words: WorkflowWords, *, upgraded: bool) -> dict[str, Any]:
    if step.get("for_each"):
        words = words.with_one_of("loop_variable", words.meaning(step["for_each"]))
    known = STEPS.get(step["name"])
    params = (known.params if known is not None else None) or ()
    types = [param.type for param in params]
    bindings = list(step["param_bindings"])
    if upgraded:
        bindings += [{}] * (len(types) - len(bindings))
    types += [""] * (len(bindings) - len(types))
    wire = _step_slim_v2(step) | {
        "id": step["id"],
        "param_bindings": [binding_v2(binding, words, type) for binding, type in zip(bindings, types, strict=False)],
    }
    if "for_each" in step:
        wire["for_each"] = step["for_each"]
    return wire
