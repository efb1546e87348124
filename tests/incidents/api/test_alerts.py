"""Alerts and the incidents they belong to, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.alert_changes import resolve_alert
from incidents.models import Alert, AlertSource
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.alerting import AS_SENT, calm, fire, incidents_of, move, source
from tests.incidents.counting import statements

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
PAGE = "/v2/alerts?page_size=50"


@pytest.fixture
def secret() -> Alert:
    """A private alert and its private incident."""
    return fire(source(name="Secret", template=AS_SENT | {"is_private": True}), "secret")


def keys(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [alert["deduplication_key"] for alert in answer.json()["alerts"]]


def test_an_alert_is_shown_with_what_it_has(everyone: ApiClient) -> None:
    origin = source()
    alert = fire(origin, title="Full", description="90 %", source_url="https://x", metadata={"a": 1})
    calm(origin, title="Full", description="90 %", source_url="https://x", metadata={"a": 1})
    shown = everyone.get(f"/v2/alerts/{alert.id}").json()["alert"]
    assert shown.pop("created_at") < shown.pop("resolved_at") == shown.pop("updated_at")
    assert shown == {
        "id": alert.id,
        "alert_source_id": origin.id,
        "deduplication_key": "disk",
        "title": "Full",
        "description": "90 %",
        "source_url": "https://x",
        "status": "resolved",
        "attributes": [],
    }


def test_what_an_alert_has_not_is_left_out(everyone: ApiClient) -> None:
    shown = everyone.get(f"/v2/alerts/{fire(source()).id}").json()["alert"]
    assert not shown.keys() & {"description", "source_url", "resolved_at"}


def test_pages_go_from_the_newest_to_the_oldest(everyone: ApiClient) -> None:
    origin = source(creates_incidents=False)
    for place in range(5):
        fire(origin, str(place))
    first = everyone.get("/v2/alerts?page_size=3").json()
    last = everyone.get(f"/v2/alerts?page_size=3&after={first['pagination_meta']['after']}").json()
    assert [alert["deduplication_key"] for alert in first["alerts"] + last["alerts"]] == list("43210")
    assert last["pagination_meta"] == {"page_size": 3}
    end = everyone.get(f"/v2/alerts?page_size=3&after={last['alerts'][-1]['id']}").json()
    assert end == {"alerts": [], "pagination_meta": {"page_size": 3}}


@pytest.fixture
def two() -> dict[str, str]:
    """A resolved alert of one source and a firing one, a day younger, of another."""
    one, other = source(name="One", creates_incidents=False), source(name="Other", creates_incidents=False)
    now = timezone.now()
    old = fire(one, "old", now - timedelta(days=1))
    resolve_alert(SYSTEM, old.id, now - timedelta(days=1))
    fire(other, "new", now)
    return {"one": one.id, "other": other.id, "today": f"{now:%Y-%m-%d}", "yesterday": f"{old.created_at:%Y-%m-%d}"}


FILTERS = {
    "deduplication_key[is]=old": ["old"],
    "status[one_of]=firing": ["new"],
    "status[not_in]=firing": ["old"],
    "status[one_of]=firing&status[one_of]=resolved": ["new", "old"],
    "alert_source[one_of]={one}": ["old"],
    "alert_source[not_in]={one}": ["new"],
    "alert_source[not_in]={one}&status[one_of]=resolved": [],
    "created_at[gte]={today}": ["new"],
    "created_at[lte]={yesterday}": ["old"],
    "updated_at[date_range]={yesterday}~{today}": ["new", "old"],
    "updated_at[lte]={yesterday}": ["old"],
    "has_notes[is]=false&include_maintenance_window[is]=true": ["new", "old"],
    "has_notes[is]=true": [],
    "tags[one_of]=x": [],
}


@pytest.mark.parametrize(("query", "found"), FILTERS.items(), ids=FILTERS)
def test_alerts_are_filtered(everyone: ApiClient, two: dict[str, str], query: str, found: list[str]) -> None:
    assert keys(everyone.get(f"{PAGE}&{query.format(**two)}")) == found


BAD_QUERIES = [
    "page_size=0", "page_size=51", "page_size=x", "", "page_size=5&after=x", "page_size=5&status[one_of]=burning",
    "page_size=5&status[is]=firing", "page_size=5&status=firing", f"page_size=5&alert_source[one_of]={UNKNOWN}",
    "page_size=5&alert_source[not_in]=x", f"page_size=5&alert_group_id[one_of]={UNKNOWN}", "page_size=5&colour[is]=x",
    f"page_size=5&attributes[{UNKNOWN}][one_of]=x", "page_size=5&has_notes[is]=maybe", "page_size=5&created_at[gte]=x",
    "page_size=5&deduplication_key[is]=%00",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_wrong_query_is_refused(everyone: ApiClient, query: str) -> None:
    assert everyone.get(f"/v2/alerts?{query}").status_code == 422


def test_resolving_twice_is_resolving_once(everyone: ApiClient) -> None:
    alert = fire(source())
    first, second = (everyone.post(f"/v2/alerts/{alert.id}/actions/resolve").json() for _ in range(2))
    assert first == second
    assert first["alert"]["status"] == "resolved"


def test_a_private_alert_is_there_for_global_access_only(
    everyone: ApiClient, api: Callable[..., ApiClient], secret: Alert
) -> None:
    path, insider = f"/v2/alerts/{secret.id}", api("viewer", "global_access", "incident_editor")
    asked = [path, f"/v2/incident_alerts?page_size=5&alert_id={secret.id}"]
    assert [everyone.get(one).status_code for one in asked] == [404, 404]
    assert everyone.post(f"{path}/actions/resolve").status_code == 404
    assert [insider.get(one).status_code for one in asked] == [200, 200]
    assert (keys(everyone.get(PAGE)), keys(insider.get(PAGE))) == ([], ["secret"])
    links = [client.get("/v2/incident_alerts?page_size=5").json()["incident_alerts"] for client in (everyone, insider)]
    assert [len(found) for found in links] == [0, 1]
    assert insider.post(f"{path}/actions/resolve").status_code == 200


def test_incidents_and_alerts_are_found_from_each_other(everyone: ApiClient) -> None:
    alert = fire(source())
    [incident] = incidents_of(alert)
    move(incident, "Fixing")
    by_incident = everyone.get(f"/v2/incident_alerts?page_size=5&incident_id={incident.id}").json()
    assert by_incident == everyone.get(f"/v2/incident_alerts?page_size=5&alert_id={alert.id}").json()
    [link] = by_incident["incident_alerts"]
    assert (link["alert"]["id"], "attributes" in link["alert"]) == (alert.id, False)
    assert link["incident"] == {
        "id": incident.id,
        "reference": incident.reference,
        "external_id": incident.number,
        "name": incident.name,
        "visibility": "public",
        "status_category": "active",
    }


def test_both_an_incident_and_an_alert_may_be_asked_for(everyone: ApiClient) -> None:
    alert, other = fire(origin := source()), fire(origin, "load")
    path = f"/v2/incident_alerts?page_size=5&incident_id={incidents_of(alert)[0].id}"
    found = [everyone.get(f"{path}&alert_id={one.id}").json()["incident_alerts"] for one in (alert, other)]
    assert [len(links) for links in found] == [1, 0]


def test_an_alert_or_incident_that_is_not_there_is_404(everyone: ApiClient, secret: Alert) -> None:
    hidden = incidents_of(secret)[0].id
    queries = [f"incident_id={hidden}", f"incident_id={UNKNOWN}", "incident_id=x", f"alert_id={UNKNOWN}", "alert_id=x"]
    assert {everyone.get(f"/v2/incident_alerts?page_size=5&{query}").status_code for query in queries} == {404}
    assert {everyone.get(f"/v2/alerts/{pk}").status_code for pk in (UNKNOWN, "x", "%00", "x" * 5_000)} == {404}
    assert everyone.get("/v2/incident_alerts").status_code == 422


def test_a_page_costs_the_same_whatever_is_on_it(everyone: ApiClient) -> None:
    paths = [PAGE, "/v2/incident_alerts?page_size=50", "/v2/alert_sources"]
    for place in range(2):
        fire(source(name=f"Source {place}"), str(place))
    few = [statements(everyone, path) for path in paths]
    for origin in AlertSource.objects.all():
        for place in range(5):
            fire(origin, f"more {place}")
            source(name=f"{origin.name} {place}")
    assert [statements(everyone, path) for path in paths] == few == [2, 2, 3]


def test_without_the_permission_nothing_is_shown_or_resolved(api: Callable[..., ApiClient]) -> None:
    alert, stranger, viewer = fire(source()), api("incident_creator"), api("viewer")
    assert stranger.get(PAGE).status_code == stranger.get(f"/v2/alerts/{alert.id}").status_code == 403
    assert viewer.post(f"/v2/alerts/{alert.id}/actions/resolve").status_code == 403
