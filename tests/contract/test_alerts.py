"""Every alert operation against the published contract."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog import snapshot
from catalog.teams import create_team
from incidents.edit import Edit, edit_incident
from incidents.models import Alert, Incident, IncidentAlert
from tests.conftest import SYSTEM
from tests.contract.contract import Walk
from tests.integrations.sns import amazon

PROVES = ("/v2/alert_sources", "/v2/alert_events", "/v2/alerts", "/v2/incident_alerts", "/v2/heartbeat")
AS_SENT = {
    "title": {"reference": "alert.title"},
    "description": {"literal": '{"type": "doc"}'},
    "attributes": [],
    "expressions": [],
}
STRING = {"type": "String", "array": False}
IS_URGENT = {"subject": "payload.urgent", "operation": "is_set", "param_bindings": [{"array_value": []}]}
BRANCH = {"result": {"value": {"literal": "a"}}, "condition_groups": [{"conditions": [IS_URGENT]}]}
EXPRESSION = {
    "label": "Team",
    "reference": "team",
    "root_reference": "payload",
    "operations": [
        {"operation_type": "parse", "parse": {"source": "$.team", "returns": STRING}},
        {"operation_type": "branches", "branches": {"returns": STRING, "branches": [BRANCH]}},
    ],
    "else_branch": {"result": {"value": {"literal": "b"}}},
}
FULL = AS_SENT | {
    "expressions": [EXPRESSION],
    "is_private": True,
    "visible_to_teams": {"array_value": [{"reference": 'expressions["team"]'}]},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "http": {},
    "alertmanager": {},
    "email": {"email_options": {"redactions": []}},
    "heartbeat": {"heartbeat_options": {"interval_seconds": 60, "grace_period_seconds": 5, "failure_threshold": 2}},
    "http_custom": {"http_custom_options": {"deduplication_key_path": "$.id", "transform_expression": ""}},
    "jira": {"jira_options": {"project_ids": ["10043"]}},
    "zendesk": {},
    "datadog": {},
    "grafana": {},
    "sentry": {},
    "sentry_metric": {},
    "sns": {},
    "cloudwatch": {},
}


FIRING = {"title": "Disk is full", "status": "firing"}
SAYING_ALL = {"deduplication_key": "a", "description": "b", "source_url": "https://c", "metadata": {"d": [1]}}
ALERT = {"status": "firing", "fingerprint": "a1", "labels": {"alertname": "Disk"}, "annotations": {"summary": "x"}}
IN_THEIR_WORDS = {
    "zendesk": {"ticket_id": "35436", "title": "Checkout fails", "status": "open"},
    "datadog": {"cycle_key": "12487953264782317465", "transition": "Triggered", "title": "Disk is full"},
    "grafana": {"version": "1", "orgId": 1, "state": "alerting", "alerts": [ALERT | {"values": {"B": 44.2}}]},
    "sentry": {"action": "triggered", "data": {"event": {"issue_id": "1170820242", "title": "ReferenceError"}}},
    "sentry_metric": {"action": "critical", "data": {"metric_alert": {"id": "4", "title": "Too many errors"}}},
    "sns": amazon.notification("The backup failed"),
    "cloudwatch": amazon.notification(),
}


def walk_source(walk: Walk, kind: str, team_id: str) -> dict[str, Any]:
    """A source, written with all there is and then with nothing that can be left out; that for mail is private."""
    body = {"name": f"A {kind}", "source_type": kind, "template": AS_SENT, **OPTIONS[kind]}
    made: dict[str, Any] = walk("post", "/v2/alert_sources", body)["alert_source"]
    body |= {"template": FULL, "owning_team_ids": [team_id], "auto_resolve_timeout_minutes": 5}
    walk("put", "/v2/alert_sources/{id}", body | {"auto_resolve_incident_alerts": True}, id=made["id"])
    walk("get", "/v2/alert_sources/{id}", id=made["id"])
    walk(
        "put", "/v2/alert_sources/{id}", {"name": kind, "template": FULL if kind == "email" else AS_SENT}, id=made["id"]
    )
    return made


def walk_sources(walk: Walk) -> dict[str, Any]:
    """A source of each kind with options of its own."""
    team = create_team(SYSTEM, name="Payments")
    made = {kind: walk_source(walk, kind, team.id) for kind in OPTIONS}
    walk("get", "/v2/alert_sources")
    walk("post", "/v2/alert_sources/actions/validate", {"source_type": "heartbeat", "template": FULL})
    walk("delete", "/v2/alert_sources/{id}", id=made["jira"]["id"])
    return made


def walk_events(walk: Walk, sources: dict[str, Any]) -> None:
    def send(method: str, path: str, kind: str, body: Any = None) -> None:
        source = sources[kind]
        walk(method, path, body, f"?token={source['secret_token']}", alert_source_config_id=source["id"])

    http, ping = "/v2/alert_events/http/{alert_source_config_id}", "/v2/heartbeat/{alert_source_config_id}/ping"
    send("post", http, "http", FIRING)
    send("post", http, "http", FIRING | SAYING_ALL)
    send("post", http, "http_custom", FIRING | {"id": 7})
    send("post", http, "email", FIRING)
    notification = {"version": "4", "groupKey": "{}", "alerts": [ALERT]}
    send("post", "/v2/alert_events/alertmanager/{alert_source_config_id}", "alertmanager", notification)
    for tool, body in IN_THEIR_WORDS.items():
        source = sources[tool]
        path = "/v2/alert_events/{source_type}/{alert_source_config_id}"
        query = f"?token={source['secret_token']}"
        walk("post", path, body, query, source_type=tool, alert_source_config_id=source["id"])
    send("get", ping, "heartbeat")
    send("post", ping, "heartbeat")


def walk_alerts(walk: Walk) -> None:
    walk("get", "/v2/alerts", None, "?page_size=2")
    for alert in Alert.objects.all():
        walk("get", "/v2/alerts/{id}", id=alert.id)
    walk("post", "/v2/alerts/{id}/actions/resolve", id=alert.id)
    walk("get", "/v2/alerts", None, "?page_size=50&status[one_of]=resolved")
    walk("get", "/v2/incident_alerts", None, "?page_size=50")


@pytest.fixture
def closed(declare: Callable[..., Incident]) -> Callable[[str], None]:
    """Move the incident of some alert to the status of a name."""

    def move(name: str) -> None:
        words = snapshot.current()
        status = next(pk for pk, row in words.statuses.items() if row.name == name)
        incident_id = IncidentAlert.objects.latest("id").incident_id
        edit_incident(SYSTEM, incident_id, Edit(incident_status_id=status), words)

    return move


def test_alerts_are_as_the_contract_says(walk: Walk, closed: Callable[[str], None]) -> None:
    sources = walk_sources(walk)
    amazon.know()
    walk_events(walk, sources)
    closed("Reviewing")
    walk_alerts(walk)
    assert Incident.objects.count() == Alert.objects.count() == 12
    assert Incident.objects.filter(visibility="private").count() == 1
    assert walk.left_out(PROVES) == set()
