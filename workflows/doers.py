"""As whom a run does what it does."""

from events.actors import Actor, ActorKind
from events.models import Event
from workflows.models import WorkflowRun

RUN, STARTED = "workflow_run", "workflow_run.started"


def doer_of(run: WorkflowRun) -> Actor:
    """The workflow; of a step that somebody had done by hand, that person. At most one statement."""
    person = started_by(run) if run.workflow.by_hand else None
    if person is not None:
        return Actor(person.kind, person.id, person.label, cause=run.pk)
    return Actor(ActorKind.WORKFLOW, run.workflow_id, run.workflow.name, cause=run.pk)


def started_by(run: WorkflowRun) -> Actor | None:
    """Whoever started a run by hand; None if nobody did. One statement."""
    event = Event.objects.filter(subject_type=RUN, subject_id=run.pk, type=STARTED).first()
    return Actor(event.actor_kind, event.actor_id, event.actor_label) if event is not None else None
