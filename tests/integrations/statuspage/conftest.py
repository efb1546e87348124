"""Statuspage, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.statuspage.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.standing_in import standing
from tests.integrations.statuspage.fake import API_KEY, PAGE, Statuspage


@pytest.fixture
def page(hub: None, settings: Any) -> Iterator[Statuspage]:
    """A status page, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Statuspage()) as page:
        values = {"api_key": API_KEY, "page_id": PAGE, "api_url": f"{page.url}/v1"}
        connect(SYSTEM, TOOL, SETTINGS, name="Statuspage", values=values)
        yield page
