"""Storms of alerts, and notifications in an order of their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from events.record import fold, plain
from incidents.alert_batches import receive_all
from incidents.alert_changes import own_state
from incidents.api.alert_events import alertmanager_events
from incidents.models import Alert, AlertSource, Incident, IncidentAlert
from tests.integrations.alertmanager.storms import alert, clock, notification, resolved
from tests.integrations.recorded import source_of, tell


def told(source: AlertSource, *alerts: dict[str, Any], later: int = 0) -> None:
    """Receive a notification, some minutes from now."""
    receive_all(source, alertmanager_events(notification(*alerts)), timezone.now() + timedelta(minutes=later))


def source(**said: Any) -> AlertSource:
    return source_of("alertmanager", **said)


def check_events() -> None:
    """The events of every alert add up to it, and stand in the timeline of its incident."""
    for row in Alert.objects.all():
        events = list(Event.objects.filter(subject_id=row.pk).order_by("number"))
        links = {f"incident_alerts.{link.pk}": link.incident_id for link in IncidentAlert.objects.filter(alert=row)}
        state = {name: plain(value) for name, value in (own_state(row) | links).items() if value not in (None, {}, "")}
        assert {name: value for name, value in fold(events).items() if value not in ("", {})} == state
        assert [event.number for event in events] == list(range(1, len(events) + 1))


def test_five_thousand_alerts_are_taken_in_one_body() -> None:
    origin = source(grouping_window_seconds=600)
    body = notification(*map(alert, range(5_000)))
    assert tell(origin, body).status_code == 202
    assert (Alert.objects.count(), Incident.objects.count()) == (5_000, 1)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert tell(origin, body).status_code == 202
    assert len(statements) < 60
    assert set(Alert.objects.values_list("firings", flat=True)) == {1}


@pytest.mark.parametrize("window", [0, 600])
def test_a_storm_comes_and_goes(window: int) -> None:
    origin = source(grouping_window_seconds=window, declines_resolved=True)
    told(origin, *map(alert, range(250)))
    assert (Alert.objects.count(), Incident.objects.count()) == (250, 1 if window else 250)
    told(origin, *map(resolved, range(250)))
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}
    assert set(Incident.objects.values_list("incident_status__category", flat=True)) == {"declined"}
    check_events()


def test_an_incident_stays_while_one_of_its_alerts_fires() -> None:
    origin = source(grouping_window_seconds=600, declines_resolved=True)
    told(origin, *map(alert, range(10)))
    told(origin, *map(resolved, range(9)))
    assert Incident.objects.get().incident_status.category == "triage"
    told(origin, resolved(9), resolved(8))
    assert Incident.objects.get().incident_status.category == "declined"


def test_a_storm_joins_the_incident_that_is_there() -> None:
    origin = source(grouping_window_seconds=600)
    told(origin, alert(0))
    told(origin, *map(alert, range(20)))
    assert Incident.objects.get().incident_alerts.count() == 20
    check_events()


def test_a_hundred_duplicates_are_one_alert() -> None:
    origin = source()
    told(origin, *[alert()] * 100)
    for _ in range(100):
        told(origin, alert())
    assert (
        Alert.objects.get().firings,
        Incident.objects.count(),
        Event.objects.filter(subject_type="alert").count(),
    ) == (
        1,
        1,
        1,
    )


def test_one_body_may_speak_twice_of_an_alert() -> None:
    origin = source()
    told(origin, alert(), resolved(), alert(since=clock(12)), alert(1), resolved(1))
    assert list(Alert.objects.order_by("deduplication_key").values_list("status", "firings")) == [
        ("firing", 2),
        ("resolved", 1),
    ]
    check_events()


@pytest.mark.parametrize("many", [1, 30])
def test_what_is_resolved_before_it_fires_stays_resolved(many: int) -> None:
    origin = source()
    told(origin, *map(resolved, range(many)))
    told(origin, *map(alert, range(many)))
    assert set(Alert.objects.values_list("status", "firings")) == {("resolved", 0)}
    assert not Incident.objects.exists()
    check_events()


@pytest.mark.parametrize("many", [1, 30])
def test_an_end_that_comes_an_hour_late_does_not_undo_what_fires_again(many: int) -> None:
    origin = source()
    told(origin, *map(alert, range(many)))
    told(origin, *[alert(number, since=clock(12)) for number in range(many)])
    told(origin, *map(resolved, range(many)), later=60)
    assert set(Alert.objects.values_list("status", "firings")) == {("firing", 1)}
    check_events()


@pytest.mark.parametrize("many", [1, 30])
def test_a_start_that_comes_an_hour_late_does_not_undo_its_end(many: int) -> None:
    origin = source()
    told(origin, *map(alert, range(many)))
    told(origin, *map(resolved, range(many)))
    told(origin, *map(alert, range(many)), later=60)
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}
    check_events()


@pytest.mark.parametrize("many", [1, 30])
def test_a_start_that_is_insisted_on_is_believed(many: int) -> None:
    origin = source()
    told(origin, *map(alert, range(many)))
    told(origin, *map(resolved, range(many)))
    for later in (1, 2, 5, 7):
        assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}
        told(origin, *map(alert, range(many)), later=later)
    assert set(Alert.objects.values_list("status", "firings")) == {("firing", 2)}
    check_events()


def test_an_alert_that_fires_again_is_heard() -> None:
    origin = source()
    told(origin, alert(), alert(1))
    told(origin, resolved(), resolved(1))
    told(origin, alert(since=clock(12)), alert(1, since=clock(12)))
    assert set(Alert.objects.values_list("status", "firings")) == {("firing", 2)}


@pytest.mark.parametrize("time", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-24"])
def test_times_that_say_nothing_count_for_nothing(time: str) -> None:
    origin = source()
    told(origin, alert(since=time))
    told(origin, resolved(since=time, end=time))
    assert Alert.objects.get().status == "resolved"


def test_a_clock_that_is_ahead_does_not_make_an_alert_deaf() -> None:
    origin = source()
    told(origin, alert(since="2099-01-01T00:00:00Z"))
    told(origin, resolved(end=timezone.now().isoformat()), later=1)
    told(origin, alert(since=(timezone.now() + timedelta(minutes=2)).isoformat()), later=3)
    assert Alert.objects.get().firings == 2
