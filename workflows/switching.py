"""What people do to whole workflows besides writing them: switch them on and off, and copy them."""

from events.actors import Actor
from workflows.models import Workflow, WorkflowState
from workflows.sealing import opened
from workflows.workflows import WorkflowText, create_workflow, update_workflow

COPY = "Copy of "


def switch(actor: Actor, workflow: Workflow, *, on: bool) -> Workflow:
    """Let a workflow run from now on, or no more.

    Raises:
        Invalid: what it says is not possible any more.
        NotFound: it was archived meanwhile.
    """
    workflow.refresh_from_db()
    state = WorkflowState.ACTIVE if on else WorkflowState.DISABLED
    text = WorkflowText(workflow.name, workflow.definition, workflow.folder, state)
    return update_workflow(actor, workflow, text)


def copy_workflow(actor: Actor, workflow: Workflow) -> Workflow:
    """The same workflow once more, as a draft, its secrets included.

    Raises:
        Invalid: what it says is not possible any more, or no key opens its secrets.
    """
    longest: int = Workflow._meta.get_field("name").max_length or 0
    name = f"{COPY}{workflow.name}"[:longest]
    text = WorkflowText(name, opened(workflow), workflow.folder, WorkflowState.DRAFT)
    return create_workflow(actor, workflow.trigger, text)
