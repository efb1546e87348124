"""The call by which clients check that their key works."""

from collections.abc import Callable

from catalog.teams import create_team
from tests.conftest import SYSTEM, ApiClient


def test_a_key_learns_who_it_is(api: Callable[..., ApiClient]) -> None:
    answer = api("incident_creator", "viewer", name="Zendesk").get("/v1/identity")
    assert answer.json() == {
        "identity": {
            "name": "Zendesk",
            "roles": ["viewer", "incident_creator"],
            "team_roles": [],
            "teams": [],
            "dashboard_url": "http://hub.test",
        }
    }


def test_a_key_without_roles_may_ask(api: Callable[..., ApiClient]) -> None:
    assert api().get("/v1/identity").status_code == 200


def test_a_key_of_teams_learns_which(api: Callable[..., ApiClient]) -> None:
    teams = [create_team(SYSTEM, name=name) for name in ("Search", "Payments")]
    caller = api(team_ids=[team.id for team in teams], team_roles=["catalog_editor"])
    identity = caller.get("/v1/identity").json()["identity"]
    assert identity["team_roles"] == ["catalog_editor"]
    assert identity["teams"] == [{"id": team.id, "name": team.name} for team in reversed(teams)]
