"""Teams in the admin."""

from typing import Any

from accounts.models import Team, User
from apikeys.keys import issue
from catalog.teams import create_team
from incidents.follow_ups import create_follow_up
from tests.conftest import SYSTEM
from tests.desk import Desk


def told(desk: Desk) -> list[str]:
    """What happened to teams; what happened to their entries is told elsewhere."""
    return [event.type for event in desk.events() if event.subject_type == "team"]


def test_a_team_has_members(desk: Desk, nora: User) -> None:
    desk.fill("accounts_team_add", name="Payments", members=[nora.pk])
    assert told(desk) == ["team.created"]
    assert list(Team.objects.get(name="Payments").members.all()) == [nora]


def test_a_team_is_renamed_without_losing_anybody(desk: Desk, nora: User) -> None:
    team = create_team(SYSTEM, name="Payments", members=[nora])
    desk.fill("accounts_team_change", team.pk, name="Money")
    assert [event.changes for event in desk.events() if event.subject_type == "team"] == [
        {"name": ["Payments", "Money"]}
    ]
    assert list(team.members.all()) == [nora]


def test_a_team_of_keys_or_follow_ups_is_kept(desk: Desk, declare: Any) -> None:
    keys, work = create_team(SYSTEM, name="Keys"), create_team(SYSTEM, name="Work")
    issue(SYSTEM, name="Zendesk", roles=[], team_roles=["secrets_use"], team_ids=[keys.pk])
    create_follow_up(SYSTEM, declare().pk, title="Tidy up", assignee_team_id=work.pk)
    for team in (keys, work):
        assert desk.post("accounts_team_remove", team.pk).status_code == 200
    assert desk.events() == []


def test_an_idle_team_is_deleted(desk: Desk) -> None:
    team = create_team(SYSTEM, name="Idle")
    desk.post("accounts_team_remove", team.pk)
    assert told(desk) == ["team.deleted"]
