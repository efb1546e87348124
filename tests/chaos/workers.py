"""A real `manage.py worker` that is killed and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

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
        if pids := self.pids():
            kill(chance.choice(pids))


@contextmanager
def workers(**more: str) -> Iterator[Workers]:
    """Workers that are gone when the block ends."""
    group = Workers(**more)
    try:
        yield group
    finally:
        group.kill_parent()


@contextmanager
def murder(group: Workers, chance: random.Random, longest_wait: float) -> Iterator[None]:
    """While the block runs, a worker dies, and all of them with their parent, in either order; whoever keeps the hub
    running starts it again.
    """

    def strike(victim: str) -> None:
        time.sleep(chance.uniform(0, longest_wait))
        if victim == "worker":
            group.kill_one(chance)
        else:
            group.kill_parent()
            group.start()

    def reign() -> None:
        for victim in chance.sample(["worker", "parent"], 2):
            strike(victim)

    thread = Thread(target=reign)
    thread.start()
    try:
        yield
    finally:
        thread.join()
