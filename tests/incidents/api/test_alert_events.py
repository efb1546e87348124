"""What sources send, by their own secrets."""

import base64
import json
import logging
from typing import Any

import pytest

from incidents.alert_sources import archive_alert_source
from incidents.models import Alert, AlertSource, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.alerting import fire, source
from tests.test_bad_input import BROKEN_JSON, DEEP, NOT_OBJECTS, assert_refused, rows

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
FIRING = {"title": "Disk is full", "status": "firing"}


def url(source: AlertSource, kind: str = "alert_events/http") -> str:
    return f"/v2/{kind}/{source.id}"


def send(source: AlertSource, body: Any, kind: str = "alert_events/http") -> Any:
    return ApiClient(source.secret).post(url(source, kind), body)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_an_event_is_taken_in(hub: None) -> None:
    said = FIRING | {
        "deduplication_key": "disk",
        "description": "90 %",
        "source_url": "https://x",
        "metadata": {"a": 1},
    }
    answer = send(source(), said)
    assert answer.status_code == 202
    message = "Event accepted for processing"
    assert answer.json() == {"status": "success", "message": message, "deduplication_key": "disk"}
    alert = Alert.objects.get()
    assert (alert.title, alert.description, alert.source_url, alert.metadata) == (
        "Disk is full",
        "90 %",
        "https://x",
        {"a": 1},
    )


def test_without_a_key_each_event_is_an_alert(hub: None) -> None:
    origin = source()
    first, second = (send(origin, FIRING).json()["deduplication_key"] for _ in range(2))
    assert {alert.deduplication_key for alert in Alert.objects.all()} == {first, second}


def test_a_resolved_event_resolves(hub: None) -> None:
    fire(origin := source(), "disk")
    assert send(origin, {"title": "x", "status": "resolved", "deduplication_key": "disk"}).status_code == 202
    assert send(origin, {"title": "x", "status": "resolved", "deduplication_key": "?"}).status_code == 202
    assert Alert.objects.get().status == "resolved"


def test_the_secret_may_come_in_several_ways(anonymous: ApiClient) -> None:
    secret = (origin := source()).secret
    ways = [f"bearer {secret}", basic("incident", secret), basic(secret, "")]
    answers = [anonymous.post(url(origin), FIRING, Authorization=way) for way in ways]
    answers.append(anonymous.post(f"{url(origin)}?token={secret}", FIRING))
    assert {answer.status_code for answer in answers} == {202}


@pytest.mark.parametrize(
    "way", ["", "Bearer", "Bearer x", "Basic", "Basic é", "Basic eA==", "Digest x", basic("x", "y")]
)
def test_without_its_secret_nobody_speaks_for_a_source(anonymous: ApiClient, way: str) -> None:
    answer = anonymous.post(url(source()), b"not even JSON", Authorization=way)
    assert answer.status_code == 401
    assert answer.json()["type"] == "authentication_error"


def test_an_api_key_or_another_s_secret_will_not_do(everyone: ApiClient) -> None:
    origin, other = source(), source(name="Other")
    assert everyone.post(url(origin), FIRING).status_code == 401
    assert ApiClient(other.secret).post(url(origin), FIRING).status_code == 401


def test_a_source_that_is_not_there_is_404(anonymous: ApiClient) -> None:
    archive_alert_source(SYSTEM, gone := source())
    paths = [url(gone), f"/v2/alert_events/http/{UNKNOWN}", "/v2/alert_events/http/x", f"/v2/heartbeat/{UNKNOWN}/ping"]
    assert {anonymous.post(f"{path}?token={gone.secret}", FIRING).status_code for path in paths} == {404}


def test_the_secret_is_in_no_log(anonymous: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    origin = source()
    for body in (FIRING, {}, b"{"):
        anonymous.post(f"{url(origin)}?token={origin.secret}", body)
    anonymous.get(f"{url(origin, 'heartbeat')}/ping?token={origin.secret}")
    assert url(origin) in caplog.text
    assert origin.secret not in caplog.text


def custom(path: str) -> AlertSource:
    options = {"deduplication_key_path": path, "transform_expression": ""}
    return source("http_custom", options={"http_custom_options": options})


def test_a_custom_source_has_its_key_where_it_says(hub: None) -> None:
    said = FIRING | {"labels": {"id": 7}}
    assert send(custom("$.labels.id"), said).json()["deduplication_key"] == "7"
    assert Alert.objects.get().metadata == said


def test_a_custom_source_without_its_key_is_refused(hub: None) -> None:
    origin = custom("$.labels.id")
    before = rows()
    answer = send(origin, FIRING)
    assert_refused(answer, before)
    assert answer.json()["errors"][0]["source"]["pointer"] == "$.labels.id"


ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db-1:9100"},
    "annotations": {"summary": "Disk of db-1 is full", "description": "90 % of 1 TB"},
    "startsAt": "2026-11-24T04:00:00.123Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph",
    "fingerprint": "c5e7a1b2d3f40516",
}


