"""What a webhook says (API behaviour, section 10): what is public in full, of what is private IDs only."""

from collections.abc import Callable
from typing import Any

import orjson
from django.db.models import Q

from events.models import Event
from incidents import work_reads
from incidents.api.actions import action_v1
from incidents.api.alerts import alert_v2
from incidents.api.follow_ups import follow_up_v2
from incidents.api.incidents import incident_status_v2, incident_v2
from incidents.models import Alert, Incident, IncidentUpdate, Relationship, Visibility
from incidents.visibility import EVERYTHING
from workflows.models import EventType

PUBLIC_ALERT = "public_alert."
PUBLIC_INCIDENT = "public_incident."


class Withheld(Exception):
    """It became private after the event: the webhook would tell what its receiver may not know."""

    def __init__(self) -> None:
        super().__init__("The incident is private now; what was to be sent of it is not sent any more")


def body(event_type: str, event: Event) -> str:
    """The JSON body of a webhook: the payload under the event's own name.

    Raises:
        Withheld: the webhook is a public one and what it tells of is not.
    """
    check_still_public(event_type, about(event))
    teller = TELLERS.get(event_type)
    return written(event_type, teller(event) if teller else {"id": event.subject_id})


def about(event: Event) -> str:
    """Whose order and whose privacy the webhooks of an event keep: its incident's, or of an alert its own."""
    return event.subject_id if event.subject_type == "alert" else event.incident_id or event.subject_id


def written(event_type: str, payload: dict[str, Any]) -> str:
    """The body that tells `payload`."""
    name = str(event_type)
    return orjson.dumps({"event_type": name, name: payload}).decode()


def membership(event: Event, user_id: str) -> dict[str, Any]:
    """Who was let into a private incident, or may not see it any more, and by whom, if it was a person."""
    told = {"incident_id": event.subject_id, "user_id": user_id}
    return told | ({"actor_user_id": event.actor_id} if event.actor_kind == "user" else {})


def check_still_public(event_type: str, about_id: str) -> None:
    """Check before every attempt that a body written earlier may still be told; `about_id` is the incident's, or of
    what tells of an alert the alert's.

    Raises:
        Withheld: the webhook is a public one and what it tells of is not.
    """
    if event_type.startswith(PUBLIC_INCIDENT):
        public = Incident.objects.filter(pk=about_id, visibility=Visibility.PUBLIC).exists()
    elif event_type.startswith(PUBLIC_ALERT):
        public = Alert.objects.filter(pk=about_id, is_private=False).exists()
    else:
        return
    if not public:
        raise Withheld


def public_incident(incident_id: str) -> dict[str, Any]:
    """All that is told of a public incident.

    Raises:
        Withheld: it is not public.
    """
    payload = _incident(incident_id)
    latest = IncidentUpdate.objects.filter(incident_id=incident_id).exclude(message="").order_by("-id").first()
    if latest is not None:
        payload["most_recent_update_message"] = latest.message
    payload["related_incidents"] = _related(incident_id)
    return payload


def _incident(incident_id: str) -> dict[str, Any]:
    payload = incident_v2(incident_id)
    if payload is None or payload["visibility"] != Visibility.PUBLIC:
        raise Withheld
    return payload


def _related(incident_id: str) -> list[str]:
    """The references of the public incidents that have to do with this one, oldest first."""
    pairs = Relationship.objects.filter(Q(incident_id=incident_id) | Q(related_incident_id=incident_id))
    others = {pk for pair in pairs.values_list("incident_id", "related_incident_id") for pk in pair} - {incident_id}
    if not others:
        return []
    public = Incident.objects.filter(pk__in=others, visibility=Visibility.PUBLIC)
    return [incident.reference for incident in public.order_by("number").only("number")]


def _changed_incident(event: Event) -> dict[str, Any]:
    return public_incident(event.subject_id)


def _changed_status(event: Event) -> dict[str, Any]:
    """The move itself as it happened; the incident as it is."""
    before, after = event.changes["incident_status_id"]
    told = {
        "incident": _incident(event.subject_id),
        "previous_status": incident_status_v2(before),
        "new_status": incident_status_v2(after),
    }
    updates = [new for name, (_, new) in event.changes.items() if name.startswith("updates.") and new]
    messages = [update["message"] for update in updates if update.get("message")]
    return told | ({"message": messages[-1]} if messages else {})


def _work_row(event: Event) -> work_reads.WorkRow:
    row = work_reads.one(EVERYTHING, event.subject_id, follow_up=event.subject_type == "follow_up")
    if row is None:
        raise Withheld
    return row


def _work_v1(event: Event) -> dict[str, Any]:
    return action_v1(_work_row(event))


def _follow_up_v2(event: Event) -> dict[str, Any]:
    return follow_up_v2(_work_row(event))


def _alert(event: Event) -> dict[str, Any]:
    return alert_v2(Alert.objects.get(pk=event.subject_id))


TELLERS: dict[str, Callable[[Event], dict[str, Any]]] = {
    EventType.PUBLIC_CREATED: _changed_incident,
    EventType.PUBLIC_UPDATED: _changed_incident,
    EventType.PUBLIC_STATUS_UPDATED: _changed_status,
    EventType.PUBLIC_ACTION_CREATED: _work_v1,
    EventType.PUBLIC_ACTION_UPDATED: _work_v1,
    EventType.PUBLIC_FOLLOW_UP_CREATED_V1: _work_v1,
    EventType.PUBLIC_FOLLOW_UP_UPDATED_V1: _work_v1,
    EventType.PUBLIC_FOLLOW_UP_CREATED_V2: _follow_up_v2,
    EventType.PUBLIC_FOLLOW_UP_UPDATED_V2: _follow_up_v2,
    EventType.PUBLIC_ALERT_CREATED: _alert,
    EventType.PUBLIC_ALERT_RESOLVED: _alert,
}
