"""A Jira that is connected."""

from collections.abc import Iterator

import pytest

from integrations.connections import connect
from integrations.jira.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.issues import SECRET, follow_up, later
from tests.integrations.jira.site import JiraSite
from tests.integrations.standing_in import standing

__all__ = ["follow_up", "later"]


def account_at(site: JiraSite, **said: str) -> Connection:
    """The hub's account at a Jira."""
    values = {"site": site.url, "token": "hunter2", "project": "OPS", "webhook_secret": SECRET}
    values |= {"email": "omar@example.com"} if site.cloud else {"deployment": "server"}
    return connect(SYSTEM, "jira", SETTINGS, name="Jira", values=values | said)


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with standing(JiraSite()) as site:
        yield site


@pytest.fixture
def connection(site: JiraSite) -> Connection:
    return account_at(site)
