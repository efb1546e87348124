"""What Airbyte's connector does, request by request (API behaviour, section 13): its runtime does not fit in here.

It copies what changed since it last looked, in spans of days, and follows `pagination_meta.after` until there is none.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.clients.replaying import decoded, until_told

pytestmark = pytest.mark.django_db(transaction=True)
CATEGORIES = ["triage", "declined", "merged", "canceled", "live", "learning", "closed", "paused"]
INCREMENTAL = {
    "incidents": ("/v2/incidents", {"page_size": 250, "status_category[one_of]": CATEGORIES}),
    "alerts": ("/v2/alerts", {"page_size": 50}),
    "actions": ("/v3/actions", {"page_size": 250}),
    "follow_ups": ("/v3/follow_ups", {"page_size": 250}),
}
WHOLE = {
    "catalog_types": "/v2/catalog_types",
    "resources": "/v3/catalog_resources",
    "custom_fields": "/v2/custom_fields",
    "incident_roles": "/v2/incident_roles",
    "incident_timestamps": "/v2/incident_timestamps",
    "incident_statuses": "/v1/incident_statuses",
    "incident_types": "/v1/incident_types",
    "severities": "/v1/severities",
    "workflows": "/v2/workflows",
}
FRACTION = "%Y-%m-%dT%H:%M:%S.%fZ"


def span(days_ago: int, days: int = 30) -> dict[str, str]:
    """The filter of one slice."""
    until = datetime.now(UTC).date() - timedelta(days=days_ago)
    return {"updated_at[date_range]": f"{until - timedelta(days=days)}~{until}"}


def test_it_connects(http: httpx.Client, busy: dict[str, Any]) -> None:
    assert decoded(http.get("/v2/incidents", params={"page_size": 1}))["incidents"]


def test_it_copies_what_changed(http: httpx.Client, busy: dict[str, Any]) -> None:
    found = {}
    for stream, (path, asked) in INCREMENTAL.items():
        assert until_told(http, path, stream, **asked, **span(31)) == []
        rows = until_told(http, path, stream, **asked, **span(0))
        assert rows == until_told(http, path, stream, **asked | {"page_size": 1}, **span(0))
        assert all(datetime.strptime(row["updated_at"], FRACTION) for row in rows)
        found[stream] = len(rows)
    assert found == {"incidents": 4, "alerts": 1, "actions": 3, "follow_ups": 3}


def test_it_copies_the_rest_whole(http: httpx.Client, busy: dict[str, Any], nora: Any) -> None:
    found = {stream: decoded(http.get(path))[stream] for stream, path in WHOLE.items()}
    assert (len(found["incident_statuses"]), len(found["custom_fields"]), found["workflows"]) == (11, 1, [])
    for kind in found["catalog_types"]:
        until_told(http, "/v3/catalog_entries", "catalog_entries", catalog_type_id=kind["id"], page_size=250)
    users = until_told(http, "/v2/users", "users", page_size=10000, include_inactive="true")
    assert [user["email"] for user in users] == [nora.email]
    for field in found["custom_fields"]:
        asked = {"custom_field_id": field["id"], "page_size": 250}
        options = until_told(http, "/v1/custom_field_options", "custom_field_options", **asked)
        assert [option["value"] for option in options] == ["Checkout"]
    for stream in ("schedules", "escalations"):
        assert until_told(http, f"/v2/{stream}", stream) == []


def test_it_copies_what_belongs_to_incidents(http: httpx.Client, busy: dict[str, Any]) -> None:
    incidents = until_told(http, "/v2/incidents", "incidents", page_size=250)
    attachments = [
        attachment
        for incident in incidents
        for attachment in decoded(http.get("/v1/incident_attachments", params={"incident_id": incident["id"]}))[
            "incident_attachments"
        ]
    ]
    assert len(attachments) == 3
    updates = until_told(http, "/v2/incident_updates", "incident_updates", page_size=250)
    assert {update["incident_id"] for update in updates} == {incident["id"] for incident in incidents}
    assert http.get("/v1/incident_attachments", params={"incident_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ"}).status_code == 404
