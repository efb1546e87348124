"""Servers in turns: each path, each server, some seconds, again and again, so that the machine's moods cancel out."""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import psycopg
from tqdm import tqdm

from benchmarks.paths import Path
from benchmarks.servers import ROOT, Server

CONNECTIONS = 8


@dataclass
class Tally:
    """What one server did on one path, over all its turns."""

    answers: int = 0
    cpu: float = 0.0
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def cpu_per_answer(self) -> float:
        return self.cpu / self.answers

    @property
    def rate(self) -> float:
        """Answers a second: the median of the turns."""
        return statistics.median(self.rates)

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` of the answers kept."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


Results = dict[tuple[str, str], Tally]


class Driver:
    """The process that makes the load."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, server: Server, path: Path, seconds: float, connections: int = CONNECTIONS) -> dict[str, Any]:
        """Send `path` to `server` for `seconds`.

        Raises:
            RuntimeError: the server refused (the driver says what on standard error).
        """
        order = {"port": server.port, "token": self.token, "connections": connections, "seconds": seconds}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order | {"limit": path.limit, "requests": path.requests}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{server.name} refused {path.name}")
        result: dict[str, Any] = json.loads(answer)
        return result

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


@dataclass
class Contest:
    """Who is measured on what: servers with the paths of their database, in the same order."""

    entries: list[tuple[Server, list[Path]]]
    admin: "psycopg.Connection[Any]"
    driver: Driver

    def turns(self, rounds: int, seconds: float) -> Results:
        """Measure all entries on all paths in `rounds` interleaved rounds, after one that warms up."""
        results: Results = defaultdict(Tally)
        paths = range(len(self.entries[0][1]))
        with tqdm(total=(rounds + 1) * len(paths) * len(self.entries), unit="turn", disable=None) as bar:
            for number in range(rounds + 1):
                for place in paths:
                    for server, wanted in self.entries if number % 2 else reversed(self.entries):
                        bar.set_description(f"{server.name}: {wanted[place].name}")
                        self._turn(results, server, wanted[place], seconds if number else seconds / 4, number > 0)
                        bar.update()
        return results

    def _turn(self, results: Results, server: Server, path: Path, seconds: float, counts: bool) -> None:
        before = server.cpu(self.admin)
        result = self.driver.run(server, path, seconds)
        if not counts:
            return
        tally = results[server.name, path.name]
        tally.cpu += server.cpu(self.admin) - before
        tally.answers += len(result["latencies"])
        tally.rates.append(len(result["latencies"]) / result["seconds"])
        tally.latencies += result["latencies"]
