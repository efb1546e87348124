"""Opsgenie, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.opsgenie.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.opsgenie.fake import API_KEY, Opsgenie
from tests.integrations.standing_in import standing


@pytest.fixture
def opsgenie(hub: None, settings: Any) -> Iterator[Opsgenie]:
    """Opsgenie, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Opsgenie()) as opsgenie:
        values = {"api_key": API_KEY, "base_url": opsgenie.url}
        connect(SYSTEM, TOOL, SETTINGS, name="Opsgenie", values=values)
        yield opsgenie
