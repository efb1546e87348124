"""API keys over the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from apikeys.keys import issue
from apikeys.models import ApiKey
from catalog.teams import create_team
from tests.conftest import SYSTEM, ApiClient

KEYS = "/v1/api_keys"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
FULL = {"name": "Terraform", "role_names": ["viewer"], "team_ids": [], "team_role_names": [], "comments": "Runs daily"}


@pytest.fixture
def manager(api: Callable[..., ApiClient]) -> ApiClient:
    return api("api_keys_manage", "viewer", "catalog_editor", name="Manager")


def test_a_new_key_is_shown_with_its_token(manager: ApiClient) -> None:
    answer = manager.post(KEYS, FULL)
    made = answer.json()
    key = ApiKey.objects.get(name="Terraform")
    assert answer.status_code == 201
    assert made.keys() == {"api_key", "token"}
    shown = made["api_key"]
    assert shown["roles"] == [
        {"name": "viewer", "description": "can view data, like public incidents and organization settings"}
    ]
    assert shown["creator"] == {"api_key": {"id": manager.key.id, "name": "Manager"}}
    assert (shown["id"], shown["comments"], shown["team_ids"], shown["team_roles"]) == (key.id, "Runs daily", [], [])
    assert "last_used_at" not in shown


def test_the_token_is_shown_nowhere_else(manager: ApiClient) -> None:
    made = manager.post(KEYS, FULL).json()
    path = f"{KEYS}/{made['api_key']['id']}"
    answers = [manager.get(path), manager.get(KEYS), manager.put(path, FULL)]
    assert all(answer.status_code == 200 for answer in answers)
    assert not any(made["token"][:12] in answer.content.decode() for answer in answers)


def test_a_person_who_made_a_key_is_named_with_what_they_are(manager: ApiClient, omar: User) -> None:
    key = issue(omar.actor, name="By hand", roles=[]).key
    creator = manager.get(f"{KEYS}/{key.id}").json()["api_key"]["creator"]
    assert creator == {
        "user": {"id": omar.id, "name": "Omar Aziz", "email": "omar@example.com", "role": "administrator"}
    }


def test_teams_and_their_roles_are_shown(manager: ApiClient) -> None:
    team = create_team(SYSTEM, name="Payments")
    body = FULL | {"team_ids": [team.id], "team_role_names": ["catalog_editor"]}
    shown = manager.post(KEYS, body).json()["api_key"]
    assert shown["team_ids"] == [team.id]
    assert [role["name"] for role in shown["team_roles"]] == ["catalog_editor"]


@pytest.mark.parametrize("missing", ["name", "role_names", "team_ids", "team_role_names"])
def test_all_but_comments_must_be_sent(manager: ApiClient, missing: str) -> None:
    body = {name: value for name, value in FULL.items() if name != missing}
    answers = [manager.post(KEYS, body), manager.put(f"{KEYS}/{manager.key.id}", body)]
    for answer in answers:
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["code"], error["source"]["pointer"]) == ("is_required", missing)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 7}, "name"),
        ({"comments": "x" * 5001}, "comments"),
        ({"comments": "nul \0"}, "comments"),
        ({"role_names": ["owner"]}, "role_names.0"),
        ({"role_names": "viewer"}, "role_names"),
        ({"team_role_names": ["viewer"]}, "team_role_names.0"),
        ({"team_role_names": ["catalog_editor"]}, "team_ids"),
        ({"team_ids": [UNKNOWN], "team_role_names": ["catalog_editor"]}, "team_ids.0"),
        ({"team_ids": ["payments"], "team_role_names": ["catalog_editor"]}, "team_ids.0"),
    ],
)
def test_what_is_wrong_is_named(manager: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    answer = manager.post(KEYS, FULL | wrong)
    assert answer.status_code == 422
    assert [error["source"]["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert ApiKey.objects.count() == 1


def test_teams_without_roles_for_them_are_refused(manager: ApiClient) -> None:
    body = FULL | {"team_ids": [create_team(SYSTEM, name="Payments").id]}
    assert manager.post(KEYS, body).json()["errors"][0]["source"]["pointer"] == "team_role_names"


def test_putting_a_key_replaces_all_the_api_knows_of_it(manager: ApiClient) -> None:
    made = manager.post(KEYS, FULL).json()
    path = f"{KEYS}/{made['api_key']['id']}"
    ApiKey.objects.filter(name="Terraform").update(rate_limit=7)
    changed = {"name": "Tofu", "role_names": [], "team_ids": [], "team_role_names": [], "comments": None}
    shown = manager.put(path, changed).json()["api_key"]
    assert (shown["name"], shown["roles"], "comments" in shown) == ("Tofu", [], False)
    assert ApiKey.objects.get(name="Tofu").rate_limit == 7
    assert ApiClient(made["token"]).get("/v1/identity").json()["identity"]["name"] == "Tofu"


def test_a_deleted_key_is_gone_from_the_api_and_kept_for_history(manager: ApiClient) -> None:
    path = f"{KEYS}/{manager.post(KEYS, FULL).json()['api_key']['id']}"
    answer = manager.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [manager.get(path).status_code, manager.delete(path).status_code] == [404, 404]
    assert ApiKey.objects.get(name="Terraform").revoked_at is not None


@pytest.mark.parametrize("pk", [UNKNOWN, "x", UNKNOWN.lower(), "%00"])
def test_an_unknown_key_is_404(manager: ApiClient, pk: str) -> None:
    path = f"{KEYS}/{pk}"
    rotate = manager.post(f"{path}/actions/rotate", {"grace_period_minutes": 0})
    answers = [manager.get(path), manager.put(path, FULL), manager.delete(path), rotate]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.json()["type"] for answer in answers} == {"not_found"}


def test_rotating_gives_a_new_token_and_says_when(manager: ApiClient) -> None:
    made = manager.post(KEYS, FULL).json()
    answer = manager.post(f"{KEYS}/{made['api_key']['id']}/actions/rotate", {"grace_period_minutes": 30})
    rotated = answer.json()
    assert (answer.status_code, rotated.keys()) == (201, {"api_key", "token"})
    assert rotated["api_key"]["token_last_issued_at"] > made["api_key"]["token_last_issued_at"]
    working = [ApiClient(token).get("/v1/identity").status_code for token in (made["token"], rotated["token"])]
    assert working == [200, 200]


@pytest.mark.parametrize("grace", [-1, 61, "30", 1.5, None])
def test_the_grace_period_is_0_to_60_minutes(manager: ApiClient, grace: Any) -> None:
    path = f"{KEYS}/{manager.key.id}/actions/rotate"
    answers = [manager.post(path, {"grace_period_minutes": grace}), manager.post(path, {})]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["errors"][0]["source"]["pointer"] == "grace_period_minutes"


def test_the_list_goes_page_by_page_newest_first(manager: ApiClient) -> None:
    for number in range(5):
        issue(SYSTEM, name=f"Key {number}", roles=[])
    first = manager.get(f"{KEYS}?page_size=4").json()
    second = manager.get(f"{KEYS}?page_size=4&after={first['pagination_meta']['after']}").json()
    names = [key["name"] for page in (first, second) for key in page["api_keys"]]
    assert names == ["Key 4", "Key 3", "Key 2", "Key 1", "Key 0", "Manager"]
    assert second["pagination_meta"] == {"page_size": 4}
    beyond = manager.get(f"{KEYS}?after={second['api_keys'][-1]['id']}").json()
    assert beyond == {"api_keys": [], "pagination_meta": {"page_size": 25}}


@pytest.mark.parametrize("query", ["page_size=251", "page_size=0", "page_size=x", "after=x"])
def test_a_page_that_cannot_be_is_422(manager: ApiClient, query: str) -> None:
    assert manager.get(f"{KEYS}?{query}").status_code == 422


def test_the_list_asks_the_database_the_same_whatever_its_length(
    manager: ApiClient, omar: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    team = create_team(SYSTEM, name="Payments")
    for number in range(20):
        issue(omar.actor, name=f"Key {number}", roles=[], team_ids=[team.id], team_roles=["catalog_editor"])
    manager.get(KEYS)
    with django_assert_num_queries(4):  # the caller, the keys, their teams, their makers
        assert len(manager.get(KEYS).json()["api_keys"]) == 21
