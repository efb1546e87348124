"""Every operation of V1 by every role: allowed where the role has the scope, else refused in people's words."""

from collections.abc import Callable, Iterator

import pytest

from apikeys.roles import ROLES, TEAM_ROLES, find_role, permission_label, scopes_of
from incidentio.core.views import Operation
from incidentio.urls import urlpatterns
from tests.conftest import ApiClient

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation of everything `urls.py` serves under /v1."""
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        view = getattr(pattern.callback, "cls", None)
        if route.startswith("v1/") and view is not None:
            for method, action in pattern.callback.actions.items():  # type: ignore[attr-defined]
                yield method, "/" + route.replace("<str:pk>", UNKNOWN), getattr(view, action).operation


OPERATIONS = list(operations())


def test_the_walk_finds_the_operations() -> None:
    assert len(OPERATIONS) >= 46
    assert len({operation.id for _, _, operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("name", ROLES)
def test_a_role_allows_what_its_scopes_say_and_nothing_else(api: Callable[..., ApiClient], name: str) -> None:
    caller, wrong = api(name), []
    for method, path, operation in OPERATIONS:
        allowed = operation.scope is None or operation.scope in ROLES[name].scopes
        answer = caller.request(method, path, {} if method in ("post", "put") else None)
        assert answer.status_code < 500
        if (answer.status_code != 403) != allowed:
            wrong.append((operation.id, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("operation", [row for row in OPERATIONS if row[2].scope], ids=lambda row: row[2].id)
def test_a_refusal_names_the_missing_permission(
    api: Callable[..., ApiClient], operation: tuple[str, str, Operation]
) -> None:
    method, path, about = operation
    answer = api(name="Powerless").request(method, path, {} if method in ("post", "put") else None)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["type"]) == (403, "resource_forbidden")
    assert error["code"] == "missing_required_scopes"
    holders = [role.label for role in ROLES.values() if about.scope in role.scopes]
    assert any(f"'{label}'" in error["message"] for label in holders)


def test_there_are_the_published_roles() -> None:
    assert len(ROLES) == 33
    assert len(TEAM_ROLES) == 11


def test_every_role_has_a_label_of_its_own_and_allows_something() -> None:
    assert len({role.label.casefold() for role in ROLES.values()}) == len(ROLES)
    assert all(role.scopes and role.description for role in ROLES.values())


@pytest.mark.parametrize(
    ("scope", "label"),
    [
        ("incidents.create", "Create incidents"),
        ("actions.create", "Edit incidents"),
        ("severities.view", "View data, like public incidents and organisation settings"),
        ("catalog_entries.view", "View catalog types and entries"),
        ("api_keys.rotate", "View, create, edit, delete or rotate API keys"),
    ],
)
def test_a_permission_is_called_by_its_narrowest_role(scope: str, label: str) -> None:
    assert permission_label(scope) == label


@pytest.mark.parametrize("text", ["incident_creator", "Create incidents", " can create INCIDENTS ", "Incident_Creator"])
def test_people_name_a_role_as_they_like(text: str) -> None:
    assert find_role(text) == ROLES["incident_creator"]


def test_rights_of_several_roles_add_up() -> None:
    assert scopes_of(("incident_creator", "viewer", "from the future")) == (
        ROLES["incident_creator"].scopes | ROLES["viewer"].scopes
    )
