"""incident.io's own Python client: alert sources, their events, alerts, and the incidents they make."""

from typing import Any

import pytest
from incident_io.api.alert_events_v2 import alert_events_v2_create_http
from incident_io.api.alert_sources_v2 import (
    alert_sources_v2_create,
    alert_sources_v2_delete,
    alert_sources_v2_list,
    alert_sources_v2_show,
    alert_sources_v2_update,
    alert_sources_v2_validate,
)
from incident_io.api.alerts_v2 import (
    alerts_v2_list,
    alerts_v2_list_incident_alerts,
    alerts_v2_resolve,
    alerts_v2_show,
)
from incident_io.api.heartbeat_v2 import heartbeat_v2_ping, heartbeat_v2_ping_1
from incident_io.api.incidents_v2 import incidents_v2_show
from incident_io.models import (
    AlertEventsCreateHTTPPayloadV2,
    AlertSourcesCreatePayloadV2,
    AlertSourcesUpdatePayloadV2,
    AlertSourcesValidatePayloadV2,
    AlertSourceV2,
    AlertsV2ListAlertSource,
    AlertsV2ListCreatedAt,
    AlertsV2ListDeduplicationKey,
    AlertsV2ListStatus,
    AlertsV2ListUpdatedAt,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk

pytestmark = pytest.mark.django_db(transaction=True)
TEMPLATE: dict[str, Any] = {
    "title": {"reference": "alert.title"},
    "description": {"literal": "Told by *monitoring*"},
    "attributes": [],
    "expressions": [],
}
FILTERS = {
    "alert_source": AlertsV2ListAlertSource,
    "created_at": AlertsV2ListCreatedAt,
    "deduplication_key": AlertsV2ListDeduplicationKey,
    "status": AlertsV2ListStatus,
    "updated_at": AlertsV2ListUpdatedAt,
}


@pytest.fixture
def source(sdk: Sdk) -> AlertSourceV2:
    said = {"name": "Nagios", "source_type": "http", "template": TEMPLATE}
    return sdk(alert_sources_v2_create, body=AlertSourcesCreatePayloadV2.from_dict(said)).alert_source


def tell(sdk: Sdk, source: AlertSourceV2, key: str, status: str = "firing", **said: Any) -> Any:
    body = {"title": f"CPU of {key}", "status": status, "deduplication_key": key, "metadata": {"rack": 7}} | said
    return sdk(
        alert_events_v2_create_http,
        alert_source_config_id=source.id,
        token=source.secret_token,
        body=AlertEventsCreateHTTPPayloadV2.from_dict(body),
    )


def listed(sdk: Sdk, **filters: Any) -> list[str]:
    asked = {name: FILTERS[name].from_dict(value) for name, value in filters.items()}
    return [alert.deduplication_key for alert in sdk(alerts_v2_list, page_size=50, **asked).alerts]


def test_a_source_lives(sdk: Sdk, source: AlertSourceV2) -> None:
    assert (source.name, source.source_type, source.template.title.reference) == ("Nagios", "http", "alert.title")
    assert source.template.description.literal == "Told by *monitoring*"
    assert source.template.is_private is False
    assert source.alert_events_url == f"http://hub.test/v2/alert_events/http/{source.id}"
    assert source.secret_token
    body = AlertSourcesUpdatePayloadV2.from_dict({"name": "Icinga", "template": TEMPLATE})
    changed = sdk(alert_sources_v2_update, id=source.id, body=body).alert_source
    assert (changed.name, changed.template, changed.secret_token) == ("Icinga", source.template, source.secret_token)
    assert sdk(alert_sources_v2_show, id=source.id).alert_source == changed
    assert sdk(alert_sources_v2_list).alert_sources == [changed]
    checked = AlertSourcesValidatePayloadV2.from_dict({"source_type": "http", "template": TEMPLATE})
    assert sdk.detailed(alert_sources_v2_validate, body=checked).status_code == 204
    assert sdk.detailed(alert_sources_v2_delete, id=source.id).status_code == 204
    assert sdk.refusal(alert_sources_v2_show, id=source.id).status == 404


def test_an_event_makes_an_alert_and_an_incident(sdk: Sdk, source: AlertSourceV2) -> None:
    told = tell(sdk, source, "cpu-1", source_url="https://nagios.test/7")
    assert (told.status, told.deduplication_key) == ("success", "cpu-1")
    assert tell(sdk, source, "cpu-1").deduplication_key == "cpu-1"
    (link,) = sdk(alerts_v2_list_incident_alerts, page_size=50).incident_alerts
    assert (link.alert.title, link.alert.status, link.alert.alert_source_id) == ("CPU of cpu-1", "firing", source.id)
    incident = sdk(incidents_v2_show, id=link.incident.id).incident
    assert (link.incident.reference, link.incident.external_id) == (incident.reference, 1)
    assert (link.incident.status_category, link.incident.visibility) == ("triage", "public")
    assert (incident.name, incident.creator.alert.title) == ("CPU of cpu-1", "CPU of cpu-1")
    assert incident.creator.alert.id == link.alert.id
    for asked in ({"alert_id": link.alert.id}, {"incident_id": incident.id}):
        assert sdk(alerts_v2_list_incident_alerts, page_size=50, **asked).incident_alerts == [link]


def test_alerts_are_listed_shown_and_resolved(sdk: Sdk, source: AlertSourceV2) -> None:
    tell(sdk, source, "cpu-1")
    tell(sdk, source, "cpu-2", description="Hot")
    tell(sdk, source, "cpu-2", status="resolved")
    first, second = reversed(sdk(alerts_v2_list, page_size=50).alerts)
    assert (first.status, first.resolved_at, second.status) == ("firing", UNSET, "resolved")
    assert (second.description, second.attributes) == ("Told by *monitoring*", [])
    assert second.resolved_at >= second.created_at
    assert sdk(alerts_v2_show, id=first.id).alert == first
    done = sdk(alerts_v2_resolve, id=first.id).alert
    assert (done.id, done.status) == (first.id, "resolved")
    assert sdk(alerts_v2_resolve, id=first.id).alert == done


def test_each_filter_finds_what_it_should(sdk: Sdk, source: AlertSourceV2) -> None:
    for key in ("cpu-1", "cpu-2"):
        tell(sdk, source, key)
    tell(sdk, source, "cpu-2", status="resolved")
    second, first = sdk(alerts_v2_list, page_size=50).alerts
    both = ["cpu-2", "cpu-1"]
    for name, operators, expected in [
        ("status", {"one_of": ["firing"]}, ["cpu-1"]),
        ("status", {"not_in": ["firing"]}, ["cpu-2"]),
        ("deduplication_key", {"is": ["cpu-1"]}, ["cpu-1"]),
        ("alert_source", {"one_of": [source.id]}, both),
        ("alert_source", {"not_in": [source.id]}, []),
        ("created_at", {"gte": [second.created_at.isoformat()]}, ["cpu-2"]),
        ("created_at", {"lte": [first.created_at.isoformat()]}, ["cpu-1"]),
        ("created_at", {"date_range": ["2024-12-02~2024-12-08"]}, []),
        ("updated_at", {"gte": [second.updated_at.isoformat()]}, ["cpu-2"]),
    ]:
        assert listed(sdk, **{name: operators}) == expected, (name, operators)


def test_alerts_come_in_pages(sdk: Sdk, source: AlertSourceV2) -> None:
    for key in ("a", "b", "c"):
        tell(sdk, source, key)
    page = sdk(alerts_v2_list, page_size=2)
    last = sdk(alerts_v2_list, page_size=2, after=page.pagination_meta.after)
    assert [alert.deduplication_key for alert in page.alerts + last.alerts] == ["c", "b", "a"]
    assert last.pagination_meta.after is UNSET
    assert sdk(alerts_v2_list, page_size=2, after=last.alerts[-1].id).alerts == []
    links = sdk(alerts_v2_list_incident_alerts, page_size=2)
    rest = sdk(alerts_v2_list_incident_alerts, page_size=2, after=links.pagination_meta.after)
    assert (len(links.incident_alerts), len(rest.incident_alerts)) == (2, 1)
    assert rest.pagination_meta.after is UNSET


def test_a_heartbeat_is_pinged(sdk: Sdk) -> None:
    options = {"interval_seconds": 3600, "grace_period_seconds": 60, "failure_threshold": 2}
    said = {"name": "Backup", "source_type": "heartbeat", "template": TEMPLATE, "heartbeat_options": options}
    source = sdk(alert_sources_v2_create, body=AlertSourcesCreatePayloadV2.from_dict(said)).alert_source
    assert source.heartbeat_options.interval_seconds == 3600
    assert source.heartbeat_options.failure_threshold == 2
    assert source.heartbeat_options.ping_url.startswith(f"http://hub.test/v2/heartbeat/{source.id}/ping")
    for ping in (heartbeat_v2_ping, heartbeat_v2_ping_1):
        answer = sdk.detailed(ping, alert_source_config_id=source.id, token=source.secret_token)
        assert answer.status_code == 204
    assert sdk.refusal(heartbeat_v2_ping, alert_source_config_id=source.id, token="wrong").status == 401
