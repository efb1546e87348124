"""A GitHub that is connected."""

from collections.abc import Iterator

import pytest

from integrations.connections import connect
from integrations.github.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.issues import SECRET, follow_up, later
from tests.integrations.standing_in import standing

__all__ = ["follow_up", "later"]


@pytest.fixture
def site() -> Iterator[GitHubSite]:
    with standing(GitHubSite()) as site:
        yield site


@pytest.fixture
def connection(site: GitHubSite) -> Connection:
    """The hub's account there."""
    values = {"api_url": site.url, "token": "hunter2", "repository": REPOSITORY, "webhook_secret": SECRET}
    return connect(SYSTEM, "github", SETTINGS, name="GitHub", values=values)
