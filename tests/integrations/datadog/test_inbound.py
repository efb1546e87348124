"""Monitors become alerts: one for each cycle, from trigger to recovery."""

from typing import Any

import pytest

from incidents.models import Alert, Incident
from tests.integrations.recorded import payload, source_of, tell

TRIGGERED = payload("datadog", "triggered")
RECOVERED = TRIGGERED | {"transition": "Recovered", "last_updated": "1764068400000", "title": "[Recovered] Disk"}


def test_a_monitor_that_triggers_is_an_alert() -> None:
    answer = tell(source_of("datadog"), TRIGGERED)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    alert = Alert.objects.get()
    assert alert.deduplication_key == TRIGGERED["cycle_key"]
    assert alert.title == "[P2] [Triggered on {host:db-1}] Disk is full"
    assert alert.source_url == TRIGGERED["link"]
    assert alert.metadata["tags"] == ["monitor", "team:dbs", "host:db-1"]
    assert (alert.metadata["priority"], alert.metadata["scope"]) == ("P2", TRIGGERED["scope"])
    assert Incident.objects.get().name == alert.title


def test_its_recovery_resolves_it() -> None:
    source = source_of("datadog")
    tell(source, TRIGGERED)
    tell(source, RECOVERED)
    assert Alert.objects.get().status == "resolved"


TRANSITIONS = ["Warn", "No Data", "Renotify", "Re-Triggered", "Re-Warn", "Re-No Data", "", "$ALERT_TRANSITION", None, 7]


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_every_other_transition_fires(transition: Any) -> None:
    tell(source_of("datadog"), TRIGGERED | {"transition": transition})
    assert Alert.objects.get().status == "firing"


@pytest.mark.parametrize("unknown", ["", None, "$ALERT_CYCLE_KEY"])
def test_an_event_without_a_cycle_has_its_aggregation_key(unknown: str | None) -> None:
    tell(source_of("datadog"), TRIGGERED | {"cycle_key": unknown})
    assert Alert.objects.get().deduplication_key == TRIGGERED["aggreg_key"]


@pytest.mark.parametrize("body", [{}, {"cycle_key": "$ALERT_CYCLE_KEY"}, {"cycle_key": "x" * 501}, []])
def test_a_body_without_a_key_is_refused(body: Any) -> None:
    assert tell(source_of("datadog"), body).status_code == 422


def test_the_next_cycle_is_another_alert() -> None:
    source = source_of("datadog")
    for key in ("1", "2"):
        tell(source, TRIGGERED | {"cycle_key": key})
        tell(source, RECOVERED | {"cycle_key": key})
    assert (Alert.objects.count(), Incident.objects.count()) == (2, 2)


def test_what_is_sent_again_after_its_recovery_changes_nothing() -> None:
    source = source_of("datadog")
    for body in (TRIGGERED, RECOVERED, TRIGGERED):
        tell(source, body)
    assert Alert.objects.get().status == "resolved"


def test_a_recovery_may_come_first() -> None:
    source = source_of("datadog")
    tell(source, RECOVERED)
    tell(source, TRIGGERED)
    assert Alert.objects.get().status == "resolved"
    assert not Incident.objects.exists()


def test_no_data_and_recovery_are_one_alert() -> None:
    source = source_of("datadog")
    for transition, moment in (("No Data", 1), ("Re-No Data", 2), ("Recovered", 3)):
        tell(source, TRIGGERED | {"transition": transition, "last_updated": f"176406480{moment}000"})
    assert (Alert.objects.get().status, Alert.objects.get().firings) == ("resolved", 1)


@pytest.mark.parametrize("wrong", [7, None, [], {}, True, "x" * 10_000, "9" * 13, "-1", "$DATE"])
@pytest.mark.parametrize("name", ["title", "text", "link", "date", "last_updated", "tags", "priority", "alert_id"])
def test_whatever_stands_in_the_other_places_is_an_alert(name: str, wrong: Any) -> None:
    assert tell(source_of("datadog"), TRIGGERED | {name: wrong}).status_code == 202
