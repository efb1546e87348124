"""`manage.py serve` as somebody in front of a terminal meets it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.db import connection

from incidentio.management.commands.serve import Command
from tests.processes import alive, descendants, free_port, until

LEFT_TO_THE_INSTALLATION = {"DATABASE_URL", "PUBLIC_URL", "LOG_LEVEL"}
KEY = re.compile(r"inc_\w+")


class Hub:
    """One start of the hub, on its embedded database."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._output = directory / f"output-{time.monotonic_ns()}"
        own = {"DATA_DIR": str(directory), "PORT": str(port), "WORKER_PROCESSES": "1", "SWEEP_SECONDS": "0.1"}
        given = {name: value for name, value in os.environ.items() if name not in LEFT_TO_THE_INSTALLATION}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=settings.BASE_DIR,
                env=given | own,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def says(self) -> str:
        return self._output.read_text()

    def up(self) -> "Hub":
        """Wait until it says how to declare an incident."""
        until(lambda: "Checkout is down" in self.says or self.process.poll() is not None)
        assert self.process.poll() is None, self.says
        return self

    def stop(self, number: int = signal.SIGINT) -> int:
        """Stop it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def status(self, path: str) -> int:
        """The status of the answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    """`start()`: start the hub, always with the same data."""
    if connection.vendor != "sqlite":
        pytest.skip("it is the embedded database that is started here")
    hubs: list[Hub] = []

    def begin(port: int | None = None) -> Hub:
        hubs.append(Hub(tmp_path, port or free_port()))
        return hubs[-1]

    yield begin
    for hub in hubs:
        if hub.process.poll() is None:
            hub.stop()


def declare(curl: str) -> dict[str, object]:
    """Do what the printed curl line does; the incident."""
    url = re.search(r"curl (\S+)", curl)[1]
    headers = dict(re.findall(r'-H "([^:]+): ([^"]+)"', curl))
    body = re.search(r"-d '(.+)'", curl)[1].encode()
    with urlopen(Request(url, body, headers), timeout=30) as answer:
        return json.load(answer)["incident"]


def first_start(hub: Hub) -> tuple[str, dict[str, object]]:
    """It shows a login and one key, the printed line declares an incident, and all is well."""
    assert re.search(r"admin@localhost +password +\S{12,}", hub.says)
    [key] = set(KEY.findall(hub.says))
    incident = declare(hub.says)
    assert hub.status("/livez") == 200
    until(lambda: hub.status("/healthz") == 200)
    programs = descendants(hub.process.pid)
    assert hub.stop() == 0
    assert hub.says.endswith("\nStopped.\n")
    assert alive(programs) == []
    return key, incident


def second_start(hub: Hub, key: str, incident: dict[str, object]) -> None:
    """It shows neither, has kept the data, and its programs do not outlive it."""
    assert "password" not in hub.says
    assert not KEY.findall(hub.says)
    assert declare(hub.says.replace("$INCIDENTIO_KEY", key))["id"] == incident["id"]
    until(lambda: hub.status("/healthz") == 200)
    programs = descendants(hub.process.pid)
    assert len(programs) >= 4
    hub.process.kill()
    hub.process.wait()
    until(lambda: alive(programs) == [])


def test_two_starts_of_an_installation(start):
    key, incident = first_start(start().up())
    second_start(start().up(), key, incident)


def test_a_taken_port_is_told_before_anything_starts(start, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        hub = start(port)
        assert hub.process.wait(timeout=60) == 1
    assert hub.says.startswith(f"CommandError: Port {port} on 127.0.0.1 is taken")
    assert not (tmp_path / "incidentio.sqlite3").exists()


def test_rate_limits_that_cannot_hold_are_warned_of(settings):
    settings.WEB_PROCESSES = 2
    screen = StringIO()
    Command(stdout=screen).welcome(None)
    assert "Warning: each of the 2 web processes counts requests for itself" in screen.getvalue()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    screen.truncate(0)
    Command(stdout=screen).welcome(None)
    assert "Warning" not in screen.getvalue()
