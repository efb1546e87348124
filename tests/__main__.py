"""`python -m tests [pytest's arguments]`: the suite on SQLite and, beside it, on PostgreSQL."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from tests import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
# What speaks of addresses, sockets, secrets, programs and files only.
WITHOUT_DATABASE = (
    "bin",
    "incidentio/test_first_start.py",
    "incidentio/test_serving.py",
    "incidentio/test_settings.py",
    "incidentio/core/test_addresses.py",
    "incidentio/core/test_http.py",
    "incidentio/core/test_http_tls.py",
)
CLIENTS = "tests/clients"  # a suite of its own, run where it is asked for
UNWANTED = {"DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}
LEFT_OUT = """
************************************************************************
*  PostgreSQL was NOT tested: its server programs are not installed.   *
*  Install them (Debian, Ubuntu: apt install postgresql; macOS: brew   *
*  install postgresql), or set TEST_DATABASE_URL to a database whose   *
*  owner may create databases.                                         *
************************************************************************"""


class Result(NamedTuple):
    """How a suite ended: None if it could not be run at all."""

    well: bool | None
    text: str


@contextmanager
def address(database: str) -> Iterator[str | None]:
    """What DATABASE_URL is to say; None for the embedded database, which needs no saying."""
    given = os.environ.get("TEST_DATABASE_URL")
    if database == SQLITE:
        yield None
    elif given:
        yield given
    else:
        with postgres.cluster() as url:
            yield f"{url}/incidentio"


def start(url: str | None, arguments: list[str], output: IO[bytes] | None) -> "subprocess.Popen[bytes]":
    """Start pytest on this database; its words go to `output`, or to ours."""
    # compiled modules are kept, so that each of the many processes need not compile them anew
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    if url:
        environment["DATABASE_URL"] = url
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output and subprocess.STDOUT)


def suite(database: str, arguments: list[str], output: IO[bytes] | None = None) -> Result:
    """Run pytest on this database."""
    started = time.monotonic()
    try:
        with address(database) as url:
            process = start(url, arguments, output)
            try:
                well = process.wait() == 0
            finally:
                process.wait()  # after Ctrl-C, which reached it too: it tidies up
    except postgres.NotInstalled:
        return Result(None, LEFT_OUT)
    outcome = "passed" if well else "FAILED"
    return Result(well, f"{NAMES[database]}: {outcome} in {time.monotonic() - started:.0f} s")


def both(arguments: list[str]) -> list[Result]:
    """The suite on SQLite, shown as it goes, and beside it on PostgreSQL, shown when that is over.

    Each has a process a core: while some wait for tools that are silent, the others work. What asks no database is
    asked once.
    """
    beside = [*arguments, *(f"--ignore=tests/{path}" for path in WITHOUT_DATABASE)]
    with TemporaryFile() as output, ThreadPoolExecutor(1) as pool:
        postgresql = pool.submit(suite, POSTGRESQL, beside, output)
        print(f"\n==== {NAMES[SQLITE]}", flush=True)
        results = [suite(SQLITE, arguments), postgresql.result()]
        print(f"\n==== {NAMES[POSTGRESQL]}", flush=True)
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    return results


def main() -> int:
    """Run what was asked for; 0 if nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", choices=[SQLITE, POSTGRESQL], help="leave the other database out")
    options, arguments = parser.parse_known_args()
    if not any(argument.startswith(CLIENTS) for argument in arguments):
        arguments.append(f"--ignore={CLIENTS}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    arguments = ["-n", "auto", *arguments]
    results = [suite(options.only, arguments)] if options.only else both(arguments)
    print("", *(result.text for result in results), sep="\n", flush=True)
    wanted = [result.well or (result.well is None and options.only is None) for result in results]
    return 0 if all(wanted) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
