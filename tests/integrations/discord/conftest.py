"""Discord, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.discord.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.discord.fake import PATH, Discord
from tests.integrations.standing_in import standing
from tests.workflows.passing import later

__all__ = ["later"]


@pytest.fixture
def discord(hub: None, settings: Any) -> Iterator[Discord]:
    """Discord, connected with two channels; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Discord()) as discord:
        lines = f"incidents = {discord.url}{PATH}\n#On call = {discord.url}{PATH}?thread_id=42"
        connect(SYSTEM, TOOL, SETTINGS, name="Discord", values={"webhooks": lines})
        yield discord
