"""The parent of the background's processes: starts them, starts them again, and stops with them.

It forks them from itself, loaded and idle, so a new one works at once. It has no thread and no connection of its own,
which is what makes forking safe. Each child holds the reading end of a pipe whose writing end only this process has:
when this process dies, however it dies, the children read the end of it and exit.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkProcess
from threading import Event, Thread
from time import monotonic
from types import FrameType

import structlog
from django.db import connections

from workflows import worker_process
from workflows.sweeper import Sweeper

POLL_SECONDS = 0.1
# Whoever lives shorter than this, and was not killed, died of its start: it is started again with growing pauses.
SHORT_LIFE_SECONDS = 5.0
PAUSES = (0.0, 0.0, 1.0, 2.0, 4.0, 10.0)
SHORT_LIVES_OF_THE_WELL = 3
# A call under way may end; its outcome is then known.
STOP_SECONDS = 20.0

FORK = multiprocessing.get_context("fork")
log = structlog.stdlib.get_logger(__name__)


class Child:
    """One process, and its successors, doing `job`."""

    def __init__(self, job: Callable[[], None]) -> None:
        self._job = job
        self._short_lives = 0
        self._start_at = 0.0
        self._started = 0.0
        self.process: ForkProcess | None = None

    def tend(self) -> None:
        """Start it if it does not run, unless it is to wait."""
        now = monotonic()
        if self.process is not None and not self.process.is_alive():
            status = self.process.exitcode
            log.warning("process_ended", pid=self.process.pid, status=status)
            died_of_its_start = status != -signal.SIGKILL and now - self._started < SHORT_LIFE_SECONDS
            self._short_lives = self._short_lives + 1 if died_of_its_start else 0
            self._start_at = now + PAUSES[min(self._short_lives, len(PAUSES) - 1)]
            self.process = None
        if self.process is None and now >= self._start_at:
            self.process = FORK.Process(target=self._job, daemon=True)
            self.process.start()
            self._started = now

    def is_well(self) -> bool:
        """Whether it runs, and not just until its next early death."""
        if self.process is None:
            return False
        return self._short_lives < SHORT_LIVES_OF_THE_WELL or monotonic() - self._started > SHORT_LIFE_SECONDS


class Supervisor:
    """`workers` workers and a sweeper, until SIGTERM or SIGINT."""

    def __init__(self, workers: int) -> None:
        self._reading, self._writing = os.pipe()
        self._workers = [Child(self._work) for _ in range(workers)]
        self._sweeper = Child(self._sweep)
        # Without a lock, which a killed child could keep.
        self._workers_are_well = FORK.RawValue("b", 0)
        self._stopping = Event()
        self._in_a_hurry = Event()

    def run(self) -> None:
        """Work until told to stop; then let calls under way end, for STOP_SECONDS at most."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        connections.close_all()
        while not self._stopping.is_set():
            for worker in self._workers:
                worker.tend()
            self._workers_are_well.value = any(worker.is_well() for worker in self._workers)
            self._sweeper.tend()
            self._stopping.wait(POLL_SECONDS)
        self._end_children()

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stopping.is_set():
            self._in_a_hurry.set()
        self._stopping.set()

    def _end_children(self) -> None:
        deadline = monotonic() + STOP_SECONDS
        running = [child.process for child in [*self._workers, self._sweeper] if child.process is not None]
        for process in running:
            process.terminate()
        while monotonic() < deadline and any(process.is_alive() for process in running):
            if self._in_a_hurry.wait(POLL_SECONDS):
                break
        for process in running:
            process.kill()

    def _work(self) -> None:
        self._begin_life()
        worker_process.work()

    def _sweep(self) -> None:
        self._begin_life()
        stopping = Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stopping.set())
        Sweeper().run(stopping, lambda: bool(self._workers_are_well.value))

    def _begin_life(self) -> None:
        """In the child: end with the parent, and not by Ctrl-C, at which the parent ends the children in order."""
        os.setpgid(0, 0)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._writing)
        Thread(target=self._die_with_parent, daemon=True).start()

    def _die_with_parent(self) -> None:
        os.read(self._reading, 1)
        os._exit(1)
