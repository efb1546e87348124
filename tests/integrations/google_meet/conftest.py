"""Google Meet, and the hub connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.google_meet.account import SETTINGS, TOOL
from tests.conftest import SYSTEM
from tests.integrations.google_meet.fake import Google, key_file
from tests.integrations.standing_in import standing
from tests.workflows.passing import later

__all__ = ["later"]


def values(google: Google, /, **said: str) -> dict[str, str]:
    """What a connection to this Google holds."""
    known = {"key": key_file(), "subject": google.host, "access": "TRUSTED"}
    return known | {"token_url": f"{google.url}/token", "api_url": google.url} | said


@pytest.fixture
def google(hub: None, settings: Any) -> Iterator[Google]:
    """Google, connected; calls to it may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9
    with standing(Google()) as google:
        connect(SYSTEM, TOOL, SETTINGS, name="Meet", values=values(google))
        yield google
