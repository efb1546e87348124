"""The background engine's thin face: wake a task up with the change that makes it necessary."""

from datetime import timedelta
from typing import Any

from django.tasks import Task
from django.utils import timezone


def wake(task: Task[..., Any], *args: Any, delay_seconds: float = 0) -> None:
    """Enqueue `task` in the current transaction: a rollback leaves nothing behind.

    The wake-up may be lost or doubled; the row it speaks of is the truth and a sweep finds it (architecture, 5).
    """
    if delay_seconds > 0:
        task = task.using(run_after=timezone.now() + timedelta(seconds=delay_seconds))
    task.enqueue(*args)
