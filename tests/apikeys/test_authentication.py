"""Who may in, and what it costs to find out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request

from apikeys.authentication import ApiKeyAuthentication, Caller
from apikeys.keys import revoke, rotate
from apikeys.models import ApiKey, ApiKeyToken
from apikeys.tokens import new_token
from events.models import Event
from events.record import config_version
from tests.conftest import SYSTEM, ApiClient

Queries = Callable[..., Any]
ME = "/v1/identity"


def refusal(caller: ApiClient, **headers: str) -> tuple[int, str, str, str]:
    answer = caller.get(ME, **headers)
    body = answer.json()
    return answer.status_code, body["type"], body["errors"][0]["code"], body["errors"][0]["message"]


def invalid(why: str = "") -> tuple[int, str, str, str]:
    return 401, "authentication_error", "access_token_invalid", f"Access token is not valid{why}"


def test_a_key_gets_in_with_one_statement(api: Callable[..., ApiClient], django_assert_num_queries: Queries) -> None:
    caller = api("viewer")
    caller.get(ME)
    with django_assert_num_queries(1):
        assert caller.get(ME).status_code == 200


def test_without_a_key_nobody_gets_in(anonymous: ApiClient, django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(0):
        answer = anonymous.get(ME)
    assert answer.status_code == 401
    assert answer.json()["errors"] == [
        {
            "code": "missing_authorization_material",
            "message": "No authorization material provided in request",
        }
    ]


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Basic b21hcjpzZWNyZXQ=", "inc_123", ""])
def test_what_is_no_bearer_token_counts_as_nothing(anonymous: ApiClient, header: str) -> None:
    assert refusal(anonymous, Authorization=header)[2] == "missing_authorization_material"


def test_the_scheme_may_be_written_in_any_case(api: Callable[..., ApiClient]) -> None:
    caller = api("viewer")
    assert caller.get(ME, Authorization=f"bearer {caller.token}").status_code == 200


def test_a_mistyped_token_never_reaches_the_database(
    api: Callable[..., ApiClient], django_assert_num_queries: Queries
) -> None:
    token = api("viewer").token or ""
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    with django_assert_num_queries(0):
        assert refusal(ApiClient(wrong)) == invalid()


def test_an_unknown_token_is_refused_with_one_statement(django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(1):
        assert refusal(ApiClient(new_token())) == invalid()


def test_a_token_is_not_found_by_its_prefix_alone(api: Callable[..., ApiClient]) -> None:
    api("viewer")
    stranger = new_token()
    ApiKeyToken.objects.update(prefix=stranger[4:12])
    assert refusal(ApiClient(stranger)) == invalid()


def test_two_tokens_may_share_a_prefix(api: Callable[..., ApiClient]) -> None:
    first, second = api("viewer", name="First"), api("viewer", name="Second")
    ApiKeyToken.objects.filter(api_key=first.key).update(prefix=(second.token or "")[4:12])
    assert second.get(ME).json()["identity"]["name"] == "Second"


def test_a_revoked_key_is_refused(api: Callable[..., ApiClient]) -> None:
    caller = api("viewer")
    revoke(SYSTEM, caller.key)
    assert refusal(caller) == invalid()


def test_an_expired_key_is_refused_and_told_so(api: Callable[..., ApiClient]) -> None:
    caller = api("viewer", expires_at=timezone.now() + timedelta(hours=1))
    assert caller.get(ME).status_code == 200
    ApiKey.objects.update(expires_at=timezone.now().replace(microsecond=0))
    assert refusal(caller) == invalid(": it has expired")


def test_after_rotation_the_old_token_works_for_the_grace_period(api: Callable[..., ApiClient]) -> None:
    old = api("viewer")
    new = ApiClient(rotate(SYSTEM, old.key, timedelta(minutes=5)).token)
    assert (old.get(ME).status_code, new.get(ME).status_code) == (200, 200)
    ApiKeyToken.objects.filter(expires_at__isnull=False).update(expires_at=timezone.now())
    assert refusal(old) == invalid(": it has expired")
    assert new.get(ME).status_code == 200


@pytest.mark.parametrize(
    ("network", "address", "allowed"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "::1", False),
        ("2001:db8::/32", "2001:db8::7", True),
        ("2001:db8::/32", "10.1.2.3", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("10.0.0.0/8", "not an address", False),
    ],
)
def test_a_key_works_from_its_networks_only(
    api: Callable[..., ApiClient], settings: Any, network: str, address: str, allowed: bool
) -> None:
    settings.TRUSTED_PROXIES = 1
    caller = api("viewer", allowed_networks=["198.51.100.0/24", network])
    answer = caller.get(ME, **{"X-Forwarded-For": address})
    assert (answer.status_code == 200) == allowed


def test_who_asks_from_elsewhere_is_told_the_address_we_saw(api: Callable[..., ApiClient]) -> None:
    caller = api("viewer", allowed_networks=["10.0.0.0/8"])
    assert refusal(caller, **{"X-Forwarded-For": "10.0.0.1"}) == invalid(" from 127.0.0.1")


def test_use_is_noted_once_a_minute(api: Callable[..., ApiClient], django_assert_num_queries: Queries) -> None:
    caller = api("viewer")
    caller.get(ME)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    caller.get(ME)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    caller.get(ME)
    assert ApiKey.objects.get().last_used_at > first


def test_the_caller_knows_the_configuration_it_reads_by(api: Callable[..., ApiClient]) -> None:
    client = api("viewer", "global_access")
    request = Request(RequestFactory().get(ME, headers={"Authorization": f"Bearer {client.token}"}))
    user, caller = ApiKeyAuthentication().authenticate(request) or (None, None)
    assert user is None
    assert isinstance(caller, Caller)
    assert caller.config_version == config_version()
    assert (caller.key_row(), caller.actor) == (client.key, client.key.actor)
    assert caller.sees_private


def test_nothing_told_or_listed_shows_a_token(api: Callable[..., ApiClient]) -> None:
    caller = api("viewer")
    rotated = rotate(SYSTEM, caller.key, timedelta(0))
    secrets = [caller.token or "", rotated.token, *ApiKeyToken.objects.values_list("hash", flat=True)]
    told = repr([list(Event.objects.values()), list(ApiKey.objects.values())])
    assert len(secrets) == 4
    assert [secret for secret in secrets if secret in told] == []
