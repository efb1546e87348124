"""A PostgreSQL of our own for some minutes: made from installed binaries, gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.processes import free_port

OWNER = "tests"
MEMORY = Path("/dev/shm")
ROOM = 2**30
# Nothing in it outlives the run, so nothing of it has to survive a crash.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class NotInstalled(Exception):
    """The server programs of PostgreSQL are nowhere to be found."""


def binaries() -> Path:
    """The folder with `initdb` and `postgres`: what `pg_config` says, else the newest of the usual places.

    Raises:
        NotInstalled: there is none.
    """
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], stdout=subprocess.PIPE, text=True, check=False)
        folders.append(Path(said.stdout.strip()))
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin"):
        folders += sorted(Path("/").glob(pattern), key=_version, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NotInstalled


def _version(folder: Path) -> int:
    return int("0" + "".join(filter(str.isdigit, str(folder))))


def _account() -> dict[str, Any]:
    """Who the server runs as: it refuses to be root's, so there it is one of the system's other accounts."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def cluster(settings: dict[str, str] = CARELESS, *, in_memory: bool = True) -> Iterator[str]:
    """A running server with these `settings`, in memory where there is room for it; yields its address without a
    database's name.

    Raises:
        NotInstalled: there are no server programs.
        RuntimeError: the server does not start; the text is its log.
    """
    folder, account = binaries(), _account()
    roomy = in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    home = Path(tempfile.mkdtemp(prefix="incidentio-postgres-", dir=MEMORY if roomy else None))
    try:
        if account:
            os.chown(home, account["user"], account["group"])
        with _server(folder, home, account, settings) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _server(folder: Path, home: Path, account: dict[str, Any], settings: dict[str, str]) -> Iterator[str]:
    password, port, log = secrets.token_hex(16), free_port(), home / "log"
    (home / "password").write_text(password)
    (home / "password").chmod(0o644)  # in a folder that is closed to all but the server's account
    initdb = [folder / "initdb", "-D", home / "data", "-U", OWNER, "-A", "password", "--pwfile", home / "password"]
    options = settings | {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    command = [folder / "postgres", "-D", home / "data", *(f"--{name}={value}" for name, value in options.items())]
    with log.open("wb") as output:
        common: dict[str, Any] = {"stdout": output, "stderr": output, "cwd": home, **account}
        subprocess.run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], check=True, **common)
        # out of reach of Ctrl-C, so that it is there until the tests have tidied up
        server = subprocess.Popen(command, start_new_session=True, **common)
    url = f"postgresql://{OWNER}:{password}@127.0.0.1:{port}"
    try:
        _wait(f"{url}/postgres", server, log)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # the fast shutdown: does not wait for clients
        server.wait()


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()) from error
            time.sleep(0.05)
        else:
            return
