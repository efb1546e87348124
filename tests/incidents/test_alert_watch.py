"""What happens to alerts when nothing is said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from catalog import snapshot
from events.models import Event
from incidents.alert_changes import resolve_alert
from incidents.alert_sources import archive_alert_source
from incidents.alert_watch import ping, watch
from incidents.edit import Edit, edit_incident
from incidents.models import Alert, AlertSource
from tests.conftest import SYSTEM
from tests.incidents.alerting import calm, fire, incidents_of, move, source
from workflows.sweeper import Sweeper

NOW = timezone.now()


def after(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def heart() -> AlertSource:
    """Beats every minute; one may be missed, and ten seconds more."""
    options = {"interval_seconds": 60, "failure_threshold": 2, "grace_period_seconds": 10}
    return source("heartbeat", name="Backup", options={"heartbeat_options": options})


def test_a_missed_heartbeat_fires_once_and_the_next_ping_resolves_it(heart: AlertSource) -> None:
    ping(heart, NOW)
    watch(after(130))
    assert not Alert.objects.exists()
    watch(after(131))
    watch(after(200))
    alert = Alert.objects.get()
    assert (alert.status, alert.firings, incidents_of(alert)[0].name) == ("firing", 1, "Backup: no heartbeat")
    ping(heart, after(210))
    watch(after(220))
    alert.refresh_from_db()
    assert (alert.status, alert.resolved_at) == ("resolved", after(210))
    watch(after(341))
    assert Alert.objects.get().firings == 2


def test_a_heartbeat_is_waited_for_once_it_came(heart: AlertSource) -> None:
    watch(after(100_000))
    assert not Alert.objects.exists()


def test_a_missed_heartbeat_that_people_resolved_is_left_alone(heart: AlertSource) -> None:
    ping(heart, NOW)
    watch(after(200))
    resolve_alert(SYSTEM, Alert.objects.get().id)
    watch(after(300))
    assert Alert.objects.get().status == "resolved"


def test_nobody_waits_for_the_heartbeat_of_an_archived_source(heart: AlertSource) -> None:
    ping(heart, NOW)
    archive_alert_source(SYSTEM, heart)
    watch(after(200))
    assert not Alert.objects.exists()


def test_an_alert_that_is_silent_for_too_long_is_resolved() -> None:
    brief, patient = source(name="Brief", auto_resolve_timeout_minutes=1), source(name="Patient")
    gone, kept, other = fire(brief, "gone", NOW), fire(brief, "kept", NOW), fire(patient, "other", NOW)
    fire(brief, "kept", after(30))
    watch(after(60))
    assert [Alert.objects.get(pk=alert.id).status for alert in (gone, kept, other)] == ["resolved", "firing", "firing"]
    assert Event.objects.filter(type="alert.resolved").get().actor_kind == "system"


def test_watching_nothing_costs_two_statements(django_assert_max_num_queries: Any, heart: AlertSource) -> None:
    timed = source(auto_resolve_timeout_minutes=1)
    for place in range(5):
        fire(timed, str(place), NOW)
    with django_assert_max_num_queries(2):
        watch(after(30))


def test_the_sweeper_watches(heart: AlertSource) -> None:
    ping(heart, after(-1_000))
    Sweeper().sweep()
    assert Alert.objects.get().status == "firing"


def test_closing_an_incident_resolves_its_alerts(nora: User, drain: Callable[[], None]) -> None:
    origin = source(auto_resolve_incident_alerts=True, grouping_window_seconds=60)
    alerts, other = [fire(origin, "disk"), fire(origin, "load")], fire(source(name="Other"))
    [incident] = incidents_of(alerts[0])
    closed = snapshot.current().statuses_in("closed")[0].id
    for row in (incident, *incidents_of(other)):
        edit_incident(nora.actor, row.id, Edit(incident_status_id=closed), snapshot.current())
    drain()
    assert set(Alert.objects.filter(status="resolved")) == set(alerts)
    assert {event.actor_id for event in Event.objects.filter(type="alert.resolved")} == {nora.id}


def test_an_alert_of_another_open_incident_goes_on_firing(drain: Callable[[], None]) -> None:
    origin = source(auto_resolve_incident_alerts=True)
    alert = fire(origin)
    [first] = incidents_of(alert)
    move(first, "Fixing")
    move(first, "Reviewing")
    calm(origin)
    fire(origin)
    move(first, "Closed")
    drain()
    alert.refresh_from_db()
    assert (alert.status, len(incidents_of(alert))) == ("firing", 2)
