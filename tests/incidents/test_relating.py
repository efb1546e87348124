"""Relating incidents: without direction, once, and told by both."""

from collections.abc import Callable

import pytest

from accounts.models import User
from incidentio.core.errors import Invalid, NotFound
from incidents.models import Incident, Relationship
from incidents.relating import relate
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored


def test_both_incidents_tell_of_it(declare: Callable[..., Incident], nora: User) -> None:
    older, newer = declare(), declare()
    relationship = relate(nora.actor, newer.id, older.id)
    assert (relationship.incident, relationship.related_incident) == (older, newer)
    for incident in (older, newer):
        assert folded(incident) == stored(incident)
        assert events_of(incident)[-1].type == "incident.relationship_added"
    assert events_of(older)[-1].created_at == events_of(newer)[-1].created_at


def test_said_again_or_the_other_way_round_it_stands_once(declare: Callable[..., Incident]) -> None:
    one, two = declare(), declare()
    assert relate(SYSTEM, one.id, two.id) == relate(SYSTEM, two.id, one.id)
    assert Relationship.objects.count() == 1
    assert len(events_of(one)) == len(events_of(two)) == 2


def test_an_incident_is_not_related_to_itself(declare: Callable[..., Incident]) -> None:
    incident = declare()
    with pytest.raises(Invalid):
        relate(SYSTEM, incident.id, incident.id)


def test_an_unknown_incident_leaves_no_trace_on_the_known_one(declare: Callable[..., Incident]) -> None:
    incident = declare()
    with pytest.raises(NotFound):
        relate(SYSTEM, incident.id, "01HZZZZZZZZZZZZZZZZZZZZZZZ")
    assert len(events_of(incident)) == 1
