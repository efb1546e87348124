"""Notifications of Grafana's become alerts, each by its fingerprint."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.alert_sources import update_alert_source
from incidents.models import Alert, AlertStatus, Incident
from integrations.grafana.inbound import parse, verify
from integrations.registry import INBOUND
from tests.conftest import SYSTEM
from tests.integrations.recorded import payload, source_of, tell

FIRING = payload("grafana", "firing")
MEMORY, CPU = FIRING["alerts"]
NEVER = "0001-01-01T00:00:00Z"


def told(**said: Any) -> dict[str, Any]:
    """A notification of the one alert, with other things said of it; None: not said."""
    alert = {name: value for name, value in (MEMORY | said).items() if value is not None}
    return FIRING | {"alerts": [alert]}


def storm(many: int, status: str = "firing") -> dict[str, Any]:
    alerts = [MEMORY | {"fingerprint": f"{number:016x}", "status": status} for number in range(many)]
    return FIRING | {"alerts": alerts}


def test_each_alert_of_a_notification_is_one() -> None:
    answer = tell(source_of("grafana"), FIRING)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert set(Alert.objects.values_list("deduplication_key", "status")) == {
        ("c6eadffa33fcdf37", "firing"),
        ("bc97ff14869b13e3", "resolved"),
    }
    assert Incident.objects.get().name == "Memory of zone us-1 is nearly full – 漢字"


def test_all_that_grafana_says_of_an_alert_is_kept() -> None:
    event, _ = parse(FIRING)
    assert event.source_url == MEMORY["panelURL"]
    assert event.description == "The system has high memory usage"
    assert event.at == datetime(2026, 10, 12, 7, 51, 3, 157076, UTC)
    assert event.metadata["values"] == {"B": 44.23943737541908, "C": 1}
    assert event.metadata["silenceURL"] == MEMORY["silenceURL"]
    assert event.metadata["imageURL"] == "https://images.example.com/panel.png"
    assert (event.metadata["orgId"], event.metadata["labels"]["team"]) == (1, "blue")


def test_what_it_says_of_the_whole_notification_can_be_referred_to() -> None:
    source = source_of("grafana")
    title = {"reference": "payload.title"}
    update_alert_source(SYSTEM, source, template=source.template | {"title": title})
    tell(source, told())
    assert Alert.objects.get().title == FIRING["title"]


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ({}, MEMORY["panelURL"]),
        ({"panelURL": ""}, MEMORY["dashboardURL"]),
        ({"panelURL": None, "dashboardURL": None}, MEMORY["generatorURL"]),
        ({"panelURL": "", "dashboardURL": "", "generatorURL": ""}, ""),
    ],
)
def test_the_address_is_where_one_looks_first(said: dict[str, Any], url: str) -> None:
    assert parse(told(**said))[0].source_url == url


@pytest.mark.parametrize(
    ("annotations", "labels", "title"),
    [
        ({"summary": "Full"}, {"alertname": "Disk"}, "Full"),
        ({}, {"alertname": "Disk"}, "Disk"),
        ({"summary": ""}, {}, "c6eadffa33fcdf37"),
        (None, {"alertname": "Disk"}, "Disk"),
        ({}, {"alertname": "DatasourceError", "rulename": "Disk"}, "DatasourceError: Disk"),
        ({"summary": "Full"}, {"alertname": "DatasourceNoData", "rulename": "Disk"}, "DatasourceNoData: Full"),
        ({}, {"alertname": "DatasourceNoData", "datasource_uid": "P1"}, "DatasourceNoData: P1"),
        ({}, {"alertname": "DatasourceNoData"}, "DatasourceNoData"),
    ],
)
def test_the_title_is_what_a_person_would_say(annotations: Any, labels: dict[str, str], title: str) -> None:
    assert parse(told(annotations=annotations, labels=labels))[0].title == title


def test_a_rule_without_data_is_an_alert_of_its_own() -> None:
    tell(source_of("grafana"), payload("grafana", "no_data"))
    alert = Alert.objects.get()
    assert (alert.title, alert.status) == ("DatasourceNoData: High memory usage", "firing")
    assert alert.metadata["annotations"] == {"grafana_state_reason": "NoData"}


def test_the_test_button_makes_an_alert_however_often_it_is_pressed() -> None:
    source = source_of("grafana")
    for second in (19, 29):
        body = payload("grafana", "test")
        body["alerts"][0]["startsAt"] = f"2026-10-16T17:11:{second}Z"
        assert tell(source, body).status_code == 202
    assert (Alert.objects.get().title, Incident.objects.count()) == ("Notification test", 1)


@pytest.mark.parametrize("end", [NEVER, "", None, "0001-01-01T00:00:00+00:00", "2031-01-01T00:00:00Z", "soon"])
def test_an_alert_that_fires_has_no_end(end: str | None) -> None:
    assert parse(told(endsAt=end))[0].at == datetime(2026, 10, 12, 7, 51, 3, 157076, UTC)


@pytest.mark.parametrize("end", [NEVER, "", None, "soon"])
def test_one_that_is_resolved_without_an_end_is_resolved(end: str | None) -> None:
    source = source_of("grafana")
    tell(source, told())
    tell(source, told(status="resolved", endsAt=end))
    assert Alert.objects.get().status == AlertStatus.RESOLVED


@pytest.mark.parametrize("start", [NEVER, "", None, "soon"])
def test_a_start_that_says_nothing_counts_for_nothing(start: str | None) -> None:
    assert parse(told(startsAt=start))[0].at is None


def test_a_start_that_comes_after_its_end_changes_nothing() -> None:
    source = source_of("grafana")
    end = "2026-10-12T12:00:00Z"
    for body in (told(), told(status="resolved", endsAt=end), told()):
        tell(source, body)
    assert (Alert.objects.get().status, Alert.objects.get().firings) == (AlertStatus.RESOLVED, 1)


def test_it_fires_again_when_it_starts_again() -> None:
    source = source_of("grafana")
    end, again = "2026-10-12T12:00:00Z", "2026-10-12T13:00:00Z"
    for body in (told(), told(status="resolved", endsAt=end), told(startsAt=again)):
        tell(source, body)
    assert (Alert.objects.get().status, Alert.objects.get().firings) == (AlertStatus.FIRING, 2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "alerts"),
        ({"title": "[FIRING:1]", "text": "made by a template"}, "alerts"),
        ({"alerts": None}, "alerts"),
        ({"alerts": {}}, "alerts"),
        ({"alerts": ["x"]}, "alerts.0"),
        (told(fingerprint=None), "alerts.0.fingerprint"),
        (told(fingerprint=""), "alerts.0.fingerprint"),
        (told(fingerprint="f" * 501), "alerts.0.fingerprint"),
        (told(fingerprint=7), "alerts.0.fingerprint"),
        (told(status=None), "alerts.0.status"),
        (told(status="alerting"), "alerts.0.status"),
        (told(labels=None), "alerts.0.labels"),
        (told(labels={"team": 7}), "alerts.0.labels.team"),
        (told(annotations=[]), "alerts.0.annotations"),
        (told(panelURL=7), "alerts.0.panelURL"),
        (told(values=[1]), "alerts.0.values"),
    ],
)
def test_what_a_payload_template_left_out_is_named(body: dict[str, Any], pointer: str) -> None:
    answer = tell(source_of("grafana"), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["source"]["pointer"] == pointer
    assert not Alert.objects.exists()


def test_a_notification_without_alerts_makes_none() -> None:
    assert tell(source_of("grafana"), {"alerts": []}).json()["accepted"] == 0


def test_one_wrong_alert_keeps_the_others_out_too() -> None:
    body = deepcopy(FIRING)
    del body["alerts"][1]["status"]
    assert tell(source_of("grafana"), body).status_code == 422
    assert not Alert.objects.exists()


def test_a_storm_costs_a_few_statements_a_hundred() -> None:
    source = source_of("grafana", grouping_window_seconds=600)
    with CaptureQueriesContext(connection) as first:
        assert tell(source, storm(1_000)).json()["accepted"] == 1_000
    with CaptureQueriesContext(connection) as again:
        tell(source, storm(1_000))
    assert (Alert.objects.count(), Incident.objects.count()) == (1_000, 1)
    assert len(first) < 300
    assert len(again) < 30


def test_a_storm_passes() -> None:
    source = source_of("grafana", grouping_window_seconds=600, declines_resolved=True)
    tell(source, storm(200))
    tell(source, storm(200, "resolved"))
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}
    assert Incident.objects.get().incident_status.category == "declined"


def test_sources_of_grafana_are_read_here() -> None:
    assert (INBOUND["grafana"].parse, INBOUND["grafana"].verify) == (parse, verify)
