"""API keys in the admin."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from apikeys.keys import issue, revoke
from apikeys.models import ApiKey, ApiKeyToken
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk, errors


def issued(desk: Desk, **said: Any) -> tuple[ApiKey, str]:
    """A key made in the admin, and its token as the page shows it."""
    answer = desk.fill("apikeys_apikey_add", **({"name": "Zendesk", "roles": ["incident_creator"]} | said))
    page = desk.client.get(answer["Location"]).content.decode()
    found = re.search(r"inc_[0-9A-Za-z]{30,}", page)
    assert found is not None
    return ApiKey.objects.latest("id"), found[0]


def test_a_new_key_works_with_the_token_that_was_shown(desk: Desk) -> None:
    key, token = issued(desk)
    assert ApiClient(token).post("/v1/incidents", {"idempotency_key": "1", "visibility": "public"}).status_code == 200
    assert [(event.type, event.subject_id) for event in desk.events()] == [("api_key.created", key.pk)]


def test_the_token_is_shown_once(desk: Desk) -> None:
    key, token = issued(desk)
    again = desk.get("apikeys_apikey_secret", key.pk)
    assert again["Location"] == reverse("admin:apikeys_apikey_changelist")
    for page in (desk.get("apikeys_apikey_change", key.pk), desk.get("apikeys_apikey_changelist")):
        assert token not in page.content.decode()


def test_the_token_waits_for_its_page_encrypted(desk: Desk) -> None:
    desk.fill("apikeys_apikey_add", name="Zendesk", roles=["incident_creator"])
    stored = str([session.get_decoded() for session in Session.objects.all()])
    assert "shown_once" in stored
    assert "inc_" not in stored


def test_the_hash_is_on_no_page(desk: Desk) -> None:
    key, _ = issued(desk)
    found = ApiKeyToken.objects.get(api_key=key)
    page = desk.get("apikeys_apikey_change", key.pk).content.decode()
    assert f"inc_{found.prefix}" in page
    assert found.hash not in page


def test_the_page_that_shows_it_is_kept_by_nobody(desk: Desk) -> None:
    answer = desk.fill("apikeys_apikey_add", name="Zendesk", roles=["viewer"])
    assert "no-store" in desk.client.get(answer["Location"])["Cache-Control"]


def test_roles_are_ticked_by_label_with_a_word_of_help(desk: Desk) -> None:
    page = desk.get("apikeys_apikey_add").content.decode()
    assert 'type="checkbox" name="roles" value="incident_creator"' in page
    assert "Create incidents" in page
    assert "can create incidents" in page


def test_the_leash_is_kept(desk: Desk) -> None:
    key, _ = issued(desk, allowed_networks="10.0.0.0/8\n192.168.1.0/24", rate_limit="60")
    assert key.allowed_networks == ["10.0.0.0/8", "192.168.1.0/24"]
    assert key.rate_limit == 60


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"allowed_networks": "10.0.0.1/8"}, "allowed_networks"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "expires_at"),
        ({"team_roles": ["secrets_use"]}, "teams"),
        ({"name": " "}, "name"),
    ],
)
def test_what_is_refused_stands_beside_its_field(desk: Desk, said: dict[str, Any], field: str) -> None:
    page = desk.fill("apikeys_apikey_add", **({"name": "Zendesk"} | said))
    assert list(errors(page)) == [field]
    assert not ApiKey.objects.exists()


def test_only_what_was_changed_is_an_event(desk: Desk) -> None:
    end = timezone.now() + timedelta(days=3)
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"], expires_at=end).key
    desk.fill("apikeys_apikey_change", key.pk, name="Zendesk EU")
    assert [list(event.changes) for event in desk.events()] == [["name"]]


def test_an_expired_key_can_be_renamed(desk: Desk) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert desk.fill("apikeys_apikey_change", key.pk, name="Old Zendesk").status_code == 302


def test_rotating_shows_a_new_token_while_the_old_one_lives_on(desk: Desk) -> None:
    key, old = issued(desk, roles=["viewer"])
    answer = desk.post("apikeys_apikey_rotate", key.pk, grace="30")
    new = re.search(r"inc_[0-9A-Za-z]{30,}", desk.client.get(answer["Location"]).content.decode())
    assert new is not None
    assert new[0] != old
    assert {ApiClient(token).get("/v1/severities").status_code for token in (old, new[0])} == {200}
    assert desk.events()[0].type == "api_key.rotated"


def test_a_revoked_key_is_refused_and_stays_for_history(desk: Desk) -> None:
    key, token = issued(desk, roles=["viewer"])
    assert desk.post("apikeys_apikey_revoke", key.pk).status_code == 302
    assert ApiClient(token).get("/v1/severities").status_code == 401
    page = desk.get("apikeys_apikey_change", key.pk).content
    assert b'name="_save"' not in page
    assert b"/rotate/" not in page


def test_a_revoked_key_cannot_be_rotated(desk: Desk) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    revoke(SYSTEM, key)
    assert desk.post("apikeys_apikey_rotate", key.pk, grace="0").status_code == 403


@pytest.mark.parametrize(("state", "names"), [("active", "Fresh Soon"), ("soon", "Soon"), ("revoked", "Gone")])
def test_keys_are_found_by_their_state(desk: Desk, state: str, names: str) -> None:
    issue(SYSTEM, name="Fresh", roles=[])
    issue(SYSTEM, name="Soon", roles=[], expires_at=timezone.now() + timedelta(days=3))
    revoke(SYSTEM, issue(SYSTEM, name="Gone", roles=[]).key)
    listed = desk.get("apikeys_apikey_changelist", query=f"?state={state}").context["cl"].result_list
    assert sorted(key.name for key in listed) == names.split()
