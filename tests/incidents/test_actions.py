"""Actions: made, changed, done and deleted, each with its event."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from incidentio.core.errors import Invalid, NotFound
from incidents.actions import ActionEdit, create_action, delete_action, update_action
from incidents.models import Action, Incident, WorkStatus
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def test_an_action_starts_outstanding_and_moves_its_incident(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare()
    action = create_action(nora.actor, incident.id, description=" Fail over \n", assignee_id=nora.id)
    assert (action.status, action.completed_at, action.description) == ("outstanding", None, " Fail over \n")
    assert action.creator == nora.actor
    assert Incident.objects.get(pk=incident.pk).updated_at == action.created_at > incident.updated_at


def test_completed_at_is_set_on_entering_completed_and_dropped_on_leaving(declare: Callable[..., Incident]) -> None:
    action = create_action(SYSTEM, declare().id, description="Fail over")
    done = update_action(SYSTEM, action.id, ActionEdit(status="completed"))
    assert done.completed_at == done.updated_at
    told_again = update_action(SYSTEM, action.id, ActionEdit(description="Fail back", status="completed"))
    assert told_again.completed_at == done.completed_at
    assert update_action(SYSTEM, action.id, ActionEdit(status="not_doing")).completed_at is None


def test_its_events_add_up_to_its_row(declare: Callable[..., Incident], nora: User) -> None:
    action = create_action(SYSTEM, declare().id, description="Fail over", assignee_id=nora.id)
    update_action(nora.actor, action.id, ActionEdit(description="Fail over to Oslo", assignee_id=""))
    update_action(nora.actor, action.id, ActionEdit(status="completed"))
    delete_action(SYSTEM, action.id)
    assert folded(action) == stored(action)
    assert [(event.type, event.number) for event in events_of(action)] == [
        ("action.created", 1),
        ("action.updated", 2),
        ("action.updated", 3),
        ("action.deleted", 4),
    ]
    assert {event.incident_id for event in events_of(action)} == {action.incident_id}


def test_what_is_already_so_makes_no_event_and_moves_nothing(declare: Callable[..., Incident]) -> None:
    action = create_action(SYSTEM, declare().id, description="Fail over")
    update_action(SYSTEM, action.id, ActionEdit(description="Fail over", status="outstanding", assignee_id=""))
    assert len(events_of(action)) == 1
    assert Action.objects.get().updated_at == action.created_at == Incident.objects.get().updated_at


def test_a_deleted_action_stays_in_the_record_and_cannot_be_touched(declare: Callable[..., Incident]) -> None:
    action = create_action(SYSTEM, declare().id, description="Fail over")
    delete_action(SYSTEM, action.id)
    assert Action.objects.get().status == WorkStatus.DELETED
    with pytest.raises(NotFound):
        update_action(SYSTEM, action.id, ActionEdit(status="outstanding"))
    with pytest.raises(NotFound):
        delete_action(SYSTEM, action.id)


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [
        (ActionEdit(description=" \n"), "description"),
        (ActionEdit(status="deleted"), "status"),
        (ActionEdit(status="done"), "status"),
        (ActionEdit(assignee_id=UNKNOWN), "assignee_id"),
        (ActionEdit(assignee_id="nobody"), "assignee_id"),
    ],
)
def test_a_wrong_edit_is_refused_and_changes_nothing(
    declare: Callable[..., Incident], edit: ActionEdit, pointer: str
) -> None:
    action = create_action(SYSTEM, declare().id, description="Fail over")
    with pytest.raises(Invalid) as refusal:
        update_action(SYSTEM, action.id, edit)
    assert refusal.value.problems[0].pointer == pointer
    assert folded(action) == stored(action)
    assert len(events_of(action)) == 1


@pytest.mark.parametrize("incident_id", [UNKNOWN, "INC-1", "nul\0"])
def test_an_action_needs_an_incident(hub: None, incident_id: Any) -> None:
    with pytest.raises(NotFound):
        create_action(SYSTEM, incident_id, description="Fail over")
    with pytest.raises(NotFound):
        update_action(SYSTEM, incident_id, ActionEdit(status="completed"))
    assert not Action.objects.exists()
