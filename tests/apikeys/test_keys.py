"""The verbs: issuing, changing, rotating, revoking, and what history tells of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from apikeys import keys
from apikeys.keys import issue, revoke, rotate, update_key
from apikeys.models import ApiKey
from catalog.teams import create_team
from events.models import Event
from events.record import config_version, fold
from incidentio.core.errors import Conflict, Invalid
from tests.conftest import SYSTEM


def history(key: ApiKey) -> list[Event]:
    return list(Event.objects.filter(subject_type="api_key", subject_id=key.id).order_by("number"))


def test_an_issued_key_starts_its_history(omar: User) -> None:
    before = config_version()
    key = issue(omar.actor, name="Zendesk", roles=["incident_creator"], rate_limit=60).key
    (event,) = history(key)
    assert (event.type, event.actor) == ("api_key.created", omar.actor)
    assert event.changes["name"] == [None, "Zendesk"]
    assert event.changes["roles"] == [None, ["incident_creator"]]
    assert key.creator == omar.actor
    assert config_version() > before


def test_the_history_of_a_key_adds_up_to_its_row(omar: User) -> None:
    key = issue(omar.actor, name="Zendesk", roles=["viewer"], comments="For support").key
    update_key(omar.actor, key, name="Zendesk EU", allowed_networks=["10.0.0.0/8"], comments="")
    rotate(omar.actor, key, timedelta(minutes=5))
    revoke(omar.actor, key)
    events = history(key)
    state = fold(events)
    assert [event.type.removeprefix("api_key.") for event in events] == ["created", "updated", "rotated", "revoked"]
    assert (state["name"], state["allowed_networks"]) == ("Zendesk EU", ["10.0.0.0/8"])
    assert state["comments"] == ""
    assert state["revoked_at"] is not None


def test_a_change_of_nothing_is_no_event() -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    update_key(SYSTEM, key, name="Zendesk", roles=["viewer", "viewer"])
    assert len(history(key)) == 1


def test_updating_keeps_what_is_not_named() -> None:
    in_a_day = timezone.now() + timedelta(days=1)
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"], expires_at=in_a_day, rate_limit=7).key
    key = update_key(SYSTEM, key, name="Support")
    assert (key.name, key.roles, key.expires_at, key.rate_limit) == ("Support", ["viewer"], in_a_day, 7)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"comments": "x" * 5001}, "comments"),
        ({"roles": ["incident_destroyer"]}, "role_names"),
        ({"team_roles": ["viewer"]}, "team_role_names"),
        ({"allowed_networks": ["10.0.0.1/8"]}, "allowed_networks"),
        ({"allowed_networks": ["home"]}, "allowed_networks"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"rate_limit": 2**31}, "rate_limit"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
        ({"team_roles": ["catalog_editor"]}, "team_ids"),
        ({"team_ids": ["01HZZZZZZZZZZZZZZZZZZZZZZZ"], "team_roles": ["catalog_editor"]}, "team_ids.0"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        issue(SYSTEM, **{"name": "Zendesk", "roles": ["viewer"], **wrong})
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert not ApiKey.objects.exists()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        issue(SYSTEM, name="", roles=["nobody"], rate_limit=0)
    assert [problem.pointer for problem in refusal.value.problems] == ["name", "role_names", "rate_limit"]


def test_teams_and_roles_for_them_go_together() -> None:
    payments = create_team(SYSTEM, name="Payments")
    with pytest.raises(Invalid, match="at least one role"):
        issue(SYSTEM, name="Catalog", roles=[], team_ids=[payments.id])
    key = issue(SYSTEM, name="Catalog", roles=[], team_ids=[payments.id], team_roles=["catalog_editor"]).key
    with pytest.raises(Invalid, match="at least one team"):
        update_key(SYSTEM, key, team_ids=[])
    assert history(key)[0].changes["team_ids"] == [None, [payments.id]]


def test_rotating_without_grace_ends_every_older_token_at_once() -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    rotate(SYSTEM, key, timedelta(minutes=60))
    rotate(SYSTEM, key, timedelta(minutes=60))
    assert key.tokens.filter(expires_at__gt=timezone.now()).count() == 2
    rotate(SYSTEM, key, timedelta(0))
    assert not key.tokens.filter(expires_at__gt=timezone.now()).exists()
    rotate(SYSTEM, key, timedelta(0))
    assert key.tokens.count() == 2


def test_rotating_shortens_an_earlier_grace_and_never_lengthens_it() -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    rotate(SYSTEM, key, timedelta(minutes=10))
    ends = key.tokens.exclude(expires_at=None).get().expires_at
    rotate(SYSTEM, key, timedelta(minutes=60))
    assert key.tokens.order_by("id")[0].expires_at == ends


def test_a_revoked_key_is_beyond_change() -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    revoke(SYSTEM, key)
    revoke(SYSTEM, key)
    for change in (lambda: update_key(SYSTEM, key, name="Other"), lambda: rotate(SYSTEM, key, timedelta(0))):
        with pytest.raises(Conflict, match="is revoked"):
            change()
    assert [event.type for event in history(key)] == ["api_key.created", "api_key.revoked"]


def test_there_is_room_for_so_many_active_keys_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_ACTIVE_KEYS", 2)
    first = issue(SYSTEM, name="1", roles=[]).key
    issue(SYSTEM, name="2", roles=[])
    with pytest.raises(Invalid, match="2 active API keys"):
        issue(SYSTEM, name="3", roles=[])
    revoke(SYSTEM, first)
    issue(SYSTEM, name="3", roles=[])
