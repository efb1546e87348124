"""Updates are shared once per key, and move incidents as an edit does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from catalog import snapshot
from catalog.models import IncidentStatus, Severity
from incidentio.core.errors import Invalid, NotFound
from incidents.models import Incident, IncidentUpdate, TimestampValue
from incidents.sharing import Shared, share_update
from tests.conftest import SYSTEM
from tests.incidents.folding import events_of, folded, stored

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def status(name: str) -> str:
    return str(IncidentStatus.objects.get(name=name).id)


@pytest.fixture
def major(hub: None) -> str:
    return str(Severity.objects.get(name="Major").id)


def share(incident: Incident, key: str = "one", **said: Any) -> Shared:
    return share_update(SYSTEM, incident.id, snapshot.current(), idempotency_key=key, **said)


def test_an_update_tells_moves_and_stamps_in_one_event(declare: Callable[..., Incident], major: str) -> None:
    incident = declare()
    shared = share(incident, message=" On it \n", severity_id=major, incident_status_id=status("Fixing"))
    update = IncidentUpdate.objects.get(pk=shared.update_id)
    assert (update.message, update.new_incident_status.name, update.new_severity_id) == (" On it \n", "Fixing", major)
    incident.refresh_from_db()
    assert (incident.incident_status.name, incident.severity_id) == ("Fixing", major)
    assert TimestampValue.objects.filter(incident=incident, incident_timestamp__name="Accepted at").exists()
    assert [event.type for event in events_of(incident)] == ["incident.created", "incident.updated"]
    assert folded(incident) == stored(incident)


def test_the_same_key_again_returns_the_first_update_and_changes_nothing(
    declare: Callable[..., Incident], nora: User, major: str
) -> None:
    incident, other = declare(), declare()
    first = share(incident, message="On it")
    again = share(incident, severity_id=major)
    elsewhere = share_update(nora.actor, other.id, snapshot.current(), idempotency_key="one", message="Elsewhere")
    assert (first.replayed, again, elsewhere) == (False, again, again)
    assert again == Shared(first.update_id, replayed=True)
    assert (len(events_of(incident)), len(events_of(other)), IncidentUpdate.objects.count()) == (2, 1, 3)


def test_what_is_so_already_is_shared_all_the_same(declare: Callable[..., Incident]) -> None:
    incident = declare()
    assert not share(incident, incident_status_id=incident.incident_status_id).replayed
    assert incident.updates.count() == 2
    assert folded(incident) == stored(incident)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, "message"),
        ({"message": " \n"}, "message"),
        ({"severity_id": UNKNOWN}, "severity_id"),
        ({"incident_status_id": UNKNOWN}, "incident_status_id"),
        ({"message": "Open", "incident_status_id": "Fixing"}, "severity_id"),
    ],
)
def test_what_is_wrong_is_refused_and_leaves_the_key_free(
    declare: Callable[..., Incident], said: dict[str, str], pointer: str
) -> None:
    incident = declare()
    said = {name: status(value) if value == "Fixing" else value for name, value in said.items()}
    with pytest.raises(Invalid) as refusal:
        share(incident, **said)
    assert refusal.value.problems[0].pointer == pointer
    assert not share(incident, message="Now").replayed


def test_a_move_the_lifecycle_does_not_know_is_refused(declare: Callable[..., Incident], major: str) -> None:
    incident = declare(severity_id=major, incident_status_id=status("Closed"))
    with pytest.raises(Invalid, match="cannot become"):
        share(incident, incident_status_id=status("Fixing"))
    with pytest.raises(NotFound):
        share_update(SYSTEM, UNKNOWN, snapshot.current(), idempotency_key="two", message="Nowhere")


@pytest.mark.django_db(transaction=True)
def test_rivals_with_one_key_share_one_update(declare: Callable[..., Incident]) -> None:
    incidents = [declare(), declare()]

    def rival(number: int) -> Shared:
        try:
            return share(incidents[number % 2], message="On it")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as rivals:
        answers = list(rivals.map(rival, range(16)))
    assert sorted(answer.replayed for answer in answers) == [False] + 15 * [True]
    assert len({answer.update_id for answer in answers}) == 1
    assert IncidentUpdate.objects.filter(idempotency_key="one").count() == 1
    assert [folded(incident) for incident in incidents] == [stored(incident) for incident in incidents]
