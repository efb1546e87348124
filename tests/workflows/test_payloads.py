"""What webhooks say, as the official client reads it."""

import json
from collections.abc import Callable

import pytest
from incident_io.models.webhooks_private_incident_incident_updated_v2_response_body import (
    WebhooksPrivateIncidentIncidentUpdatedV2ResponseBody as PrivateUpdated,
)
from incident_io.models.webhooks_public_incident_incident_created_v2_response_body import (
    WebhooksPublicIncidentIncidentCreatedV2ResponseBody as PublicCreated,
)

from catalog import snapshot
from events.models import Event
from incidents.edit import Edit, edit_incident
from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM
from workflows.models import EventType
from workflows.payloads import Withheld, body, check_still_public

Declare = Callable[..., Incident]


def last(incident: Incident) -> Event:
    return Event.objects.filter(incident_id=incident.pk).order_by("-id")[0]


def public(incident: Incident) -> dict[str, object]:
    told: dict[str, dict[str, object]] = json.loads(body(EventType.PUBLIC_CREATED, last(incident)))
    return told[EventType.PUBLIC_CREATED]


def test_the_official_client_reads_a_public_incident(declare: Declare) -> None:
    incident = declare(name="Checkout is down", summary="Three customers")
    read = PublicCreated.from_dict(json.loads(body(EventType.PUBLIC_CREATED, last(incident))))
    told = read.public_incident_incident_created_v2
    assert (told.id, told.name, told.summary) == (incident.pk, "Checkout is down", "Three customers")


def test_the_official_client_reads_a_private_one(declare: Declare) -> None:
    incident = declare(visibility="private")
    read = PrivateUpdated.from_dict(json.loads(body(EventType.PRIVATE_UPDATED, last(incident))))
    assert read.private_incident_incident_updated_v2.to_dict() == {"id": incident.pk}


def test_it_carries_the_latest_message(declare: Declare) -> None:
    incident = declare()
    assert "most_recent_update_message" not in public(incident)
    for message in ("We see it", "We fix it", ""):
        edit_incident(SYSTEM, incident.pk, Edit(message=message, name=f"After {message}"), snapshot.current())
    assert public(incident)["most_recent_update_message"] == "We fix it"


def test_it_names_related_incidents_but_no_private_one(declare: Declare) -> None:
    older, incident, newer, private = declare(), declare(), declare(), declare(visibility="private")
    assert public(incident)["related_incidents"] == []
    for other in (newer, private, older):
        relate(SYSTEM, incident.pk, other.pk)
    assert public(incident)["related_incidents"] == [older.reference, newer.reference]


@pytest.mark.parametrize(
    "event_type", [event_type for event_type in EventType if event_type.startswith("public_incident.")]
)
def test_nothing_is_told_of_what_became_private(declare: Declare, event_type: EventType) -> None:
    incident = declare()
    check_still_public(event_type, incident.pk)
    Incident.objects.update(visibility="private")
    with pytest.raises(Withheld):
        body(event_type, last(incident))
    with pytest.raises(Withheld):
        check_still_public(event_type, incident.pk)
    check_still_public(EventType.PRIVATE_UPDATED, incident.pk)
