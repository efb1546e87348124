"""Wake-ups: as durable as the change they come with, and no more than that."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from incidentio.core import engine

DONE: list[str] = []


@task
def remember(name: str) -> None:
    DONE.append(name)


@pytest.fixture(autouse=True)
def empty_queue(hub: None) -> None:
    DBTaskResult.objects.all().delete()
    DONE.clear()


def test_a_wake_up_is_part_of_the_transaction(drain: Any) -> None:
    with transaction.atomic():
        engine.wake(remember, "rolled back")
        transaction.set_rollback(True)
    with transaction.atomic():
        engine.wake(remember, "committed")
    drain()
    assert DONE == ["committed"]


def test_a_delayed_wake_up_waits_for_its_time(drain: Any) -> None:
    engine.wake(remember, "later", delay_seconds=60)
    assert engine.waiting(remember) == []
    drain()
    assert DONE == []
    DBTaskResult.objects.update(run_after=timezone.now())
    assert engine.waiting(remember) == [["later"]]
    drain()
    assert DONE == ["later"]


def test_due_wake_ups_with_some_arguments_can_be_taken_back(hub: None) -> None:
    engine.wake(remember, "now")
    engine.wake(remember, "other")
    engine.wake(remember, "now", delay_seconds=60)
    engine.forget(remember, "now")
    assert engine.waiting(remember) == [["other"]]
    assert DBTaskResult.objects.count() == 2


def test_wake_ups_can_be_taken_back(drain: Any) -> None:
    engine.wake(remember, "now")
    engine.wake(remember, "later", delay_seconds=60)
    engine.forget(remember)
    assert not DBTaskResult.objects.exists()


def finished(status: str, age: timedelta) -> DBTaskResult:
    engine.wake(remember, status)
    row = DBTaskResult.objects.latest("enqueued_at")
    moment = timezone.now() - age
    DBTaskResult.objects.filter(pk=row.pk).update(status=status, started_at=moment, finished_at=moment)
    return row


def test_rows_of_finished_tasks_go_after_a_while_and_failures_stay_longer() -> None:
    minute, month = timedelta(minutes=1), timedelta(days=31)
    fresh = {finished(status, minute).pk for status in ("SUCCESSFUL", "FAILED")}
    finished("SUCCESSFUL", timedelta(hours=1))
    failed_today = finished("FAILED", timedelta(hours=1)).pk
    finished("FAILED", month)
    engine.tidy()
    assert {row.pk for row in DBTaskResult.objects.all()} == {*fresh, failed_today}


def test_a_task_whose_worker_never_came_back_is_called_failed() -> None:
    engine.wake(remember, "lost")
    engine.wake(remember, "at work")
    started = {"lost": timedelta(hours=1), "at work": timedelta(minutes=1)}
    for row in DBTaskResult.objects.all():
        row.status, row.started_at = TaskResultStatus.RUNNING, timezone.now() - started[row.args_kwargs["args"][0]]
        row.save()
    engine.tidy()
    states = {row.args_kwargs["args"][0]: row.status for row in DBTaskResult.objects.all()}
    assert states == {"lost": "FAILED", "at work": "RUNNING"}
