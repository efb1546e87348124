"""`manage.py worker` as a process: it keeps its workers running, and they do not outlive it."""

import os
import signal
from collections.abc import Callable

import pytest

from incidents.models import Incident
from tests.chaos.workers import kill, runs, wait_until, workers
from tests.conftest import SYSTEM
from tests.receiver import Receiver, receiving, silence
from workflows.health import worker_is_well
from workflows.models import EventType
from workflows.webhooks import create_endpoint

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_dies_is_replaced_and_nobody_outlives_the_parent() -> None:
    with workers() as group:
        wait_until(worker_is_well, "the worker to be well")
        first = group.pids()
        assert len(first) == 3
        kill(first[0])
        wait_until(lambda: len(set(group.pids()) - set(first)) == 1, "a successor")
        last = group.pids()
        group.kill_parent()
        wait_until(lambda: not any(runs(pid) for pid in last), "the children to end", 5)


def test_told_to_stop_it_stops_cleanly_and_says_so_to_the_health_check() -> None:
    with workers(SWEEP_SECONDS="1") as group:
        wait_until(worker_is_well, "the worker to be well")
        pids = group.pids()
        # As Ctrl-C does it: to the whole group of the terminal.
        os.killpg(group.process.pid, signal.SIGINT)
        assert group.process.wait(10) == 0
        assert not worker_is_well()
        assert not any(runs(pid) for pid in pids)


def test_while_the_database_is_away_it_keeps_trying() -> None:
    seen: set[int] = set()
    with workers(DATABASE_URL="postgres://nobody@127.0.0.1:1/nowhere") as group:

        def tried_again() -> bool:
            seen.update(group.pids())
            return len(seen) > 3

        wait_until(tried_again, "new workers")
        assert group.process.poll() is None
        group.process.terminate()
        assert group.process.wait(10) == 0


def test_a_slow_endpoint_does_not_hold_back_another(receiver: Receiver, declare: Callable[..., Incident]) -> None:
    with receiving() as slow, workers(LEASE_SECONDS="3"):
        slow.script = [silence] * 100
        for name, url in (("Slow", slow.url), ("Quick", receiver.url)):
            create_endpoint(SYSTEM, name=name, url=url, event_types=EventType.values)
        declare()
        wait_until(lambda: len(slow.arrivals) == 1, "the slow call to begin")
        for _ in range(10):
            declare()
        wait_until(lambda: len(receiver.arrivals) == 11, "the quick deliveries")
        assert len(slow.arrivals) <= 2
