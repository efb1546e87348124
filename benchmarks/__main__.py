"""`python -m benchmarks`: a PostgreSQL, two databases, the hub and the floor in turns, a table; some minutes."""

import argparse
import base64
import json
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from benchmarks import postgres, report, same, seed
from benchmarks.client import Client
from benchmarks.measure import Contest, Driver
from benchmarks.paths import Path, paths
from benchmarks.servers import FLOOR, HUB, ROOT, Server

SMALL, LARGE = 10_000, 100_000
PAGES = 150


def settings(directory: str) -> dict[str, str]:
    """A production installation's, with secrets of its own and a rate limit out of the way."""
    return {
        "DATA_DIR": directory,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "TOKEN_HMAC_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PRODUCTION": "true",
        "TRUSTED_PROXIES": "1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_URL": "https://hub.example.com",
        "API_RATE_LIMIT": "1000000000",
        "LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": "incidentio.settings",
    }


def manage(environment: dict[str, str], *command: str) -> str:
    """What a management command prints."""
    run = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return run.stdout


@contextmanager
def running(*servers: Server) -> Iterator[None]:
    """The servers, started together and stopped whatever happens."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield


def prepare(cluster: str, known: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """A migrated and configured database `words`, which the others are copied from; a token, and a full declare."""
    server = Server("setup", HUB, postgres.create_database(cluster, "words"), known)
    for command in (["migrate"], ["seed_defaults"]):
        manage(server.environment, *command)
    roles = [f"--role={role}" for role in ("viewer", "incident_creator", "manage_settings")]
    token = json.loads(manage(server.environment, "create_api_key", "Benchmark", *roles, "--json"))["token"]
    seed.add_people(server.database)
    with running(server):
        client = Client(server.port, token)
        seed.configure(client)
        return token, seed.report(client)


def memory_growth(server: Server, driver: Driver) -> float:
    """MiB by which the largest worker of a fresh server grew after 150 pages of 500."""
    pages = {"method": "GET", "path": "/v1/incidents?page_size=500"}
    path = Path("memory", [pages], paths(SMALL, {})[0].must, limit=PAGES)
    with running(server):
        before = server.memory()
        driver.run(server, path, seconds=120)
        grown = [after - start for after, start in zip(server.memory(), before, strict=True)]
    return max(grown) / 2**20


def bench(cluster: str, known: dict[str, str], rounds: int, seconds: float) -> list[report.Line]:
    """Seed, check, measure; prints the absolute figures and returns the demands."""
    token, declare = prepare(cluster, known)
    databases = {}
    for count in (SMALL, LARGE):
        print(f"Seeding {count:,} incidents", flush=True)
        databases[count] = postgres.create_database(cluster, f"incidents{count}", template="words")
        seed.add_incidents(databases[count], count)
    hub, floor = (Server(name, app, databases[SMALL], known) for name, app in (("hub", HUB), ("floor", FLOOR)))
    large = Server("hub-large", HUB, databases[LARGE], known)
    wanted = paths(SMALL, declare)
    driver = Driver(token)
    with ExitStack() as stack:
        stack.callback(driver.stop)
        grown = memory_growth(Server("fresh", HUB, databases[SMALL], known), driver)
        stack.enter_context(running(hub, floor, large))
        size = same.check(Client(hub.port, token), Client(floor.port, token), wanted, databases[SMALL], declare)
        print(f"Hub and floor answer alike; an incident is {size:,} bytes", flush=True)
        admin = stack.enter_context(psycopg.connect(f"{cluster}/postgres", autocommit=True))
        contest = Contest([(hub, wanted), (floor, wanted), (large, paths(LARGE, declare))], admin, driver)
        results = contest.turns(rounds, seconds)
    print("\n".join(["", *report.absolute(results, wanted, ["hub", "floor", "hub-large"]), ""]))
    return [
        *report.against_floor(results, wanted, "hub", "floor"),
        *report.growth(results, wanted, "hub", "hub-large"),
        *report.tails(results, wanted, "hub"),
        report.Line(f"memory after {PAGES} pages of 500, MiB", grown, report.MEMORY_MIB),
    ]


def main() -> None:
    """Run everything and print the demands; the exit code is 0 whatever they say (they are for people)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="how often each path is measured on each server")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each time")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="incidentio-bench-") as directory, postgres.cluster() as cluster:
        lines = bench(cluster, settings(directory), options.rounds, options.seconds)
    print("\n".join(map(str, lines)))
    gaps = sum(not line.met for line in lines)
    print(f"\n{len(lines) - gaps} of {len(lines)} met" + (f", {gaps} gaps" if gaps else ""))


if __name__ == "__main__":
    main()
