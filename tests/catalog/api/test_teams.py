"""Teams on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog.models import CatalogEntry
from catalog.teams import create_team, update_team
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM, ApiClient

PATH = "/v3/teams"


@pytest.fixture
def backstage(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller who reads the catalog."""
    return api("catalog_viewer", name="Backstage")


def test_a_team_shows_its_people_and_its_entry(backstage: ApiClient, nora: User, omar: User) -> None:
    team = update_team(SYSTEM, create_team(SYSTEM, name="Payments", members=[nora, omar]), name="Checkout")
    entry = CatalogEntry.objects.get(external_id=team.id)
    shown = backstage.get(f"{PATH}/{team.id}").json()["team"]
    assert shown == {
        "id": team.id,
        "name": "Checkout",
        "members": [
            {"id": nora.id, "name": "Nora Lind", "email": "nora@example.com", "slack_user_id": "U0NORA"},
            {"id": omar.id, "name": "Omar Aziz", "email": "omar@example.com"},
        ],
        "catalog_entry": {"id": entry.id, "name": "Checkout", "external_id": team.id},
    }
    assert backstage.get(PATH).json()["teams"] == [shown]


def test_pages_follow_the_last_id(backstage: ApiClient) -> None:
    first, second = (create_team(SYSTEM, name=name) for name in ("Zebra", "Aardvark"))
    page = backstage.get(f"{PATH}?page_size=1").json()
    assert page["pagination_meta"] == {"page_size": 1, "after": first.id}
    assert [team["id"] for team in backstage.get(f"{PATH}?after={first.id}").json()["teams"]] == [second.id]
    assert backstage.get(f"{PATH}?page_size=251").status_code == 422


def test_the_list_costs_the_same_however_long_it_is(
    backstage: ApiClient, nora: User, django_assert_max_num_queries: Any
) -> None:
    backstage.get(PATH)
    for number in range(12):
        create_team(SYSTEM, name=f"Team {number}", members=[nora])
    with django_assert_max_num_queries(4):
        assert len(backstage.get(PATH).json()["teams"]) == 12


def test_an_unknown_team_is_not_found_and_a_viewer_of_incidents_sees_none(
    backstage: ApiClient, api: Callable[..., ApiClient]
) -> None:
    assert backstage.get(f"{PATH}/{new_id()}").status_code == backstage.get(f"{PATH}/x").status_code == 404
    assert api("viewer").get(PATH).status_code == 403
