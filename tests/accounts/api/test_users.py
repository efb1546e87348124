"""People on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import OrganisationRole, User
from accounts.users import create_user, deactivate_user
from events.models import Event
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM, ApiClient

PATH = "/v2/users"


@pytest.fixture
def terraform(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller who looks people up and sets what they prefer."""
    return api("viewer", "on_call_editor", name="Terraform")


def names(client: ApiClient, query: str = "") -> list[str]:
    answer = client.get(f"{PATH}{query}")
    assert answer.status_code == 200
    return [user["name"] for user in answer.json()["users"]]


def test_people_are_found_by_address_in_any_case_or_by_slack_id(terraform: ApiClient, nora: User, omar: User) -> None:
    assert names(terraform) == ["Nora Lind", "Omar Aziz"]
    assert names(terraform, "?email=NORA@Example.com") == ["Nora Lind"]
    assert names(terraform, "?slack_user_id=U0NORA") == ["Nora Lind"]
    assert names(terraform, "?slack_user_id=U0NORA&email=omar@example.com") == []
    assert names(terraform, "?email=nobody@example.com") == []


def test_who_left_is_listed_on_request_and_always_shown_by_id(terraform: ApiClient, nora: User) -> None:
    deactivate_user(SYSTEM, nora)
    assert names(terraform) == names(terraform, "?email=nora@example.com") == []
    assert names(terraform, "?include_inactive=true&page_size=10000") == ["Nora Lind"]
    shown = terraform.get(f"{PATH}/{nora.id}").json()["user"]
    assert (shown["is_active"], shown["seats"]["response"]) == (False, "none")


@pytest.mark.parametrize(
    ("role", "slug", "seat"),
    [
        ("viewer", "viewer", "viewer_only"),
        ("responder", "responder", "full_access"),
        ("administrator", "admin", "full_access"),
        ("owner", "owner", "full_access"),
        ("unset", "unset", "none"),
    ],
)
def test_everybody_has_a_base_role_and_a_seat(terraform: ApiClient, role: str, slug: str, seat: str) -> None:
    pk = create_user(SYSTEM, email="ada@example.com", name="Ada", role=role).id
    shown = terraform.get(f"{PATH}/{pk}").json()["user"]
    assert (shown["role"], shown["base_role"]["slug"], shown["seats"]["response"]) == (role, slug, seat)
    assert shown["base_role"]["name"] == OrganisationRole(role).label
    assert (shown["custom_roles"], shown["seats"]["on_call"], "slack_user_id" in shown) == ([], "none", False)


def test_pages_follow_the_last_id_to_an_empty_one(terraform: ApiClient, nora: User, omar: User) -> None:
    first = terraform.get(f"{PATH}?page_size=1").json()
    assert first["pagination_meta"] == {"page_size": 1, "after": nora.id}
    assert names(terraform, f"?after={nora.id}") == ["Omar Aziz"]
    assert terraform.get(f"{PATH}?after={omar.id}").json() == {"users": [], "pagination_meta": {"page_size": 25}}


def test_the_list_costs_the_same_however_long_it_is(
    terraform: ApiClient, nora: User, django_assert_max_num_queries: Any
) -> None:
    terraform.get(PATH)
    for number in range(12):
        create_user(SYSTEM, email=f"{number}@example.com", name=f"Person {number}")
    with django_assert_max_num_queries(2):
        assert len(names(terraform)) == 13


@pytest.mark.parametrize(
    "query", ["page_size=10001", "page_size=0", "page_size=many", "after=x", "include_inactive=2", "email=%00"]
)
def test_a_query_that_makes_no_sense_is_refused(terraform: ApiClient, query: str) -> None:
    assert terraform.get(f"{PATH}?{query}").status_code == 422


def test_a_preference_is_kept_and_recorded_once(terraform: ApiClient, nora: User) -> None:
    path = f"{PATH}/{nora.id}/paging_provider"
    assert terraform.get(path).json() == {}
    for _ in range(2):
        answer = terraform.post(path, {"preferred_escalation_provider": "opsgenie"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert terraform.get(path).json() == {"preferred_escalation_provider": "opsgenie"}
    (told,) = Event.objects.filter(type="user.updated", subject_id=nora.id)
    assert (told.actor_label, told.changes) == ("Terraform", {"preferred_escalation_provider": ["", "opsgenie"]})
    assert terraform.post(path, {"preferred_escalation_provider": "fax"}).status_code == 422


@pytest.mark.parametrize("rest", ["", "/paging_provider", "/notification_methods", "/notification_rules"])
def test_nobody_has_an_unknown_id(api: Callable[..., ApiClient], rest: str) -> None:
    caller = api("viewer", "notification_methods_manage", "on_call_viewer")
    for pk in (new_id(), "nobody", "x" * 300):
        assert caller.get(f"{PATH}/{pk}{rest}").status_code == 404


def test_what_the_hub_does_not_offer_it_says(api: Callable[..., ApiClient], nora: User) -> None:
    caller = api("viewer", "notification_methods_manage", "on_call_editor")
    for part in ("notification_methods", "notification_rules"):
        refused = caller.post(f"{PATH}/{nora.id}/{part}", {})
        assert refused.status_code == 404
        assert refused.json()["errors"][0]["message"] == f"This hub does not offer {part.replace('_', ' ')}"
    assert caller.get(f"{PATH}/{nora.id}/policies/{new_id()}/open").json()["errors"][0]["code"] == "not_found"
