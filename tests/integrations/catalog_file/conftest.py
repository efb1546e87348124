"""A folder of catalogs, and an address that has one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.catalog_file.account import SETTINGS
from integrations.connections import connect
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.standing_in import Asked, Reply, StandIn, standing

PAYLOADS = Path(__file__).parent / "payloads"
TOKEN = "tok-0815"


class FileServer(StandIn):
    """Gives its file to whoever has the token."""

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, "who?"
        return 200, {"types": [{"name": "Service", "entries": [{"external_id": "checkout"}]}]}


@pytest.fixture
def server() -> Iterator[FileServer]:
    with standing(FileServer()) as server:
        yield server


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The hub's folder of catalogs."""
    settings.DATA_DIR = tmp_path
    folder = tmp_path / "catalog"
    folder.mkdir()
    return folder


@pytest.fixture
def file(hub: None, folder: Path) -> Callable[[str | bytes], Connection]:
    """`file("types: …")`: a connection to a file that says this, or to a recorded one of this name."""

    def make(said: str | bytes) -> Connection:
        recorded = PAYLOADS / said if isinstance(said, str) and "\n" not in said and len(said) < 100 else None
        content = said.encode() if isinstance(said, str) else said
        if recorded is not None and recorded.is_file():
            content = recorded.read_bytes()
        (folder / "catalog.yaml").write_bytes(content)
        values = {"location": "catalog.yaml"}
        made = Connection.objects.active().first()
        return made or connect(SYSTEM, "catalog_file", SETTINGS, name="File", values=values)

    return make


@pytest.fixture
def address(hub: None, server: FileServer) -> Connection:
    """A connection to the address."""
    values = {"location": f"{server.url}/services.json", "token": TOKEN}
    return connect(SYSTEM, "catalog_file", SETTINGS, name="Address", values=values)
