"""Workflows that are switched on, and the asking of them without a worker."""

from typing import Any

from catalog import snapshot
from events.tasks import position_events
from incidents.edit import Edit, edit_incident
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.workflows.writing import step, written
from workflows.evaluation import evaluate
from workflows.models import Workflow, WorkflowRun

NOTE = step("incident.create_action", {}, {"value": {"literal": "Look"}})


def on(trigger: str, **said: Any) -> Workflow:
    """A workflow that is switched on."""
    return written(trigger, state="active", **said)


def ask() -> list[WorkflowRun]:
    """Position what was committed and ask the workflows about all of it; the runs there are."""
    while position_events():
        pass
    while evaluate():
        pass
    return list(WorkflowRun.objects.order_by("id"))


def status(name: str) -> str:
    """The id of the status of this name."""
    return next(row.id for row in snapshot.current().statuses.values() if row.name == name)


def edit(incident: Incident, **said: Any) -> None:
    """Change the incident."""
    edit_incident(SYSTEM, incident.id, Edit(**said), snapshot.current())
