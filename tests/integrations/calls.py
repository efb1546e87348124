"""Steps that call out, done by the ledger as a worker does them, but without its waiting."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.models import Incident
from tests.workflows.steps.doing import WORKFLOW, doing
from tests.workflows.writing import OTHER_STEP_ID, run_of, written
from workflows import effects
from workflows.models import CallState, Effect, StepRun, Target, Workflow
from workflows.registry import STEPS

__all__ = ["WORKFLOW", "call", "errors", "outcomes", "perform", "plan"]


def plan(name: str, incident: Incident | None, /, key: str = "step.0", **args: Any) -> list[Effect]:
    """Write the calls of a step into the ledger."""
    step = STEPS[name]
    assert step.plan is not None
    calls = step.plan(doing(incident, key), args)
    workflow = Workflow.objects.first() or written()
    run = run_of(workflow, incident)
    with transaction.atomic():
        return effects.write(StepRun.objects.get(run=run, step_id=OTHER_STEP_ID), 0, step, key, calls)


def perform(*targets: str) -> None:
    """Make all calls that are due at these targets, as if their time had come."""
    waiting = Effect.objects.filter(state=CallState.PENDING)
    for _ in range(6):
        for target in targets:
            if waiting.update(due_at=timezone.now()):
                Target.objects.update(held_until=None)
                effects.perform_next(target, lambda effect, due_at: None)


def call(name: str, incident: Incident | None, /, key: str = "step.0", **args: Any) -> Effect:
    """Do a step that makes one call, to its end."""
    (effect,) = plan(name, incident, key, **args)
    perform(effect.target)
    effect.refresh_from_db()
    return effect


def outcomes(effect: Effect) -> list[str]:
    """How the attempts ended, one after the other."""
    return [entry["outcome"] for entry in effect.log]


def errors(effect: Effect) -> str:
    """What the attempts complained of."""
    return "\n".join(entry.get("error", "") for entry in effect.log)
