"""One alert and one incident, however many speak of it at once, over several processes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlsplit

import pytest
from django.db.models import Count, Q

from events.models import Event
from events.record import fold
from incidents.models import Alert, AlertSource, Incident
from tests.conftest import ApiClient
from tests.incidents.alerting import events_of, source
from tests.processes import web_server

SENDERS = 64
ALERTS = 16
IN_TRIAGE = Q(incident_alerts__incident__incident_status__category="triage")


def send(url: str, source: AlertSource, key: str, status: str = "firing") -> int:
    """Tell of the alert over a connection of its own."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {source.secret}"}
    body = {"title": "Disk is full", "status": status, "deduplication_key": key}
    connection.request("POST", f"/v2/alert_events/http/{source.id}", json.dumps(body), headers)
    status_code = connection.getresponse().status
    connection.close()
    return status_code


@pytest.mark.django_db(transaction=True)
def test_a_storm_is_one_incident(api: Callable[..., ApiClient]) -> None:
    lone, grouped = source(name="Lone"), source(name="Grouped", grouping_window_seconds=600, declines_resolved=True)
    with web_server(processes=3) as url, ThreadPoolExecutor(SENDERS) as senders:
        same = senders.map(lambda _: send(url, lone, "disk"), range(SENDERS))
        assert set(same) == {202}
        assert (Alert.objects.count(), Incident.objects.count()) == (1, 1)
        assert Event.objects.filter(subject_type="alert").count() == 1
        keys = [f"disk {place}" for place in range(ALERTS)]
        assert set(senders.map(lambda key: send(url, grouped, key), keys)) == {202}
        assert (Alert.objects.count(), Incident.objects.count()) == (1 + ALERTS, 2)
        assert set(senders.map(lambda key: send(url, grouped, key, "resolved"), keys)) == {202}
    declined = Incident.objects.latest("id")
    assert declined.incident_status.category == "declined"
    assert declined.incident_alerts.count() == ALERTS


def notify(url: str, source: AlertSource, alerts: list[dict[str, object]]) -> int:
    """Tell of many alerts in one notification, over a connection of its own."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {source.secret}"}
    connection.request("POST", f"/v2/alert_events/alertmanager/{source.id}", json.dumps({"alerts": alerts}), headers)
    status_code = connection.getresponse().status
    connection.close()
    return status_code


def storm(status: str) -> list[dict[str, object]]:
    """Many alerts of this status."""
    return [
        {"status": status, "fingerprint": f"f{place:03}", "labels": {"alertname": f"Disk {place}"}}
        for place in range(60)
    ]


def shuffled(alerts: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    """The alerts in three orders."""
    return [alerts, alerts[::-1], alerts[30:] + alerts[:30]]


def managers() -> list[AlertSource]:
    """One whose alerts share an incident, and one whose alerts have an incident each."""
    said = {"source_type": "alertmanager", "declines_resolved": True}
    return [source(name="Shared", grouping_window_seconds=600, **said), source(name="Each", **said)]


def check_each_has_its_incident(manager: AlertSource) -> None:
    """Every alert has one incident that is open, and its events say how it is."""
    alerts = Alert.objects.filter(alert_source=manager).annotate(shared=Count("incident_alerts", filter=IN_TRIAGE))
    assert [alert.shared for alert in alerts] == [1] * 60
    still_open = Incident.objects.filter(
        incident_status__category="triage", incident_alerts__alert__alert_source=manager
    ).distinct()
    assert still_open.count() == (1 if manager.grouping_window_seconds else 60)
    for alert in alerts:
        events = events_of(alert)
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert fold(events)["status"] == alert.status


@pytest.mark.django_db(transaction=True)
def test_storms_that_overlap_count_once(api: Callable[..., ApiClient]) -> None:
    both, alerts = managers(), Alert.objects
    with web_server(processes=3) as url, ThreadPoolExecutor(3) as senders:
        for manager, (status, firings) in product(both, [("firing", 1), ("resolved", 1), ("firing", 2)]):
            bodies = shuffled(storm(status))
            assert set(senders.map(notify, [url] * 3, [manager] * 3, bodies)) == {202}
            said = alerts.filter(alert_source=manager).values_list("status", "firings")
            assert list(said) == [(status, firings)] * 60
    for manager in both:
        check_each_has_its_incident(manager)
    for verb in ("created", "resolved", "fired"):
        assert Event.objects.filter(type=f"alert.{verb}").count() == 120


@pytest.mark.django_db(transaction=True)
def test_storms_that_contradict_each_other_come_to_an_end(api: Callable[..., ApiClient]) -> None:
    firing, resolved = storm("firing"), storm("resolved")
    bodies = [firing[:30] + resolved[30:], resolved[:30] + firing[30:], firing, resolved[::-1], firing[::-1]] * 2
    both = managers()
    with web_server(processes=3) as url, ThreadPoolExecutor(6) as senders:
        for manager in both:
            assert notify(url, manager, firing) == 202
            assert set(senders.map(notify, [url] * 10, [manager] * 10, bodies)) == {202}
            assert notify(url, manager, firing) == 202
    for manager in both:
        assert {alert.status for alert in Alert.objects.filter(alert_source=manager)} == {"firing"}
        check_each_has_its_incident(manager)
