"""Whoever is stopped at a call to Amazon loses it for a minute, not for good; nobody makes it beside somebody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from incidentio.core import engine
from incidentio.core.times import rfc3339
from incidents.models import AlertSource
from integrations.models import RemoteObject
from integrations.sns.certificates import fetch
from integrations.sns.errands import DONE, TOOL, WAITING
from integrations.sns.subscriptions import visit
from tests.integrations.recorded import source_of
from tests.integrations.sns.amazon import Amazon, notification, publish, subscription
from workflows.sweeper import Sweeper

Drain = Callable[[], None]


@pytest.fixture
def source(amazon: Amazon) -> AlertSource:
    return source_of("sns")


def row() -> RemoteObject:
    return RemoteObject.objects.filter(tool=TOOL).latest("pk")


def killed(ago: timedelta) -> None:
    """Somebody took the call up, and was killed so long ago."""
    DBTaskResult.objects.all().delete()
    taken = row()
    taken.state |= {"attempts": 1, "due_at": rfc3339(timezone.now() + timedelta(minutes=1) - ago)}
    taken.save()


def test_a_fetch_that_was_stopped_is_found_and_done(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, notification())
    killed(timedelta(minutes=3))
    Sweeper().sweep()
    drain()
    assert (row().remote_id, len(amazon.asked)) == (DONE, 1)


def test_so_is_a_confirmation(known: RemoteObject, amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, subscription())
    killed(timedelta(minutes=3))
    Sweeper().sweep()
    drain()
    assert (row().remote_id, len(amazon.confirmed)) == (DONE, 1)


def test_what_somebody_works_on_is_left_to_them(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, notification())
    killed(timedelta(seconds=10))
    Sweeper().sweep()
    fetch.func(row().pk)
    drain()
    assert (row().remote_id, amazon.asked) == (WAITING, [])


def test_sweeping_again_and_again_does_not_pile_wake_ups_up(known: RemoteObject, source: AlertSource) -> None:
    publish(source, subscription())
    killed(timedelta(minutes=3))
    for _ in range(3):
        Sweeper().sweep()
    assert len(engine.waiting(visit)) == 1


def test_two_at_once_make_one_call(amazon: Amazon, source: AlertSource, drain: Drain) -> None:
    publish(source, notification())
    engine.wake(fetch, row().pk)
    drain()
    fetch.func(row().pk)
    assert len(amazon.asked) == 1


def test_a_row_that_is_gone_is_nobodys_work(amazon: Amazon) -> None:
    fetch.func(0)
    visit.func(0)
    assert (amazon.asked, RemoteObject.objects.count()) == ([], 0)
