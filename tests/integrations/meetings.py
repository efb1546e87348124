"""What tests of tools of meetings share: the passing of time, and rivals."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from catalog import snapshot
from incidents.edit import Edit, edit_incident
from incidents.models import Incident
from integrations.meetings import ANY_TOOL, CLAIM
from integrations.models import RemoteObject
from tests.conftest import SYSTEM
from workflows.models import Effect, Target, WorkflowRun
from workflows.sweeper import wake_overdue_effects, wake_overdue_runs

DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def later(drain: Callable[[], None]) -> Callable[[], None]:
    """`later()`: whatever waits for its time has reached it, and the background has worked."""

    def go() -> None:
        WorkflowRun.objects.update(due_at=timezone.now())
        Effect.objects.update(due_at=timezone.now())
        Target.objects.update(held_until=None)
        wake_overdue_effects()
        wake_overdue_runs()
        drain()

    return go


def rival(incident: Incident, tried_at: str = "") -> None:
    """Somebody else claimed the incident's meeting, and never said how it went."""
    state = {"key": "rival", "tried_at": tried_at or timezone.now().isoformat()}
    subject = {"subject_type": "incident", "subject_id": incident.pk}
    RemoteObject.objects.create(tool=ANY_TOOL, kind=CLAIM, remote_id="", state=state, **subject)


def enter_call(incident: Incident, url: str) -> None:
    """Somebody enters where people talk about the incident."""
    edit_incident(SYSTEM, incident.pk, Edit(call_url=url), snapshot.current())


def claims() -> int:
    """How many meetings are being made."""
    return RemoteObject.objects.filter(kind=CLAIM).count()


def call_of(incident: Incident) -> str:
    """Where people talk about the incident now."""
    incident.refresh_from_db()
    return incident.call_url
