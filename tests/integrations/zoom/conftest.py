"""Zoom, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.zoom.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.standing_in import standing
from tests.integrations.zoom.fake import CLIENT, SECRET, Zoom
from tests.workflows.passing import later

__all__ = ["later"]


def values(zoom: Zoom, /, **said: str) -> dict[str, str]:
    """What a connection to this Zoom holds."""
    known = {"account_id": zoom.account, "client_id": CLIENT, "client_secret": SECRET}
    return known | {"oauth_url": zoom.url, "api_url": zoom.url} | said


@pytest.fixture
def zoom(hub: None, settings: Any) -> Iterator[Zoom]:
    """Zoom, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Zoom()) as zoom:
        connect(SYSTEM, TOOL, SETTINGS, name="Zoom", values=values(zoom))
        yield zoom
