"""Actions: what to do while the incident is on."""

from dataclasses import dataclass
from datetime import datetime

from events.actors import Actor
from incidents.models import Action, WorkStatus
from incidents.work import add, assign, changing_work, find_assignee, require_text, set_status


@dataclass(frozen=True)
class ActionEdit:
    """What to change; None leaves it alone, an empty `assignee_id` unassigns."""

    description: str | None = None
    status: str | None = None
    assignee_id: str | None = None


def create_action(
    actor: Actor,
    incident_id: str,
    *,
    description: str,
    assignee_id: str | None = None,
    moment: datetime | None = None,
) -> Action:
    """A new outstanding action of the incident. `moment` is when it was made, where that is not now.

    Raises:
        NotFound: no such incident.
        Invalid: an empty description, or nobody of that id.
    """
    description = require_text(description, "The description of an action", "description")
    action = Action(incident_id=incident_id, description=description, assignee=find_assignee(assignee_id))
    add(actor, action, moment)
    return action


def update_action(actor: Actor, action_id: str, edit: ActionEdit, moment: datetime | None = None) -> Action:
    """Apply `edit`; what is already so changes nothing and makes no event.

    Raises:
        NotFound: no such action.
        Invalid: an empty description, an unknown status or person, or the status `deleted`.
    """
    with changing_work(actor, Action, action_id, "updated", moment) as action:
        if edit.description is not None:
            action.description = require_text(edit.description, "The description of an action", "description")
        assign(action, edit.assignee_id)
        set_status(action, edit.status)
    return action


def delete_action(actor: Actor, action_id: str, moment: datetime | None = None) -> None:
    """Delete the action: it stays in the record, and is gone from lists.

    Raises:
        NotFound: no such action, or it was deleted before.
    """
    with changing_work(actor, Action, action_id, "deleted", moment) as action:
        action.status = WorkStatus.DELETED
