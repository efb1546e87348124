"""Running the hub's own programs against the test database, as an operator would."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote
from urllib.request import urlopen

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The test database as `DATABASE_URL` names one."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password = quote(database["USER"] or ""), quote(database["PASSWORD"] or "")
    host = quote(database["HOST"] or "", safe="")
    return f"postgres://{user}:{password}@{host}:{database['PORT'] or 5432}/{database['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """What a program of ours needs in its environment to work on the test database with this process's secrets."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_HMAC_KEY": settings.TOKEN_HMAC_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
    } | more  # fmt: skip


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Return as soon as `holds()` is true; fail loudly when time is up."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it was not so within {seconds} s"
        time.sleep(0.02)


def descendants(ancestor: int) -> list[int]:
    """The ids of the processes below one."""
    listing = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], stdout=subprocess.PIPE, text=True, check=True)
    children: dict[int, list[int]] = {}
    for line in listing.stdout.splitlines():
        parent, pid = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    found = [ancestor]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def alive(pids: list[int]) -> list[int]:
    """Those of them that still run; a dead one whose parent has not asked after it does not."""
    command = ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))]
    listing = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    states = [line.split() for line in listing.stdout.splitlines()]
    return [int(pid) for pid, state in states if not state.startswith("Z")]


def wait_until_up(url: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    """Return once `url` answers; if the process ends or time is up, end it and fail loudly."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(url, timeout=30).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    status = process.poll()
    if status is None:
        kill_group(process)
    raise AssertionError(f"{url} did not answer within {seconds} s; the server ended with {status}")


def start_web(port: int, processes: int = 2, threads: int = 4, **more: str) -> "subprocess.Popen[bytes]":
    """The production web server on this loopback port, in a process group of its own; returns once it answers."""
    command = [sys.executable, "-m", "gunicorn", "incidentio.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(processes), "--threads", str(threads)]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment(**more), start_new_session=True)
    wait_until_up(f"http://127.0.0.1:{port}/docs/openapi.json", process)
    return process


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """-9 to the process and all it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def web_server(processes: int = 2, threads: int = 4, **more: str) -> Iterator[str]:
    """The production web server on a free loopback port; yields its URL."""
    port = free_port()
    process = start_web(port, processes, threads, **more)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        kill_group(process)
