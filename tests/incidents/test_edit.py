"""Editing: one change, one event, or a refusal that changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.custom_fields import create_custom_field
from catalog.models import IncidentStatus
from events.models import Event
from events.record import fold
from incidentio.core.errors import Invalid
from incidents.edit import Edit, edit_incident
from incidents.models import Incident, IncidentUpdate, TimestampValue
from tests.conftest import SYSTEM


def edit(incident: Incident, **changes: Any) -> Incident:
    edit_incident(SYSTEM, incident.id, Edit(**changes), snapshot.current())
    return Incident.objects.get(pk=incident.id)


def status(name: str) -> str:
    return str(IncidentStatus.objects.get(name=name).id)


def severity(name: str) -> str:
    return next(pk for pk, row in snapshot.current().severities.items() if row.name == name)


def events(incident: Incident) -> list[Event]:
    return list(Event.objects.filter(subject_id=incident.id).order_by("number"))


def test_an_edit_is_one_event_with_before_and_after(declare: Callable[..., Incident]) -> None:
    incident = declare(name="Before", severity_id=severity("Minor"))
    after = edit(incident, name="After", severity_id=severity("Critical"))
    event = events(incident)[-1]
    assert event.changes["name"] == ["Before", "After"]
    assert event.changes["severity_id"] == [severity("Minor"), severity("Critical")]
    assert (after.version, event.number) == (2, 2)
    assert after.updated_at == event.created_at > incident.updated_at


def test_writing_the_same_again_adds_no_event(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(name="Same", severity_id=severity("Minor"))
    after = edit(incident, name="Same", severity_id=severity("Minor"), incident_status_id=status("Triage"))
    assert len(events(incident)) == 1
    assert after.updated_at == incident.updated_at


def test_accepting_and_resolving_set_their_timestamps(declare: Callable[..., Incident]) -> None:
    incident = declare(severity_id=severity("Minor"))
    edit(incident, incident_status_id=status("Investigating"))
    edit(incident, incident_status_id=status("Closed"))
    stamps = TimestampValue.objects.filter(incident=incident).values_list("incident_timestamp__name", flat=True)
    assert set(stamps) == {"Reported at", "Accepted at", "Resolved at", "Closed at"}
    assert IncidentUpdate.objects.filter(incident=incident).count() == 3


@pytest.mark.parametrize(("start", "goal"), [("closed", "Investigating"), ("declined", "Triage"), ("fixing", "Triage")])
def test_a_move_the_lifecycle_does_not_know_is_refused(declare: Callable[..., Incident], start: str, goal: str) -> None:
    incident = declare(severity_id=severity("Minor"), incident_status_id=status(start.title()))
    with pytest.raises(Invalid, match="cannot become"):
        edit(incident, incident_status_id=status(goal))
    assert len(events(incident)) == 1


def test_accepting_needs_a_severity(declare: Callable[..., Incident]) -> None:
    with pytest.raises(Invalid, match="severity is required"):
        edit(declare(), incident_status_id=status("Investigating"))


def test_fields_are_set_replaced_and_cleared(declare: Callable[..., Incident]) -> None:
    note = create_custom_field(SYSTEM, name="Note", description="", field_type="text")
    incident = declare()
    for values in ([{"value_text": "one"}], [{"value_text": "two"}], []):
        edit(incident, custom_field_entries=[{"custom_field_id": note.id, "values": values}])
    key = f"custom_field_entries.{note.id}"
    assert [event.changes[key] for event in events(incident)[1:]] == [
        [None, ["one"]],
        [["one"], ["two"]],
        [["two"], None],
    ]
    assert key not in fold(events(incident))


def test_a_role_is_given_and_taken_and_the_reporter_stays(declare: Callable[..., Incident], nora: User) -> None:
    incident = declare(visibility="private")
    roles = {row.role_type: pk for pk, row in snapshot.current().roles.items()}
    given = {"incident_role_id": roles["lead"], "assignee": {"email": nora.email}}
    edit(incident, incident_role_assignments=[given])
    assert incident.memberships.get().user == nora
    edit(incident, incident_role_assignments=[{"incident_role_id": roles["lead"]}])
    assert not incident.role_assignments.exists()
    with pytest.raises(Invalid, match="reporter"):
        edit(incident, incident_role_assignments=[given | {"incident_role_id": roles["reporter"]}])


def test_a_message_is_shared_as_an_update(declare: Callable[..., Incident]) -> None:
    incident = declare()
    edit(incident, message="We found it")
    assert IncidentUpdate.objects.order_by("id").last().message == "We found it"  # type: ignore[union-attr]
    assert len(events(incident)) == 2
