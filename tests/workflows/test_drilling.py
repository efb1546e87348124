"""A fire drill goes through every connection and every workflow that is switched on, and cleans up after itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.connections import connect
from integrations.github.account import SETTINGS
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.standing_in import standing
from workflows.drilling import advance, start_drill
from workflows.drills import How, Link, links_of
from workflows.models import FireDrill

Finish = Callable[[], FireDrill]


@pytest.fixture
def site() -> Iterator[GitHubSite]:
    with standing(GitHubSite()) as site:
        yield site


@pytest.fixture
def github(site: GitHubSite) -> Connection:
    """GitHub, connected."""
    values = {"api_url": site.url, "token": "hunter2", "repository": REPOSITORY}
    return connect(SYSTEM, "github", SETTINGS, name="GitHub", values=values)


@pytest.fixture
def finish(drain: Callable[[], None], settings: Any) -> Finish:
    """`finish()`: a drill, to its end, as workers go through it."""
    settings.FIRE_DRILL_SECONDS = 30.0

    def go() -> FireDrill:
        drill = start_drill(SYSTEM)
        for _ in range(12):
            drain()
            drill.refresh_from_db()
            if drill.state == "done":
                return drill
            advance.call(drill.pk)
        return drill

    return go


def links(drill: FireDrill) -> dict[tuple[str, str], Link]:
    return {(link.where, link.what): link for link in links_of(drill)}


def test_it_makes_an_issue_and_closes_it(finish: Finish, github: Connection, site: GitHubSite) -> None:
    drill = finish()
    assert drill.state == "done"
    found = links(drill)
    assert found["GitHub", "Connection"].how == How.WORKS
    assert found["Create an issue in GitHub", "github.create_issue"].how == How.WORKS
    assert found["GitHub", "Tidying up"].said == "Closed acme/operations#1"
    (issue,) = site.issues
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
    assert issue["title"].endswith("Fire drill: nothing is on fire")
