"""What a key may do to other keys, over the API."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Team
from apikeys.models import ApiKey
from catalog.teams import create_team
from tests.conftest import SYSTEM, ApiClient

Api = Callable[..., ApiClient]
KEYS = "/v1/api_keys"


def wanted(**said: Any) -> dict[str, Any]:
    return {"name": "New", "role_names": [], "team_ids": [], "team_role_names": []} | said


def first_error(answer: Any) -> tuple[int, str, str | None]:
    error = answer.json()["errors"][0]
    return answer.status_code, error["code"], error.get("source", {}).get("pointer")


@pytest.fixture
def payments() -> Team:
    return create_team(SYSTEM, name="Payments")


@pytest.fixture
def search() -> Team:
    return create_team(SYSTEM, name="Search")


@pytest.fixture
def lead_of_payments(api: Api, payments: Team) -> ApiClient:
    """A key that manages the keys of Payments and may edit their catalog."""
    return api("viewer", name="Lead", team_ids=[payments.id], team_roles=["api_keys_manage", "catalog_editor"])


def key_of(api: Api, *teams: Team) -> ApiKey:
    made: ApiKey = api(team_ids=[team.id for team in teams], team_roles=["catalog_editor"] if teams else []).key
    return made


def test_a_key_hands_out_the_roles_it_has(api: Api) -> None:
    answer = api("api_keys_manage", "viewer").post(KEYS, wanted(role_names=["viewer"]))
    assert answer.status_code == 201
    assert ApiClient(answer.json()["token"]).get("/v1/severities").status_code == 200


@pytest.mark.parametrize("role", ["incident_creator", "global_access", "secrets_use"])
def test_a_key_hands_out_no_role_it_lacks(api: Api, role: str) -> None:
    answer = api("api_keys_manage", "viewer").post(KEYS, wanted(role_names=["viewer", role]))
    assert first_error(answer) == (403, "missing_required_scopes", None)
    assert ApiKey.objects.count() == 1


def test_what_counts_are_the_scopes_not_the_names(api: Api) -> None:
    answer = api("api_keys_manage", "catalog_editor").post(KEYS, wanted(role_names=["catalog_viewer"]))
    assert answer.status_code == 201


@pytest.mark.parametrize("field", ["role_names", "team_role_names"])
def test_managing_keys_is_never_handed_out(api: Api, payments: Team, field: str) -> None:
    body = wanted(team_ids=[payments.id], team_role_names=["catalog_editor"]) | {field: ["api_keys_manage"]}
    manager = api("api_keys_manage", "catalog_editor")
    assert first_error(manager.post(KEYS, body)) == (422, "invalid_value", field)
    other = api("viewer").key
    assert first_error(manager.put(f"{KEYS}/{other.id}", body)) == (422, "invalid_value", field)


def test_a_key_cannot_edit_itself(api: Api) -> None:
    manager = api("api_keys_manage", "viewer")
    answer = manager.put(f"{KEYS}/{manager.key.id}", wanted(role_names=["viewer"]))
    assert first_error(answer) == (403, "cannot_edit_itself", None)


def test_editing_another_key_hands_out_no_more_than_one_has(api: Api) -> None:
    manager, other = api("api_keys_manage", "viewer"), api("viewer").key
    answer = manager.put(f"{KEYS}/{other.id}", wanted(role_names=["incident_creator"]))
    assert first_error(answer) == (403, "missing_required_scopes", None)
    other.refresh_from_db()
    assert other.roles == ["viewer"]


def test_rotating_needs_everything_the_other_key_may(api: Api) -> None:
    manager, strong, weak = api("api_keys_manage", "viewer"), api("viewer", "global_access").key, api("viewer").key
    answers = [
        manager.post(f"{KEYS}/{key.id}/actions/rotate", {"grace_period_minutes": 0}).status_code
        for key in (strong, weak, manager.key)
    ]
    assert answers == [403, 201, 201]


def test_deleting_needs_none_of_what_the_other_key_may(api: Api) -> None:
    strong = api("viewer", "global_access")
    assert api("api_keys_manage").delete(f"{KEYS}/{strong.key.id}").status_code == 204
    assert strong.get("/v1/identity").status_code == 401


def test_a_manager_for_teams_sees_their_keys_only(
    api: Api, lead_of_payments: ApiClient, payments: Team, search: Team
) -> None:
    mine, shared, theirs, nobodys = (
        key_of(api, payments),
        key_of(api, payments, search),
        key_of(api, search),
        key_of(api),
    )
    listed = {key["id"] for key in lead_of_payments.get(KEYS).json()["api_keys"]}
    assert listed == {mine.id, lead_of_payments.key.id}
    for hidden in (shared, theirs, nobodys):
        assert lead_of_payments.get(f"{KEYS}/{hidden.id}").status_code == 404
        assert lead_of_payments.delete(f"{KEYS}/{hidden.id}").status_code == 404


def test_a_manager_for_teams_deletes_and_rotates_their_keys(
    api: Api, lead_of_payments: ApiClient, payments: Team
) -> None:
    key = key_of(api, payments)
    rotated = lead_of_payments.post(f"{KEYS}/{key.id}/actions/rotate", {"grace_period_minutes": 5})
    assert rotated.status_code == 201
    assert lead_of_payments.delete(f"{KEYS}/{key.id}").status_code == 204


def test_a_manager_for_teams_makes_keys_for_them_only(
    lead_of_payments: ApiClient, payments: Team, search: Team
) -> None:
    def create(*teams: Team, **said: Any) -> Any:
        names = ["catalog_editor"] if teams else []
        return lead_of_payments.post(KEYS, wanted(team_ids=[team.id for team in teams], team_role_names=names, **said))

    assert create(payments).status_code == 201
    assert create(payments, role_names=["viewer"]).status_code == 201
    assert first_error(create(payments, role_names=["catalog_editor"]))[:2] == (403, "missing_required_scopes")
    for elsewhere in (create(), create(search), create(payments, search)):
        assert first_error(elsewhere) == (422, "invalid_value", "team_ids")


def test_a_manager_of_all_keys_may_name_any_team_but_needs_the_roles(api: Api, search: Team) -> None:
    body = wanted(team_ids=[search.id], team_role_names=["catalog_editor"])
    assert first_error(api("api_keys_manage").post(KEYS, body))[:2] == (403, "missing_required_scopes")
    assert api("api_keys_manage", "catalog_editor").post(KEYS, body).status_code == 201


def test_a_role_for_teams_opens_nothing_that_does_not_keep_to_them(api: Api, payments: Team) -> None:
    caller = api(team_ids=[payments.id], team_roles=["api_keys_manage", "catalog_editor"])
    assert caller.get(KEYS).status_code == 200
    assert caller.get("/v1/severities").status_code == 403
