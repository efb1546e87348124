"""Callers who declare incidents over HTTP and do not give up, and a web server that is killed meanwhile."""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.chaos.workers import children, kill
from tests.processes import free_port, kill_group, start_web

AT_ONCE = 4
ANSWER_SECONDS = 10
PAUSE_SECONDS = 0.1
LONGEST_SECONDS = 120


class Web:
    """The web server, as an operator's service manager keeps it running."""

    def __init__(self, **more: str) -> None:
        self.port = free_port()
        self.killed: Counter[str] = Counter()
        self._more = more
        self.process = start_web(self.port, **more)

    def kill_one(self, chance: random.Random) -> None:
        """A process that answers requests dies."""
        if pids := children(self.process.pid):
            kill(chance.choice(pids))
            self.killed["web worker"] += 1

    def kill_all(self, chance: random.Random) -> None:
        """All of the server dies, and is started again."""
        kill_group(self.process)
        self.killed["web server"] += 1
        self.process = start_web(self.port, **self._more)


@contextmanager
def web(**more: str) -> Iterator[Web]:
    """A web server that is gone when the block ends."""
    server = Web(**more)
    try:
        yield server
    finally:
        kill_group(server.process)


class Callers:
    """Declare one incident after another, each under a key of its own, until it is answered with its id."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.answered: list[str] = []
        self.repeated = 0

    def declare(self, count: int) -> None:
        """Declare `count` incidents, a few at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.answered += pool.map(self._declare, range(count))

    def _declare(self, number: int) -> str:
        said = {"idempotency_key": f"chaos-{number}", "visibility": "public", "name": f"Incident {number}"}
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            try:
                return self._ask(json.dumps(said))
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, f"no answer to {said}"
                self.repeated += 1
                time.sleep(PAUSE_SECONDS)

    def _ask(self, body: str) -> str:
        """The id of the incident; OSError or HTTPException if there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", "/v1/incidents", body=body, headers=self._headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, content
        told: str = json.loads(content)["incident"]["id"]
        return told
