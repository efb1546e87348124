"""Microsoft Teams, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.microsoft_teams.steps import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.microsoft_teams.fake import Flow
from tests.integrations.standing_in import standing


@pytest.fixture
def flow(hub: None, settings: Any) -> Iterator[Flow]:
    """A flow that posts in a channel, connected by two names; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Flow()) as flow:
        lines = f"Incidents = {flow.address}\nLeads = {flow.address}"
        connect(SYSTEM, TOOL, SETTINGS, name="Teams", values={"webhooks": lines})
        yield flow
