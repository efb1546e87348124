"""Teams."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Team, User
from apikeys.keys import revoke
from catalog.defaults import seed_defaults
from catalog.models import CatalogEntry, CatalogType
from catalog.teams import create_team, delete_team, update_team
from events.models import Event
from events.record import fold
from incidentio.core.errors import Invalid, NotFound
from tests.conftest import SYSTEM


def history(team_id: str) -> list[Event]:
    return list(Event.objects.filter(subject_type="team", subject_id=team_id).order_by("number"))


def test_a_team_has_members_and_a_history(nora: User, omar: User) -> None:
    team = create_team(omar.actor, name="Payments", members=[nora])
    update_team(omar.actor, team, name="Checkout", members=[nora, omar])
    events = history(team.id)
    assert [event.type for event in events] == ["team.created", "team.updated"]
    assert fold(events)["member_ids"] == sorted([nora.id, omar.id])
    assert list(nora.teams.values_list("name", flat=True)) == ["Checkout"]


def test_a_change_of_nothing_is_no_event(nora: User) -> None:
    team = create_team(SYSTEM, name="Payments", members=[nora])
    update_team(SYSTEM, team, name="Payments", members=[nora])
    assert len(history(team.id)) == 1
    assert Event.objects.filter(subject_type="catalog_entry").count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "nul\0", "Payments"])
def test_a_name_is_needed_and_unique(name: str) -> None:
    create_team(SYSTEM, name="Payments")
    with pytest.raises(Invalid):
        create_team(SYSTEM, name=name)
    assert Team.objects.count() == 1


def test_a_deleted_team_leaves_its_history() -> None:
    team = create_team(SYSTEM, name="Payments")
    delete_team(SYSTEM, team)
    assert not Team.objects.exists()
    assert fold(history(team.id)) == {}
    for again in (lambda: delete_team(SYSTEM, team), lambda: update_team(SYSTEM, team, name="Back")):
        with pytest.raises(NotFound):
            again()


def test_the_catalog_follows_the_team() -> None:
    team = create_team(SYSTEM, name="Payments")
    entry = CatalogEntry.objects.get(catalog_type__type_name="Team")
    assert (entry.name, entry.external_id) == ("Payments", team.id)
    update_team(SYSTEM, team, name="Checkout")
    delete_team(SYSTEM, team)
    entry.refresh_from_db()
    assert (entry.name, entry.archived_at is None) == ("Checkout", False)
    told = Event.objects.filter(subject_type="catalog_entry", subject_id=entry.id).order_by("number")
    assert [event.type.split(".")[1] for event in told] == ["created", "updated", "archived"]
    assert fold(list(told))["name"] == "Checkout"


def test_teams_older_than_the_catalog_enter_it_with_the_defaults() -> None:
    team = create_team(SYSTEM, name="Payments")
    for rows in (CatalogEntry.objects.all(), CatalogType.objects.all()):
        Event.objects.filter(subject_id__in=rows.values("id")).delete()
        rows.delete()
    assert seed_defaults(SYSTEM) == 1
    kind = CatalogType.objects.get()
    assert (kind.type_name, kind.is_editable, kind.categories) == ("Team", False, ["team"])
    assert list(CatalogEntry.objects.values_list("catalog_type", "external_id")) == [(kind.id, team.id)]


def test_a_team_with_keys_stays_until_they_are_revoked(api: Callable[..., Any]) -> None:
    team = create_team(SYSTEM, name="Payments")
    key = api(team_ids=[team.id], team_roles=["catalog_editor"]).key
    with pytest.raises(Invalid, match="Zendesk"):
        delete_team(SYSTEM, team)
    revoke(SYSTEM, key)
    delete_team(SYSTEM, team)
