"""What a webhook says (API behaviour, section 10): a public incident in full, of a private one its ID only."""

from typing import Any

import orjson
from django.db.models import Q

from incidents.api.incidents import incident_v2
from incidents.models import Incident, IncidentUpdate, Relationship, Visibility
from workflows.models import EventType

TELLS_ALL = (EventType.PUBLIC_CREATED, EventType.PUBLIC_UPDATED)


class Withheld(Exception):
    """The incident became private after the event: the webhook would tell what its receiver may not know."""

    def __init__(self) -> None:
        super().__init__("The incident is private now; what was to be sent of it is not sent any more")


def body(event_type: str, incident_id: str) -> str:
    """The JSON body of a webhook: the payload under the event's own name.

    Raises:
        Withheld: the event is a public one and the incident is not.
    """
    payload = public_incident(incident_id) if event_type in TELLS_ALL else {"id": incident_id}
    name = str(event_type)
    return orjson.dumps({"event_type": name, name: payload}).decode()


def check_still_public(event_type: str, incident_id: str) -> None:
    """Check before every attempt that a body written earlier may still be told.

    Raises:
        Withheld: the event is a public one and the incident is not.
    """
    public = Incident.objects.filter(pk=incident_id, visibility=Visibility.PUBLIC)
    if event_type in TELLS_ALL and not public.exists():
        raise Withheld


def public_incident(incident_id: str) -> dict[str, Any]:
    """All that is told of a public incident.

    Raises:
        Withheld: it is not public.
    """
    payload = incident_v2(incident_id)
    if payload is None or payload["visibility"] != Visibility.PUBLIC:
        raise Withheld
    latest = IncidentUpdate.objects.filter(incident_id=incident_id).exclude(message="").order_by("-id").first()
    if latest is not None:
        payload["most_recent_update_message"] = latest.message
    payload["related_incidents"] = _related(incident_id)
    return payload


def _related(incident_id: str) -> list[str]:
    """The references of the public incidents that have to do with this one, oldest first."""
    pairs = Relationship.objects.filter(Q(incident_id=incident_id) | Q(related_incident_id=incident_id))
    others = {pk for pair in pairs.values_list("incident_id", "related_incident_id") for pk in pair} - {incident_id}
    if not others:
        return []
    public = Incident.objects.filter(pk__in=others, visibility=Visibility.PUBLIC)
    return [incident.reference for incident in public.order_by("number").only("number")]
