"""A Linear that is connected."""

from collections.abc import Iterator

import pytest

from integrations.connections import connect
from integrations.linear.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.issues import SECRET, follow_up, later
from tests.integrations.linear.site import KEY, LinearSite
from tests.integrations.standing_in import standing

__all__ = ["follow_up", "later"]


@pytest.fixture
def site() -> Iterator[LinearSite]:
    with standing(LinearSite()) as site:
        yield site


@pytest.fixture
def connection(site: LinearSite) -> Connection:
    """The hub's account there."""
    values = {"api_url": f"{site.url}/graphql", "api_key": KEY, "team": "OPS", "webhook_secret": SECRET}
    return connect(SYSTEM, "linear", SETTINGS, name="Linear", values=values)
