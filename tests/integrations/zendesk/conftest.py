"""Zendesk, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.zendesk.client import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.standing_in import standing
from tests.integrations.zendesk.fake import EMAIL, TOKEN, Zendesk


@pytest.fixture
def zendesk(hub: None, settings: Any) -> Iterator[Zendesk]:
    """Zendesk, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Zendesk()) as tool:
        values = {"base_url": f"{tool.url}/", "email": EMAIL, "api_token": TOKEN}
        connect(SYSTEM, TOOL, SETTINGS, name="Zendesk", values=values)
        yield tool
