"""The parent of the worker processes: starts them, starts them again, sweeps beside them, and stops with them.

Each child holds the reading end of a pipe whose writing end only this process has. When this process dies, however it
dies, the children read the end of it and exit.
"""

import os
import signal
import subprocess
import sys
from threading import Event, Thread
from time import monotonic
from types import FrameType

import structlog
from django.conf import settings

from workflows.sweeper import Sweeper

POLL_SECONDS = 0.1
# Whoever lives shorter than this died of its start, and is started again with growing pauses.
SHORT_LIFE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 10.0
SHORT_LIVES_OF_THE_WELL = 3
# A call under way may end; its outcome is then known.
STOP_SECONDS = 20.0

log = structlog.stdlib.get_logger(__name__)


class Child:
    """One worker process, and its successors."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._short_lives = 0
        self._start_at = 0.0
        self._started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start it if it does not run, unless it is to wait."""
        now = monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.warning("worker_ended", pid=self.process.pid, status=self.process.returncode)
            self._short_lives = self._short_lives + 1 if now - self._started < SHORT_LIFE_SECONDS else 0
            pause = 2.0 ** (self._short_lives - 2) if self._short_lives > 1 else 0.0
            self._start_at = now + min(pause, LONGEST_PAUSE_SECONDS)
            self.process = None
        if self.process is None and now >= self._start_at:
            self._start(now)

    def _start(self, now: float) -> None:
        # A group of its own: Ctrl-C reaches the parent alone, which then ends the children in order.
        self.process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "workflows.worker_process", str(self._pipe)],
            cwd=settings.BASE_DIR,
            pass_fds=[self._pipe],
            process_group=0,
        )
        self._started = now

    def is_well(self) -> bool:
        """Whether it runs, and not just until its next early death."""
        if self.process is None:
            return False
        return self._short_lives < SHORT_LIVES_OF_THE_WELL or monotonic() - self._started > SHORT_LIFE_SECONDS

    def tell(self, signal_number: int) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None:
            self.process.send_signal(signal_number)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


class Supervisor:
    """`processes` workers and a sweeper, until SIGTERM or SIGINT."""

    def __init__(self, processes: int) -> None:
        # The writing end is inherited by nobody; it closes with this process.
        reading, self._writing = os.pipe()
        self._children = [Child(reading) for _ in range(processes)]
        self._stopping = Event()
        self._in_a_hurry = Event()

    def run(self) -> None:
        """Work until told to stop; then let calls under way end, for STOP_SECONDS at most."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        sweeper = Thread(target=Sweeper().run, args=(self._stopping, self._is_well))
        sweeper.start()
        while not self._stopping.wait(POLL_SECONDS):
            for child in self._children:
                child.tend()
        self._end_children()
        sweeper.join()

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stopping.is_set():
            self._in_a_hurry.set()
        self._stopping.set()

    def _is_well(self) -> bool:
        return any(child.is_well() for child in self._children)

    def _end_children(self) -> None:
        deadline = monotonic() + STOP_SECONDS
        for child in self._children:
            child.tell(signal.SIGTERM)
        while monotonic() < deadline and not all(child.has_ended() for child in self._children):
            if self._in_a_hurry.wait(POLL_SECONDS):
                break
        for child in self._children:
            child.tell(signal.SIGKILL)
