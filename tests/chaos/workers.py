"""A real `manage.py worker` that is killed and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Protocol

from django.conf import settings

from tests.processes import environment


def wait_until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Return once `true`; fail loudly after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes `pid` started that still run."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def runs(pid: int) -> bool:
    """Whether there is a process `pid` that is not just waiting to be collected."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def kill(pid: int) -> None:
    """-9, whether or not it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Workers:
    """`manage.py worker` as an operator's service manager keeps it running."""

    def __init__(self, **more: str) -> None:
        self._environment = environment(**more)
        self.killed: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "manage.py", "worker"]
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self._environment, start_new_session=True)

    def pids(self) -> list[int]:
        """The worker processes."""
        return children(self.process.pid)

    def kill_parent(self) -> None:
        self.process.kill()
        self.process.wait()

    def kill_one(self, chance: random.Random) -> None:
        """A worker, or the sweeper, dies."""
        if pids := self.pids():
            kill(chance.choice(pids))
            self.killed["worker"] += 1

    def kill_all(self, chance: random.Random) -> None:
        """The parent dies, and with it all of them; it is started again, and they begin to work."""
        self.kill_parent()
        self.killed["parent"] += 1
        self.start()
        wait_until(lambda: bool(self.pids()), "the workers to start again")


@contextmanager
def workers(**more: str) -> Iterator[Workers]:
    """Workers that are gone when the block ends."""
    group = Workers(**more)
    try:
        yield group
    finally:
        group.kill_parent()


class Mortal(Protocol):
    """Processes that somebody keeps running."""

    def kill_one(self, chance: random.Random) -> None:
        """One of them dies."""

    def kill_all(self, chance: random.Random) -> None:
        """All of them die, and are started again."""


@contextmanager
def murder(group: Mortal, chance: random.Random, longest_wait: float, rounds: int = 1) -> Iterator[None]:
    """While the block runs, and once at least, single processes die, and all of them, in any order; whoever keeps the
    hub running starts them again. So many rounds at most.
    """
    over = Event()

    def reign() -> None:
        for _ in range(rounds):
            for strike in chance.sample([group.kill_one, group.kill_one, group.kill_all], 3):
                time.sleep(chance.uniform(0, longest_wait))
                strike(chance)
            if over.is_set():
                return

    thread = Thread(target=reign)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
