"""One key is one alert, however often it is told of."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.models import Event
from events.record import fold, plain
from incidents.alert_changes import own_state, resolve_alert
from incidents.models import Alert, Incident, IncidentAlert
from tests.conftest import SYSTEM
from tests.incidents.alerting import calm, fire, incidents_of, move, source, told


def test_an_alert_that_fires_declares_an_incident_in_triage() -> None:
    alert = fire(source(), title="Disk is full", description="90 %", metadata={"host": "db-1"})
    [incident] = incidents_of(alert)
    assert (incident.name, incident.summary, incident.visibility) == ("Disk is full", "90 %", "public")
    assert incident.incident_status.category == "triage"
    assert (incident.creator.kind, incident.creator.id, incident.creator.label) == ("alert", alert.id, "Disk is full")
    assert (alert.status, alert.firings, alert.metadata) == ("firing", 1, {"host": "db-1"})


def test_told_again_it_is_the_same_alert_and_no_news() -> None:
    origin, moment = source(), timezone.now() + timedelta(minutes=5)
    alert = fire(origin, moment=timezone.now())
    assert fire(origin, moment=moment) == alert
    alert.refresh_from_db()
    assert (alert.heard_at, alert.updated_at < moment) == (moment, True)
    assert told(alert) == ["alert.created"]
    assert Incident.objects.count() == 1


def test_what_is_new_about_it_is_kept_and_told() -> None:
    origin = source()
    alert = fire(origin)
    fire(origin, title="Worse", description="99 %", source_url="https://x")
    alert.refresh_from_db()
    assert (alert.title, alert.description, alert.source_url) == ("Worse", "99 %", "https://x")
    assert told(alert) == ["alert.created", "alert.updated"]


def test_it_is_resolved_once() -> None:
    origin = source()
    alert = fire(origin)
    assert calm(origin) == calm(origin) == alert
    alert.refresh_from_db()
    assert alert.status == "resolved"
    assert alert.resolved_at == alert.updated_at
    assert told(alert) == ["alert.created", "alert.resolved"]


def test_what_never_fired_is_no_alert_when_it_is_resolved() -> None:
    assert calm(source()) is None
    assert not Alert.objects.exists()


def test_firing_again_it_stays_with_its_incident_while_that_is_open() -> None:
    origin = source()
    alert = fire(origin)
    calm(origin)
    again = fire(origin)
    assert (again, again.firings, again.resolved_at) == (alert, 2, None)
    assert told(alert) == ["alert.created", "alert.resolved", "alert.fired"]
    assert Incident.objects.count() == 1


def test_firing_again_after_its_incident_is_dealt_with_it_declares_another() -> None:
    origin = source()
    alert = fire(origin)
    calm(origin)
    move(incidents_of(alert)[0], "Closed")
    fire(origin)
    first, second = incidents_of(alert)
    assert (first.incident_status.category, second.incident_status.category) == ("closed", "triage")


def test_two_sources_may_use_one_key() -> None:
    assert fire(source(name="One")) != fire(source(name="Two"))


def test_its_events_add_up_to_it() -> None:
    origin = source()
    alert = fire(origin, metadata={"a": 1})
    calm(origin, title="Better")
    fire(origin, description="Worse again")
    alert.refresh_from_db()
    link = IncidentAlert.objects.get()
    events = list(Event.objects.filter(subject_id=alert.id).order_by("number"))
    rows = own_state(alert) | {f"incident_alerts.{link.id}": link.incident_id}
    assert said(fold(events)) == said(rows)
    assert {event.incident_id for event in events} == {link.incident_id}


def said(state: dict[str, Any]) -> dict[str, Any]:
    """`state` as JSON has it, without what says nothing."""
    return {name: plain(value) for name, value in state.items() if value not in (None, {})}


def test_people_resolve_it_too(nora: Any) -> None:
    alert = fire(source())
    resolve_alert(nora.actor, alert.id)
    resolve_alert(SYSTEM, alert.id)
    event = Event.objects.filter(subject_id=alert.id).latest("number")
    assert (event.type, event.actor) == ("alert.resolved", nora.actor)


TEMPLATES: dict[str, tuple[dict[str, str], str]] = {
    "a reference to what was sent": ({"reference": "payload.labels.host"}, "db-1"),
    "a reference to the alert": ({"reference": "alert.description"}, "90 %"),
    "a literal": ({"literal": "Disk of {{ payload.labels.host }}"}, "Disk of db-1"),
    "nothing": ({}, "As sent"),
    "rich text": ({"literal": '{"type":"doc"}'}, "As sent"),
    "a reference to nothing": ({"reference": 'expressions["team"]'}, "As sent"),
}


@pytest.mark.parametrize(("binding", "title"), TEMPLATES.values(), ids=TEMPLATES)
def test_the_source_says_how_an_alert_is_worded(binding: dict[str, str], title: str) -> None:
    template = {"title": binding, "description": {}, "attributes": [], "expressions": []}
    alert = fire(source(template=template), title="As sent", description="90 %", payload={"labels": {"host": "db-1"}})
    assert (alert.title, alert.description) == (title, "90 %")
