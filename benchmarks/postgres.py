"""A PostgreSQL of our own for some minutes: started from installed binaries, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OWNER = "bench"


def _binaries() -> Path:
    """Where `initdb` and `postgres` are: on the path, else the newest of the distribution's versions.

    Raises:
        SystemExit: PostgreSQL is not installed.
    """
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise SystemExit("The benchmark needs PostgreSQL's server programs (package `postgresql`)")
    return versions[-1].parent


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster() -> Iterator[str]:
    """A running server; yields its address without a database's name, as in `postgresql://bench@127.0.0.1:5555`."""
    home = Path(tempfile.mkdtemp(prefix="incidentio-bench-"))
    # initdb refuses root; the server then runs as the account the distribution made for it
    account = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(home, **account)
    binaries, port = _binaries(), free_port()
    initdb = [binaries / "initdb", "-D", home / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=home, **account)  # type: ignore[call-overload]
    server = subprocess.Popen(  # type: ignore[call-overload]
        [binaries / "postgres", "-D", home / "data", "-p", str(port), "-k", home, "-c", "shared_buffers=512MB"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        **account,
    )
    try:
        url = f"postgresql://{OWNER}@127.0.0.1:{port}"
        _wait(f"{url}/postgres")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # the fast shutdown: does not wait for clients
        server.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def _wait(url: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def create_database(url: str, name: str, template: str = "template1") -> str:
    """Make the database `name`, a copy of `template`; returns its address."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{url}/{name}"
