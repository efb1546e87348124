"""PagerDuty, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.pagerduty.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.pagerduty.fake import ROUTING_KEY, TOKEN, PagerDuty
from tests.integrations.standing_in import standing


@pytest.fixture
def pager(hub: None, settings: Any) -> Iterator[PagerDuty]:
    """PagerDuty, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(PagerDuty()) as pager:
        values = {
            "routing_key": ROUTING_KEY,
            "api_token": TOKEN,
            "from_email": "omar@example.com",
            "service_id": "PWIXJZS",
            "events_url": pager.url,
            "api_url": pager.url,
        }
        connect(SYSTEM, TOOL, SETTINGS, name="PagerDuty", values=values)
        yield pager
