"""What the singer tap does, request by request (API behaviour, section 13): it is no Python package.

It copies every stream from the start on each run and has no retries: one refusal ends it. It takes `after` from the
last row it saw, asks for as much as it may, and stops at an empty page. Then it asks for each incident's children.
"""

from typing import Any

import httpx
import pytest

from tests.clients.replaying import decoded, until_empty

pytestmark = pytest.mark.django_db(transaction=True)
WHOLE = {
    "actions": "/v2/actions",
    "alert_attributes": "/v2/alert_attributes",
    "alert_sources": "/v2/alert_sources",
    "custom_fields": "/v2/custom_fields",
    "follow_ups": "/v2/follow_ups",
    "incident_roles": "/v2/incident_roles",
    "incident_statuses": "/v1/incident_statuses",
    "incident_timestamps": "/v2/incident_timestamps",
    "incident_types": "/v1/incident_types",
    "severities": "/v1/severities",
}
PAGED = {
    "alerts": ("/v2/alerts", 50),
    "escalations": ("/v2/escalations", 50),
    "incident_updates": ("/v2/incident_updates", 250),
    "incidents": ("/v2/incidents", 250),
    "users": ("/v2/users", 250),
}


@pytest.fixture
def copied(http: httpx.Client, busy: dict[str, Any]) -> dict[str, list[Any]]:
    """Every stream of the tap, copied."""
    http.headers["User-Agent"] = "tap-incident/1.0.0"
    streams = {stream: decoded(http.get(path))[stream] for stream, path in WHOLE.items()}
    streams |= {stream: until_empty(http, path, stream, page_size=size) for stream, (path, size) in PAGED.items()}
    key = "custom_field_options"
    streams[key] = [
        option
        for field in streams["custom_fields"]
        for option in until_empty(http, f"/v1/{key}", key, page_size=250, custom_field_id=field["id"])
    ]
    return streams


def test_it_copies_every_stream(copied: dict[str, list[Any]], nora: Any) -> None:
    assert {stream: len(rows) for stream, rows in copied.items() if stream not in ("users", "incident_updates")} == {
        "actions": 3,
        "alert_attributes": 0,
        "alert_sources": 1,
        "alerts": 1,
        "custom_field_options": 1,
        "custom_fields": 1,
        "escalations": 0,
        "follow_ups": 3,
        "incident_roles": 2,
        "incident_statuses": 11,
        "incident_timestamps": 12,
        "incident_types": 1,
        "incidents": 4,
        "severities": 3,
    }
    assert [user["email"] for user in copied["users"]] == [nora.email]


def test_it_copies_what_belongs_to_each_incident(http: httpx.Client, copied: dict[str, list[Any]]) -> None:
    updates = []
    for incident in copied["incidents"]:
        assert len(incident["incident_timestamp_values"]) == 12, "it crashes without them"
        asked = {"incident_id": incident["id"]}
        attachments = decoded(http.get("/v1/incident_attachments", params=asked))["incident_attachments"]
        told = until_empty(http, "/v2/incident_updates", "incident_updates", page_size=250, **asked)
        assert len(attachments) == ("alert" not in incident["creator"])
        assert {update["incident_id"] for update in told} == {incident["id"]}
        updates += told
    assert sorted(update["id"] for update in updates) == [update["id"] for update in copied["incident_updates"]]


def test_it_can_do_with_the_rights_it_asks_for(http: httpx.Client, busy: dict[str, Any], api: Any) -> None:
    http.headers["Authorization"] = f"Bearer {api('viewer', 'catalog_viewer').token}"
    for stream, path in WHOLE.items():
        decoded(http.get(path))[stream]
    for stream, (path, size) in PAGED.items():
        until_empty(http, path, stream, page_size=size)
    names = {incident["name"] for incident in until_empty(http, "/v2/incidents", "incidents", page_size=250)}
    assert names == {"Till", "CPU"}, "private incidents need global_access"
