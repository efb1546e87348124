"""Follow-ups: for a person or a team, made, changed, done and deleted, each with its event."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Team, User
from incidentio.core.errors import Invalid, NotFound
from incidents.follow_ups import FollowUpEdit, create_follow_up, delete_follow_up, update_follow_up
from incidents.models import FollowUp, Incident, WorkStatus
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def payments(hub: None) -> Team:
    return Team.objects.create(name="Payments")


def test_a_follow_up_starts_outstanding_and_moves_its_incident(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare()
    follow_up = create_follow_up(nora.actor, incident.id, title="Add a breaker", labels=["reliability"])
    assert (follow_up.status, follow_up.labels, follow_up.creator) == ("outstanding", ["reliability"], nora.actor)
    assert Incident.objects.get(pk=incident.pk).updated_at == follow_up.created_at


def test_it_belongs_to_a_person_or_to_a_team(declare: Callable[..., Incident], nora: User, payments: Team) -> None:
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker", assignee_id=nora.id)
    given = update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(assignee_team_id=payments.id))
    assert (given.assignee, given.assignee_team) == (None, payments)
    taken = update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(assignee_id=nora.id))
    assert (taken.assignee, taken.assignee_team) == (nora, None)
    nobody = update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(assignee_id=""))
    assert (nobody.assignee, nobody.assignee_team) == (None, None)


def test_its_events_add_up_to_its_row(declare: Callable[..., Incident], nora: User, payments: Team) -> None:
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker", description="So that", labels=["a"])
    update_follow_up(nora.actor, follow_up.id, FollowUpEdit(assignee_team_id=payments.id, labels=["a", "b"]))
    update_follow_up(nora.actor, follow_up.id, FollowUpEdit(status="completed", labels=[]))
    assert FollowUp.objects.get().completed_at is not None
    update_follow_up(nora.actor, follow_up.id, FollowUpEdit(status="outstanding", description="", title="Breaker"))
    assert FollowUp.objects.get().completed_at is None
    delete_follow_up(SYSTEM, follow_up.id)
    assert folded(follow_up) == stored(follow_up)
    assert [event.type.removeprefix("follow_up.") for event in events_of(follow_up)] == [
        "created", "updated", "updated", "updated", "deleted"
    ]  # fmt: skip


def test_a_deleted_follow_up_stays_in_the_record_and_cannot_be_touched(declare: Callable[..., Incident]) -> None:
    follow_up = create_follow_up(SYSTEM, declare().id, title="Add a breaker")
    delete_follow_up(SYSTEM, follow_up.id)
    assert FollowUp.objects.get().status == WorkStatus.DELETED
    with pytest.raises(NotFound):
        update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(title="Again"))


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"assignee_id": UNKNOWN}, "assignee_id"),
        ({"assignee_team_id": UNKNOWN}, "assignee_team_id"),
        ({"assignee_team_id": "nobody"}, "assignee_team_id"),
        ({"assignee_id": UNKNOWN, "assignee_team_id": UNKNOWN}, "assignee_team_id"),
    ],
)
def test_what_is_wrong_is_refused_on_making_and_on_changing(
    declare: Callable[..., Incident], wrong: dict[str, Any], pointer: str
) -> None:
    incident = declare()
    with pytest.raises(Invalid) as refusal:
        create_follow_up(SYSTEM, incident.id, **({"title": "Add a breaker"} | wrong))
    assert refusal.value.problems[0].pointer == pointer
    follow_up = create_follow_up(SYSTEM, incident.id, title="Add a breaker")
    with pytest.raises(Invalid):
        update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(**wrong))
    assert folded(follow_up) == stored(follow_up)
