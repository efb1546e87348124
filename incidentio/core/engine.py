"""The background engine's thin face: wake a task up with the change that makes it necessary.

A task's row carries the wake-up and nothing else: it may be lost or doubled. The row it speaks of is the truth, and a
sweep finds that.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.tasks import Task, TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from incidentio.core import sql

# Rows of tasks that ran well say nothing that is not on the rows they worked on; failures are kept to be looked at.
KEPT_AFTER_SUCCESS = timedelta(minutes=10)
KEPT_AFTER_FAILURE = timedelta(days=7)
# No task works this long; its worker was killed.
LONGEST_RUN = timedelta(minutes=10)
PRUNED_AT_ONCE = 5000
INSERTED_AT_ONCE = 500


def wake(task: Task[..., Any], *args: Any, delay_seconds: float = 0) -> None:
    """Enqueue `task` in the current transaction: a rollback leaves nothing behind."""
    wake_each(task, [list(args)], delay_seconds)


def wake_each(task: Task[..., Any], calls: Iterable[list[Any]], delay_seconds: float = 0) -> None:
    """Enqueue `task` once for each of these arguments, in one statement.

    The rows are those of `task.enqueue()`, whose result object and signal would cost a change more than its own rows.
    But what is to run at once is due now, not at the end of time: so the index gives it out in its order, and before
    all that waits for later.
    """
    now = timezone.now()
    rows = [
        {
            "args_kwargs": {"args": args, "kwargs": {}},
            "priority": task.priority,
            "task_path": task.module_path,
            "queue_name": task.queue_name,
            "backend_name": task.backend,
            "enqueued_at": now,
            "run_after": now + timedelta(seconds=max(0.0, delay_seconds)),
        }
        for args in calls
    ]
    for start in range(0, len(rows), INSERTED_AT_ONCE):
        sql.insert(DBTaskResult, rows[start : start + INSERTED_AT_ONCE])


def waiting(task: Task[..., Any]) -> list[list[Any]]:
    """The arguments of every wake-up of `task` that is due and that no worker has taken up yet."""
    due = _ready(task).filter(run_after__lte=timezone.now())
    return [given["args"] for given in due.values_list("args_kwargs", flat=True)]


def forget(task: Task[..., Any], *args: Any) -> None:
    """Take back every wake-up of `task` that no worker has taken up yet: the caller is about to do all of it. With
    arguments, those with these arguments that are due.
    """
    ready = _ready(task)
    if args:
        ready = ready.filter(run_after__lte=timezone.now(), args_kwargs={"args": list(args), "kwargs": {}})
    ready.delete()


def _ready(task: Task[..., Any]) -> "models.QuerySet[DBTaskResult[..., Any]]":
    """By its priority, too: the index knows that, and thousands may wait for later with another one."""
    return DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, priority=task.priority, task_path=task.module_path
    )


def tidy() -> None:
    """Call tasks of killed workers failed, and delete the rows of tasks that are long finished."""
    now = timezone.now()
    DBTaskResult.objects.running().filter(started_at__lt=now - LONGEST_RUN).update(
        status=TaskResultStatus.FAILED, finished_at=now, traceback="The worker was stopped while it ran this task."
    )
    old = DBTaskResult.objects.successful().filter(finished_at__lt=now - KEPT_AFTER_SUCCESS)
    old |= DBTaskResult.objects.failed().filter(finished_at__lt=now - KEPT_AFTER_FAILURE)
    DBTaskResult.objects.filter(pk__in=old.order_by().values("pk")[:PRUNED_AT_ONCE]).delete()
