"""What comparing and applying a catalog costs, on databases of their own: `python -m benchmarks.catalogs`."""

import os
import subprocess
import sys
import tempfile

from benchmarks.postgres import cluster, create_database
from benchmarks.servers import ROOT
from tests.postgres import NotInstalled

ROUNDS = "from benchmarks.catalog_rounds import main; main()"


def measure(settings: dict[str, str]) -> None:
    """Compare and apply with a hub with these settings."""
    for command in (
        ["migrate", "--verbosity", "0"],
        ["seed_defaults"],
        ["shell", "--verbosity", "0", "--command", ROUNDS],
    ):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | settings, check=True)


def main() -> None:
    """Measure on SQLite, and on PostgreSQL where its programs are installed."""
    print("| database | what | s | s of CPU | statements |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        settings = {"DATA_DIR": directory, "ENV_FILE": os.devnull, "LOG_LEVEL": "CRITICAL"}
        settings |= {"PUBLIC_URL": "http://testserver", "OUTBOUND_ALLOW": "127.0.0.1/32"}
        measure(settings)
        try:
            with cluster() as url:
                measure(settings | {"DATABASE_URL": create_database(url, "catalogs")})
        except NotInstalled as missing:
            print(f"PostgreSQL is not installed here: {missing}")


if __name__ == "__main__":
    main()
