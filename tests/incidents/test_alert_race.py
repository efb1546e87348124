"""One alert and one incident, however many speak of it at once, over several processes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from events.models import Event
from incidents.models import Alert, AlertSource, Incident
from tests.conftest import ApiClient
from tests.incidents.alerting import source
from tests.processes import web_server

SENDERS = 64
ALERTS = 16


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


@pytest.mark.django_db(transaction=True)
def test_storms_that_overlap_make_each_alert_once(api: Callable[..., ApiClient]) -> None:
    manager = source(name="Prometheus", source_type="alertmanager", grouping_window_seconds=600)
    firing: list[dict[str, object]] = [
        {"status": "firing", "fingerprint": f"f{place:03}", "labels": {"alertname": f"Disk {place}"}}
        for place in range(60)
    ]
    resolved: list[dict[str, object]] = [alert | {"status": "resolved"} for alert in firing]
    with web_server(processes=3) as url, ThreadPoolExecutor(3) as senders:
        orders = [firing, firing[::-1], firing[30:] + firing[:30]]
        assert set(senders.map(lambda alerts: notify(url, manager, alerts), orders)) == {202}
        assert (Alert.objects.count(), Incident.objects.count()) == (60, 1)
        assert set(Alert.objects.values_list("firings", flat=True)) == {1}
        assert set(senders.map(lambda alerts: notify(url, manager, alerts), [resolved, resolved[::-1]])) == {202}
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}
    assert Event.objects.filter(subject_type="alert", type="alert.created").count() == 60
