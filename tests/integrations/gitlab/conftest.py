"""A GitLab that is connected."""

from collections.abc import Iterator

import pytest

from integrations.connections import connect
from integrations.gitlab.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.gitlab.site import PROJECT, TOKEN, GitLabSite
from tests.integrations.issues import SECRET, follow_up, later
from tests.integrations.standing_in import standing

__all__ = ["follow_up", "later"]


@pytest.fixture
def site() -> Iterator[GitLabSite]:
    with standing(GitLabSite()) as site:
        yield site


@pytest.fixture
def connection(site: GitLabSite) -> Connection:
    """The hub's account there."""
    values = {"url": f"{site.address}/", "token": TOKEN, "project": PROJECT, "webhook_secret": SECRET}
    return connect(SYSTEM, "gitlab", SETTINGS, name="GitLab", values=values)
