"""A Backstage that is connected."""

from collections.abc import Iterator

import pytest

from integrations.backstage.account import SETTINGS
from integrations.connections import connect
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.backstage.site import TOKEN, BackstageSite
from tests.integrations.standing_in import standing


@pytest.fixture
def site() -> Iterator[BackstageSite]:
    with standing(BackstageSite()) as site:
        yield site


@pytest.fixture
def connection(hub: None, site: BackstageSite) -> Connection:
    """The hub's account there."""
    values = {"base_url": site.url, "token": TOKEN, "annotations": "github.com/project-slug"}
    return connect(SYSTEM, "backstage", SETTINGS, name="Backstage", values=values)
