"""Monitoring that has something to say."""

from datetime import datetime
from typing import Any

from catalog import snapshot
from events.models import Event
from incidents.alert_events import AlertEvent, receive
from incidents.alert_sources import AS_SENT, create_alert_source
from incidents.edit import Edit, edit_incident
from incidents.models import Alert, AlertSource, Incident
from tests.conftest import SYSTEM

__all__ = ["AS_SENT", "calm", "events_of", "fire", "incidents_of", "move", "source", "told"]


def source(source_type: str = "http", **said: Any) -> AlertSource:
    """A new source."""
    return create_alert_source(SYSTEM, source_type=source_type, **{"name": f"A {source_type}"} | said)


def fire(source: AlertSource, key: str = "disk", moment: datetime | None = None, **said: Any) -> Alert:
    """The source says that something is wrong."""
    said = {"title": f"Trouble with {key}"} | said
    alert = receive(source, AlertEvent(status="firing", deduplication_key=key, **said), moment)
    assert alert is not None
    return alert


def calm(source: AlertSource, key: str = "disk", moment: datetime | None = None, **said: Any) -> Alert | None:
    """The source says that it is well again."""
    said = {"title": f"Trouble with {key}"} | said
    return receive(source, AlertEvent(status="resolved", deduplication_key=key, **said), moment)


def incidents_of(alert: Alert) -> list[Incident]:
    """The incidents the alert came to, oldest first."""
    return list(Incident.objects.filter(incident_alerts__alert=alert).order_by("id"))


def move(incident: Incident, status: str) -> None:
    """Move the incident to the status of this name."""
    words = snapshot.current()
    [status_id] = [pk for pk, row in words.statuses.items() if row.name == status]
    severity_id = next(iter(words.severities))
    edit_incident(SYSTEM, incident.id, Edit(incident_status_id=status_id, severity_id=severity_id), words)


def events_of(alert: Alert) -> list[Event]:
    """Its events, in their order."""
    return list(Event.objects.filter(subject_id=alert.id).order_by("number"))


def told(alert: Alert) -> list[str]:
    """What happened to the alert, by its events."""
    return [event.type for event in events_of(alert)]
