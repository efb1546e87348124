"""The servers that are measured: how they start and stop, and what they took of the machine (Linux's /proc)."""

import http.client
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.processes import free_port

ROOT = Path(__file__).resolve().parent.parent
HUB, FLOOR = "incidentio.wsgi:application", "benchmarks.floor.app:application"
PROCESSES = 2


@dataclass
class Server:
    """One gunicorn, configured as in production, over one database."""

    name: str
    application: str
    database: str
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        """What the server is told; only the address differs between the hub and the floor."""
        address = f"{self.database}?application_name={self.name}"
        own = {"DATABASE_URL": address, "PORT": str(self.port), "WEB_PROCESSES": str(PROCESSES)}
        return os.environ | self.settings | own

    def start(self) -> None:
        """Start and wait until every worker accepts requests.

        Raises:
            RuntimeError: it ended, or did not answer within half a minute.
        """
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", self.application]
        with Path(self.settings["DATA_DIR"], f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start; see {log.name}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/v1/incidents")
            connection.getresponse().read()
            connection.close()
            return len(self.workers()) == PROCESSES
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it, workers included."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        assert self.process is not None
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def cpu(self, admin: "psycopg.Connection[Any]") -> float:
        """Seconds of CPU its workers and its PostgreSQL backends took so far."""
        backends = admin.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self.name])
        return sum(map(cpu_seconds, [*self.workers(), *(pid for (pid,) in backends)]))

    def memory(self) -> list[int]:
        """Resident bytes of each worker."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers()]
        return [count * os.sysconf("SC_PAGESIZE") for count in pages]


def cpu_seconds(pid: int) -> float:
    """Time on the CPU of all the threads of a process; finer than the ticks of /proc/PID/stat."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
