"""Datadog, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.datadog.client import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.datadog.fake import API_KEY, APPLICATION_KEY, Datadog
from tests.integrations.standing_in import standing


@pytest.fixture
def datadog(hub: None, settings: Any) -> Iterator[Datadog]:
    """Datadog, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Datadog()) as tool:
        values = {"base_url": tool.url, "api_key": API_KEY, "application_key": APPLICATION_KEY}
        connect(SYSTEM, TOOL, SETTINGS, name="Datadog", values=values)
        yield tool
