"""The passing of time, as runs of workflows and their calls know it."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from workflows.models import Effect, Target, WorkflowRun
from workflows.sweeper import wake_overdue_effects, wake_overdue_runs


def come_due() -> None:
    """Whatever runs and calls wait for has come, and they are woken."""
    WorkflowRun.objects.update(due_at=timezone.now())
    Effect.objects.update(due_at=timezone.now())
    Target.objects.update(held_until=None)
    wake_overdue_effects()
    wake_overdue_runs()


@pytest.fixture
def later(drain: Callable[[], None]) -> Callable[[], None]:
    """`later()`: whatever waits for its time has reached it, and the background has worked."""

    def go() -> None:
        come_due()
        drain()

    return go
