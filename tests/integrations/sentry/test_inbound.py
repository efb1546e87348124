"""Issues and metrics of Sentry's become alerts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.models import Alert, AlertStatus, Incident
from integrations.registry import INBOUND
from integrations.sentry.inbound import parse, verify
from tests.integrations.recorded import payload, source_of, tell

ISSUE_ALERT, METRIC_ALERT = payload("sentry", "event_alert"), payload("sentry", "metric_alert")
KEY = "sentry:1170820242"


def about_event(**said: Any) -> dict[str, Any]:
    """An issue alert, with other things said of the event."""
    data = ISSUE_ALERT["data"]
    return ISSUE_ALERT | {"data": data | {"event": data["event"] | said}}


def about_metric(action: str, **said: Any) -> dict[str, Any]:
    """A metric alert, with other things said of it."""
    data = METRIC_ALERT["data"]
    return METRIC_ALERT | {"action": action, "data": data | {"metric_alert": data["metric_alert"] | said}}


def issue(action: str, **said: Any) -> dict[str, Any]:
    """What became of the issue."""
    recorded = payload("sentry", "issue")
    recorded["data"]["issue"] |= said
    return recorded | {"action": action}


def test_an_issue_alert_is_an_alert() -> None:
    answer = tell(source_of("sentry"), ISSUE_ALERT)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    alert = Alert.objects.get()
    assert (alert.deduplication_key, alert.status) == (KEY, "firing")
    assert alert.title == Incident.objects.get().name == "ReferenceError: heck is not defined – 漢字"
    assert alert.source_url == ISSUE_ALERT["data"]["event"]["web_url"]
    assert alert.description == "checkout.views in pay"


def test_what_one_asks_first_is_its_metadata() -> None:
    (event,) = parse(ISSUE_ALERT)
    assert event.metadata == {
        "level": "error",
        "culprit": "checkout.views in pay",
        "environment": "production",
        "platform": "javascript",
        "release": "2026.10.3",
        "project": 1,
        "event_id": "e4874d664c3540c1a32eab185f12c5ab",
        "issue_id": "1170820242",
        "tags": {"browser": "Chrome 75.0.3770", "environment": "production", "team": "payments"},
        "rule": "Very important alert rule",
    }


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({}, datetime(2026, 10, 19, 21, 6, 4, 703000, UTC)),
        ({"received": None}, datetime(2026, 10, 19, 21, 6, 4, 513000, UTC)),
        ({"received": True, "datetime": "2026-10-19T21:06:04Z"}, datetime(2026, 10, 19, 21, 6, 4, tzinfo=UTC)),
        ({"received": -1, "datetime": None}, None),
        ({"received": 1e300, "datetime": "soon"}, None),
    ],
)
def test_it_was_so_when_sentry_got_it(said: dict[str, Any], at: datetime | None) -> None:
    assert parse(about_event(**said))[0].at == at


def test_another_event_of_an_issue_is_no_other_alert() -> None:
    source = source_of("sentry")
    for received in (1792443964, 1792443999, 1792444999):
        tell(source, about_event(received=received, event_id=str(received)))
    assert (Alert.objects.get().firings, Incident.objects.count()) == (1, 1)


@pytest.mark.parametrize("action", ["resolved", "archived", "ignored"])
def test_what_people_are_done_with_is_resolved(action: str) -> None:
    source = source_of("sentry")
    tell(source, ISSUE_ALERT)
    assert tell(source, issue(action)).json()["accepted"] == 1
    alert = Alert.objects.get()
    assert (alert.status, alert.metadata["action"]) == ("resolved", action)


@pytest.mark.parametrize("action", ["created", "assigned", "unresolved", "thought_of_later"])
def test_what_else_becomes_of_an_issue_is_taken_and_left(action: str) -> None:
    source = source_of("sentry")
    tell(source, ISSUE_ALERT)
    assert tell(source, issue(action)).json()["accepted"] == 0
    assert Alert.objects.get().status == "firing"


def test_an_issue_that_never_fired_here_leaves_no_alert() -> None:
    assert tell(source_of("sentry"), issue("resolved")).status_code == 202
    assert not Alert.objects.exists()


def test_an_issue_fires_again_after_it_was_resolved() -> None:
    source = source_of("sentry")
    for body in (ISSUE_ALERT, issue("resolved"), about_event(received=1792450000)):
        tell(source, body)
    assert (Alert.objects.get().status, Alert.objects.get().firings) == ("firing", 2)


def test_a_metric_alert_is_an_alert() -> None:
    tell(source_of("sentry_metric"), METRIC_ALERT)
    alert = Alert.objects.get()
    assert (alert.deduplication_key, alert.title) == ("sentry:metric:4", "Critical: Too many errors")
    assert alert.description == "1000 events in the last 10 minutes\nFilter: level:error"
    assert alert.source_url == "https://sentry.io/organizations/acme/alerts/rules/details/1/?alert=1"
    assert alert.metadata["projects"] == ["checkout"]
    assert {name: alert.metadata[name] for name in ("level", "rule", "aggregate", "query")} == {
        "level": "critical",
        "rule": "Too many errors",
        "aggregate": "count()",
        "query": "level:error",
    }


@pytest.mark.parametrize("action", ["critical", "warning", "open", "thought_of_later"])
def test_it_fires_whatever_its_level(action: str) -> None:
    tell(source_of("sentry"), about_metric(action))
    assert (Alert.objects.get().status, Alert.objects.get().metadata["level"]) == ("firing", action)


def test_it_comes_and_goes() -> None:
    source = source_of("sentry")
    for action in ("warning", "critical", "warning"):
        tell(source, about_metric(action))
    tell(source, about_metric("resolved", date_closed="2026-10-19T22:00:00.000000Z"))
    assert (Alert.objects.get().status, Alert.objects.get().firings) == (AlertStatus.RESOLVED, 1)


def test_what_comes_late_does_not_undo_that_it_is_over() -> None:
    source = source_of("sentry")
    for action in ("critical", "resolved", "warning"):
        tell(source, about_metric(action, date_closed="2026-10-19T22:00:00.000000Z"))
    assert Alert.objects.get().status == AlertStatus.RESOLVED


@pytest.mark.parametrize("name", ["installation", "comment", "error"])
def test_what_is_no_alert_is_taken_and_left(name: str) -> None:
    answer = tell(source_of("sentry"), payload("sentry", name))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "data"),
        ({"action": "triggered"}, "data"),
        ({"action": 7, "data": {}}, "data"),
        ({"action": "triggered", "data": []}, "data"),
        ({"project": "checkout", "culprit": "x", "event": {}}, "data"),
        (about_event(issue_id=None), "data.event.issue_id"),
        (about_event(issue_id=""), "data.event.issue_id"),
        (about_event(issue_id={}), "data.event.issue_id"),
        (about_event(issue_id="1" * 201), "data.event.issue_id"),
        (about_metric("critical", id=None), "data.metric_alert.id"),
        (about_metric("critical", id=True), "data.metric_alert.id"),
        (issue("resolved", id=None), "data.issue.id"),
    ],
)
def test_what_cannot_be_known_again_is_refused_by_name(body: dict[str, Any], pointer: str) -> None:
    answer = tell(source_of("sentry"), body)
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (422, pointer)
    assert not Alert.objects.exists()


def test_ids_may_be_numbers() -> None:
    assert parse(about_event(issue_id=1170820242))[0].deduplication_key == KEY


@pytest.mark.parametrize("wrong", [None, 7, [], {}, True, "x" * 10_000, [[]], [["a"]], [["a", None]]])
@pytest.mark.parametrize("name", ["title", "message", "web_url", "tags", "culprit", "level", "datetime"])
def test_whatever_stands_in_the_other_places_is_an_alert(name: str, wrong: Any) -> None:
    assert tell(source_of("sentry"), about_event(**{name: wrong})).status_code == 202


@pytest.mark.parametrize("wrong", [None, 7, [], "x", True])
@pytest.mark.parametrize("name", ["alert_rule", "projects", "date_detected", "title"])
def test_so_it_is_with_metrics(name: str, wrong: Any) -> None:
    assert tell(source_of("sentry"), about_metric("critical", **{name: wrong})).status_code == 202


@pytest.mark.parametrize("source_type", ["sentry", "sentry_metric"])
def test_sources_of_sentry_are_read_here(source_type: str) -> None:
    assert (INBOUND[source_type].parse, INBOUND[source_type].verify) == (parse, verify)