def notification(*more: dict[str, Any]) -> dict[str, Any]:
    """As Alertmanager sends it: of one alert, and of others that differ from it."""
    return {
        "receiver": "incidentio",
        "status": "firing",
        "alerts": [ALERT, *(ALERT | other for other in more)],
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "1",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
    }


@pytest.mark.parametrize("kind", ["alert_events/http", "alert_events/alertmanager"])
def test_alertmanager_tells_of_its_alerts(hub: None, kind: str) -> None:
    origin, body = source("alertmanager"), notification()
    assert send(origin, body | {"version": "4"}, kind).status_code == 202
    alert = Alert.objects.get()
    assert (alert.deduplication_key, alert.title, alert.description, alert.source_url) == (
        "c5e7a1b2d3f40516",
        "Disk of db-1 is full",
        "90 % of 1 TB",
        "http://prometheus:9090/graph",
    )
    assert alert.metadata["labels"]["severity"] == "critical"
    assert Incident.objects.get().name == "Disk of db-1 is full"


def test_each_alert_of_a_notification_is_one_and_repeats_are_none(hub: None) -> None:
    origin = source("alertmanager", grouping_window_seconds=300)
    body = notification({"fingerprint": "2", "annotations": {}})
    assert send(origin, body).json()["deduplication_key"] == body["groupKey"]
    send(origin, body)
    assert sorted(Alert.objects.values_list("title", "firings")) == [("Disk of db-1 is full", 1), ("DiskFull", 1)]
    assert Incident.objects.count() == 1
    send(origin, body | {"alerts": [alert | {"status": "resolved"} for alert in body["alerts"]]})
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}


def test_a_source_of_another_type_is_no_alertmanager(hub: None) -> None:
    answer = send(source(), notification(), "alert_events/alertmanager")
    assert answer.status_code == 422


def test_a_heartbeat_is_noted(anonymous: ApiClient) -> None:
    heart = source("heartbeat", options={"heartbeat_options": {"interval_seconds": 60}})
    path = f"{url(heart, 'heartbeat')}/ping"
    answers = [ApiClient(heart.secret).post(path, b"rubbish"), anonymous.get(f"{path}?token={heart.secret}")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b""), (204, b"")]
    heart.refresh_from_db()
    assert heart.last_ping_at is not None
    assert anonymous.get(path).status_code == 401
    assert send(heart, FIRING).status_code == 422


def test_only_a_heartbeat_source_has_a_heartbeat(hub: None) -> None:
    origin = source()
    assert ApiClient(origin.secret).post(f"{url(origin, 'heartbeat')}/ping").status_code == 404


NO_TEXT: list[Any] = ["x\0", "x" * 200_000, 7, 1.5, True, [], {}, ["x"]]
WRONG: dict[str, list[Any]] = {
    "title": ["", None, *NO_TEXT],
    "status": ["", None, "Firing", *NO_TEXT],
    "deduplication_key": NO_TEXT,
    "description": NO_TEXT,
    "source_url": NO_TEXT,
    "metadata": ["", "x", 7, [], True, {"x": "\0"}, {"x\0": 1}],
    "other": ["\0", [["\0"]]],
}
DEEP_DOWN = b', "metadata": ' + b'{"a":' * 90 + b"1" + b"}" * 91
NO_JSON = {
    "a number too large": b'{"title": "x", "status": "firing", "metadata": {"x": 1e999}}',
    "depth": json.dumps(FIRING).encode()[:-1] + DEEP_DOWN,
    **BROKEN_JSON,
    **NOT_OBJECTS,
    **DEEP,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused(hub: None, name: str) -> None:
    origin = source()
    before = rows()
    for wrong in WRONG[name]:
        answer = send(origin, FIRING | {name: wrong})
        assert_refused(answer, before)
        assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["http", "alertmanager"])
def test_what_is_no_event_at_all_is_refused(hub: None, kind: str) -> None:
    origin = source(kind)
    before = rows()
    for body in NO_JSON.values():
        assert_refused(send(origin, body, f"alert_events/{kind}"), before)


WRONG_ALERTS: list[dict[str, Any]] = [
    {"fingerprint": ""},
    {"fingerprint": "x" * 501},
    {"fingerprint": None},
    {"status": "suppressed"},
    {"labels": None},
    {"labels": {"a": 1}},
    {"labels": {"a": "\0"}},
    {"annotations": ["x"]},
    {"generatorURL": 7},
]


def test_a_wrong_notification_is_refused_whole(hub: None) -> None:
    origin = source("alertmanager")
    before = rows()
    for wrong in WRONG_ALERTS:
        assert_refused(send(origin, notification({"fingerprint": "2"} | wrong)), before)
    assert_refused(send(origin, {"alerts": {}}), before)
    assert_refused(send(origin, {"groupKey": "x"}), before)


def test_optional_values_may_be_empty(hub: None) -> None:
    empty = {"deduplication_key": "", "description": "", "source_url": "", "metadata": {}}
    assert send(source(), FIRING | empty).status_code == 202
    assert send(source(name="Other"), FIRING | dict.fromkeys(empty)).status_code == 202
