"""`python -m benchmarks.plans`: the indexes each filter of the list of incidents uses, at 100,000 of them."""

import subprocess
import sys
import tempfile

from benchmarks import postgres, seed
from benchmarks.__main__ import LARGE, prepare, settings
from benchmarks.servers import HUB, ROOT, Server

EXPLAIN = "import django; django.setup(); from benchmarks import explain; explain.main()"


def main() -> None:
    """Seed, and explain in a process of the hub's own settings."""
    with tempfile.TemporaryDirectory(prefix="incidentio-bench-") as directory, postgres.cluster() as cluster:
        known = settings(directory)
        prepare(cluster, known)
        database = postgres.create_database(cluster, "plans", template="words")
        seed.add_incidents(database, LARGE)
        environment = Server("plans", HUB, database, known).environment
        subprocess.run([sys.executable, "-c", EXPLAIN], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
