"""What the Backstage plugin reads, request by request (API behaviour, section 13): it runs in a browser.

Its filters name live incidents `active`; it shows who leads, and when something was reported.
"""

from typing import Any

import httpx
import pytest

from tests.clients.replaying import decoded

pytestmark = pytest.mark.django_db(transaction=True)
ENTITY = "default/checkout"


@pytest.fixture
def entity(before: httpx.Client) -> dict[str, Any]:
    """A service of the catalog, as Backstage calls it, and a field for it."""
    said = {"name": "Service", "description": "", "type_name": 'Custom["Service"]'}
    kind = decoded(before.post("/v3/catalog_types", json=said), 201)["catalog_type"]
    said = {"catalog_type_id": kind["id"], "name": "Checkout", "external_id": ENTITY, "attribute_values": {}}
    decoded(before.post("/v3/catalog_entries", json=said), 201)
    said = {"name": "Service", "description": "", "field_type": "single_select", "catalog_type_id": kind["id"]}
    field = decoded(before.post("/v2/custom_fields", json=said), 201)["custom_field"]
    return {"type": kind["id"], "field": field["id"]}


@pytest.fixture
def incident(before: httpx.Client, entity: dict[str, Any], nora: Any) -> Any:
    """A live incident of that service, led by Nora."""
    statuses = decoded(before.get("/v1/incident_statuses"))["incident_statuses"]
    roles = decoded(before.get("/v2/incident_roles"))["incident_roles"]
    lead = next(role["id"] for role in roles if role["role_type"] == "lead")
    said = {
        "idempotency_key": "k",
        "visibility": "public",
        "severity_id": decoded(before.get("/v1/severities"))["severities"][1]["id"],
        "incident_status_id": next(row["id"] for row in statuses if row["category"] == "live"),
        "incident_role_assignments": [{"incident_role_id": lead, "assignee": {"id": nora.id}}],
        "custom_field_entries": [{"custom_field_id": entity["field"], "values": [{"value_catalog_entry_id": ENTITY}]}],
    }
    made = decoded(before.post("/v2/incidents", json=said))["incident"]
    decoded(before.post("/v2/incidents", json={"idempotency_key": "other", "visibility": "public"}))
    return made


def test_it_shows_the_live_incidents_of_an_entity(http: httpx.Client, entity: Any, incident: Any, nora: Any) -> None:
    asked = {f"custom_field[{entity['field']}][one_of]": ENTITY, "status_category[one_of]": "active"}
    (shown,) = decoded(http.get("/v2/incidents", params=asked))["incidents"]
    assert shown["incident_status"]["name"] == incident["incident_status"]["name"]
    lead = next(row for row in shown["incident_role_assignments"] if row["role"]["role_type"] == "lead")
    assert lead["assignee"]["name"] == nora.name
    reported = [
        row for row in shown["incident_timestamp_values"] if "reported" in row["incident_timestamp"]["name"].lower()
    ]
    assert reported[0]["value"]["value"]
    dashboard = decoded(http.get("/v1/identity"))["identity"]["dashboard_url"]
    assert shown["permalink"] == f"{dashboard}/incidents/{shown['id']}"
    by_status = {f"custom_field[{entity['field']}][one_of]": ENTITY, "status[one_of]": shown["incident_status"]["id"]}
    assert len(decoded(http.get("/v2/incidents", params=by_status))["incidents"]) == 1


def test_it_finds_the_entity_in_the_catalog(http: httpx.Client, entity: Any) -> None:
    kinds = decoded(http.get("/v3/catalog_types"))["catalog_types"]
    assert entity["type"] in {kind["id"] for kind in kinds}
    assert decoded(http.get(f"/v3/catalog_types/{entity['type']}"))["catalog_type"]["name"] == "Service"
    asked = {"catalog_type_id": entity["type"], "identifier": ENTITY, "page_size": 1}
    (found,) = decoded(http.get("/v3/catalog_entries", params=asked))["catalog_entries"]
    shown = decoded(http.get(f"/v3/catalog_entries/{found['id']}?expand=true"))["catalog_entry"]
    assert (shown["name"], shown["external_id"]) == ("Checkout", ENTITY)
    asked = {"catalog_type_id": entity["type"], "page_size": 250}
    assert len(decoded(http.get("/v3/catalog_entries", params=asked))["catalog_entries"]) == 1


def test_it_shows_alerts(http: httpx.Client, busy: dict[str, Any]) -> None:
    asked = {"page_size": 25, "status[one_of]": "firing"}
    (alert,) = decoded(http.get("/v2/alerts", params=asked))["alerts"]
    sources = {row["id"]: row["name"] for row in decoded(http.get("/v2/alert_sources"))["alert_sources"]}
    assert sources[alert["alert_source_id"]] == "Nagios"
    for incident in decoded(http.get("/v2/incidents"))["incidents"]:
        asked = {"incident_id": incident["id"], "page_size": 25}
        links = decoded(http.get("/v2/incident_alerts", params=asked))["incident_alerts"]
        assert [link["alert"]["id"] for link in links] == [alert["id"]] * ("alert" in incident["creator"])


def test_it_finds_nobody_on_call(http: httpx.Client) -> None:
    for name in ("escalation_paths", "schedules"):
        assert decoded(http.get(f"/v2/{name}"))[name] == []
