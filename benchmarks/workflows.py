"""`python -m benchmarks.workflows`: a burst of 10,000 events against 200 workflows, and how soon a first step is done.

On a throw-away PostgreSQL: a database is filled once and copied, the asking is measured on one copy, two workers empty
the other and then do first steps while 10,000 delayed runs wait.
"""

import subprocess
import sys
import tempfile

from benchmarks import postgres
from benchmarks.__main__ import prepare, settings
from benchmarks.servers import HUB, ROOT, Server

CODE = "import django; django.setup(); from benchmarks import burst; burst.{}()"


def run(part: str, database: str, known: dict[str, str]) -> None:
    """Run a part of `burst` within the hub's settings."""
    environment = Server("bench", HUB, database, known).environment | {"WORKER_PROCESSES": "2", "LOG_LEVEL": "ERROR"}
    subprocess.run([sys.executable, "-c", CODE.format(part)], cwd=ROOT, env=environment, check=True)


def main() -> None:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory(prefix="incidentio-bench-") as directory, postgres.cluster() as cluster:
        known = settings(directory)
        prepare(cluster, known)
        filled = postgres.create_database(cluster, "filled", template="words")
        run("fill", filled, known)
        asked = postgres.create_database(cluster, "asked", template="filled")
        run("ask", asked, known)
        worked = postgres.create_database(cluster, "worked", template="filled")
        run("empty", worked, known)
        run("hurry", worked, known)


if __name__ == "__main__":
    main()
