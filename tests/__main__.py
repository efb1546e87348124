"""`python -m tests [pytest's arguments]`: the suite on SQLite, then on PostgreSQL."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
UNWANTED = {"DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}
LEFT_OUT = """
************************************************************************
*  PostgreSQL was NOT tested: its server programs are not installed.   *
*  Install them (Debian, Ubuntu: apt install postgresql; macOS: brew   *
*  install postgresql), or set TEST_DATABASE_URL to a database whose   *
*  owner may create databases.                                         *
************************************************************************"""


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


def suite(database: str, arguments: list[str]) -> bool:
    """Run pytest on this database; whether all is well."""
    print(f"\n==== {NAMES[database]}", flush=True)
    # compiled modules are kept, so that each of the many processes need not compile them anew
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    with address(database) as url:
        if url:
            environment["DATABASE_URL"] = url
        process = subprocess.Popen([sys.executable, "-m", "pytest", "-n", "auto", *arguments], env=environment)
        try:
            return process.wait() == 0
        finally:
            process.wait()  # after Ctrl-C, which reached it too: it tidies up


def main() -> int:
    """Run what was asked for; 0 if nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", choices=[SQLITE, POSTGRESQL], help="leave the other database out")
    options, arguments = parser.parse_known_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    results = []
    for database in [options.only] if options.only else [SQLITE, POSTGRESQL]:
        started = time.monotonic()
        try:
            well = suite(database, arguments)
        except postgres.NotInstalled:
            results.append((options.only is None, LEFT_OUT))
            continue
        outcome = "passed" if well else "FAILED"
        results.append((well, f"{NAMES[database]}: {outcome} in {time.monotonic() - started:.0f} s"))
    print("", *(text for _, text in results), sep="\n", flush=True)
    return 0 if all(well for well, _ in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
