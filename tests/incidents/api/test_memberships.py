"""/v1/incident_memberships: grant and revoke."""

from collections.abc import Callable

import pytest

from accounts.models import User
from incidents.models import Incident, Membership
from tests.conftest import ApiClient

PATH = "/v1/incident_memberships"
REVOKE = f"{PATH}/actions/revoke"
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def guard(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller that opens private incidents to people."""
    return api("viewer", "global_access", "incident_memberships_editor")


def test_access_is_granted_once_and_revoked_once(
    declare: Callable[..., Incident], nora: User, guard: ApiClient
) -> None:
    body = {"incident_id": declare(visibility="private").id, "user_id": nora.id}
    first, again = guard.post(PATH, body), guard.post(PATH, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    shown = first.json()["incident_membership"]
    assert (shown["id"], shown["incident_id"]) == (Membership.objects.get().id, body["incident_id"])
    assert (shown["user"]["id"], shown["created_at"]) == (nora.id, shown["updated_at"])
    for _ in range(2):
        gone = guard.post(REVOKE, body)
        assert (gone.status_code, gone.content) == (204, b"")
    assert not Membership.objects.exists()


@pytest.mark.parametrize("path", [PATH, REVOKE])
def test_a_public_incident_is_refused(
    declare: Callable[..., Incident], nora: User, guard: ApiClient, path: str
) -> None:
    response = guard.post(path, {"incident_id": declare().id, "user_id": nora.id})
    assert response.status_code == 422
    assert "public" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", [PATH, REVOKE])
@pytest.mark.parametrize("field", ["incident_id", "user_id"])
def test_an_unknown_id_is_named(declare: Callable[..., Incident], guard: ApiClient, path: str, field: str) -> None:
    known = {"incident_id": declare(visibility="private").id, "user_id": UNKNOWN}
    for value in (UNKNOWN, "nora@example.com", "", 7, None):
        response = guard.post(path, known | {field: value})
        assert (response.status_code, response.json()["errors"][0]["source"]["pointer"]) == (422, field)


def test_without_global_access_a_private_incident_does_not_exist(
    declare: Callable[..., Incident], nora: User, everyone: ApiClient
) -> None:
    incident = declare(visibility="private")
    response = everyone.post(PATH, {"incident_id": incident.id, "user_id": nora.id})
    assert (response.status_code, response.json()["errors"][0]["source"]["pointer"]) == (422, "incident_id")
    assert not Membership.objects.exists()
