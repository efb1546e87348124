"""The environment every test runs in, whatever the developer's own is; loaded before Django's settings."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")

gc.set_threshold(50_000, 20, 20)  # as the web server has it (gunicorn.conf.py)

if "PYTEST_XDIST_WORKER" not in os.environ:
    for name in list(os.environ):
        if name.endswith(("_KEY", "_KEYS")) or name in {
            "PORT",
            "HOST",
            "PUBLIC_URL",
            "CACHE_URL",
            "PRODUCTION",
        }:
            del os.environ[name]
    directory = tempfile.mkdtemp(prefix="incidentio-test-", dir=MEMORY if MEMORY.is_dir() else None)
    Path(directory, "static").mkdir()
    os.environ |= {
        "DATA_DIR": directory,
        "ENV_FILE": os.devnull,
        "TESTS_OWN_DATA_DIR": str(os.getpid()),
        "LOG_LEVEL": "CRITICAL",
        "PUBLIC_URL": "http://hub.test",
        "API_RATE_LIMIT": "1000000",
        "OUTBOUND_ALLOW": "127.0.0.1/32",
        "LEASE_SECONDS": "2",
        "SWEEP_SECONDS": "0.5",
        "WORKER_POLL_SECONDS": "0.05",
    }


def pytest_unconfigure() -> None:
    """Leave nothing behind: the process that made the directory removes it."""
    if os.environ.get("TESTS_OWN_DATA_DIR") == str(os.getpid()):
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests are called alike in every process of a run: no name of one has an address in it."""
    assert " at 0x" not in item.nodeid, f"give its parameters ids: {item.nodeid}"
