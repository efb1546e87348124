"""How long storms of alerts take, on databases of their own: `python -m benchmarks.alerts`."""

import os
import subprocess
import sys
import tempfile

from benchmarks.postgres import cluster, create_database
from benchmarks.servers import ROOT
from tests.postgres import NotInstalled

STORMS = "from benchmarks.storms import main; main()"


def measure(settings: dict[str, str]) -> None:
    """Send the storms to a hub with these settings."""
    for command in (
        ["migrate", "--verbosity", "0"],
        ["seed_defaults"],
        ["shell", "--verbosity", "0", "--command", STORMS],
    ):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | settings, check=True)


def main() -> None:
    """Measure on SQLite, and on PostgreSQL where its programs are installed."""
    print("| database | storm | MB | s | s of CPU of the hub |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        settings = {"DATA_DIR": directory, "ENV_FILE": os.devnull, "LOG_LEVEL": "CRITICAL"}
        settings |= {"PUBLIC_URL": "http://testserver"}
        measure(settings)
        try:
            with cluster() as url:
                measure(settings | {"DATABASE_URL": create_database(url, "storms")})
        except NotInstalled as missing:
            print(f"PostgreSQL is not installed here: {missing}")


if __name__ == "__main__":
    main()
