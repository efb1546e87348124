"""Alert sources over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import AlertSource
from tests.conftest import ApiClient
from tests.incidents.alerting import AS_SENT, source

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
GOOD = {"name": "Prometheus", "source_type": "http", "template": AS_SENT}
LITERAL = '{"content":[{"content":[{"attrs":{"name":"title"},"type":"varSpec"}],"type":"paragraph"}],"type":"doc"}'


@pytest.fixture
def caller(api: Callable[..., ApiClient]) -> ApiClient:
    return api("viewer", "on_call_editor")


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    shown: dict[str, Any] = answer.json()["alert_source"]
    return shown


def test_a_source_is_made_and_shown_with_its_secret_and_address(caller: ApiClient, settings: Any) -> None:
    settings.PUBLIC_URL = "https://hub.example.com"
    shown = made(caller.post("/v2/alert_sources", GOOD))
    assert shown == made(caller.get(f"/v2/alert_sources/{shown['id']}"))
    row = AlertSource.objects.get()
    assert (shown["secret_token"], shown["auto_resolve_incident_alerts"]) == (row.secret, False)
    assert shown["alert_events_url"] == f"https://hub.example.com/v2/alert_events/http/{row.id}"
    assert shown["template"]["title"] == {"reference": "alert.title", "label": "Alert → title"}
    assert "auto_resolve_timeout_minutes" not in shown


def test_what_was_written_is_answered_byte_for_byte(caller: ApiClient) -> None:
    template = AS_SENT | {"title": {"literal": LITERAL}, "description": {"literal": " é\n"}, "is_private": True}
    shown = made(caller.post("/v2/alert_sources", GOOD | {"template": template}))["template"]
    assert (shown["title"]["literal"], shown["description"]["literal"]) == (LITERAL, " é\n")
    assert (shown["is_private"], shown["attributes"], shown["expressions"]) == (True, [], [])


def test_each_type_has_its_own_options(caller: ApiClient, settings: Any) -> None:
    settings.PUBLIC_URL = "https://hub.example.com"
    beat = {"interval_seconds": 60}
    shown = made(caller.post("/v2/alert_sources", GOOD | {"source_type": "heartbeat", "heartbeat_options": beat}))
    ping = f"https://hub.example.com/v2/heartbeat/{shown['id']}/ping"
    whole = beat | {"grace_period_seconds": 0, "failure_threshold": 1}
    assert shown["heartbeat_options"] == whole | {"ping_url": ping}
    assert "alert_events_url" not in shown
    mail = made(caller.post("/v2/alert_sources", GOOD | {"source_type": "email", "name": "Mail"}))
    assert mail["email_options"] == {"email_address": f"{mail['id'].lower()}@hub.example.com", "redactions": []}
    manager = made(caller.post("/v2/alert_sources", GOOD | {"source_type": "alertmanager", "name": "AM"}))
    assert manager["alert_events_url"] == f"https://hub.example.com/v2/alert_events/alertmanager/{manager['id']}"


def test_an_update_replaces_all_but_options_type_secret_and_route(caller: ApiClient) -> None:
    timed = {"auto_resolve_timeout_minutes": 5, "auto_resolve_incident_alerts": True}
    before = made(caller.post("/v2/alert_sources", GOOD | timed))
    AlertSource.objects.update(grouping_window_seconds=60)
    body = {"name": "Grafana", "template": AS_SENT, "disabled": False, "owning_team_ids": None}
    after = made(caller.put(f"/v2/alert_sources/{before['id']}", body))
    assert (after["name"], after["secret_token"], after["source_type"]) == ("Grafana", before["secret_token"], "http")
    assert (after["auto_resolve_incident_alerts"], "auto_resolve_timeout_minutes" in after) == (False, False)
    assert AlertSource.objects.get().grouping_window_seconds == 60


def test_a_deleted_source_is_gone(caller: ApiClient) -> None:
    path = f"/v2/alert_sources/{source().id}"
    assert caller.delete(path).status_code == 204
    assert {caller.get(path).status_code, caller.delete(path).status_code, caller.put(path, GOOD).status_code} == {404}
    assert caller.get("/v2/alert_sources").json() == {"alert_sources": []}


def test_validating_says_whether_it_could_be(caller: ApiClient) -> None:
    said = {"source_type": "heartbeat", "template": AS_SENT}
    answer = caller.post("/v2/alert_sources/actions/validate", said)
    assert (answer.status_code, answer.content) == (204, b"")
    wrong = said | {"owning_team_ids": [UNKNOWN]}
    assert caller.post("/v2/alert_sources/actions/validate", wrong).status_code == 422


WRONG: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "a NUL": {"name": "\0"},
    "a type there is not": {"source_type": "telex"},
    "no template": {"template": None},
    "no title": {"template": {name: AS_SENT[name] for name in ("description", "attributes", "expressions")}},
    "a wrong title": {"template": AS_SENT | {"title": "x"}},
    "an attribute": {"template": AS_SENT | {"attributes": [{"alert_attribute_id": UNKNOWN, "binding": {}}]}},
    "a team that is no id": {"owning_team_ids": ["x"]},
    "a huge timeout": {"auto_resolve_timeout_minutes": 10**30},
    "options of another type": {"heartbeat_options": {"interval_seconds": 60}},
    "options of a wrong type": {"http_custom_options": "x"},
    "a heartbeat without options": {"source_type": "heartbeat"},
    "a heartbeat that is never": {"source_type": "heartbeat", "heartbeat_options": {"interval_seconds": 2**53 - 1}},
    "code": {
        "source_type": "http_custom",
        "http_custom_options": {"deduplication_key_path": "", "transform_expression": "return {}"},
    },
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused(caller: ApiClient, said: dict[str, Any]) -> None:
    answer = caller.post("/v2/alert_sources", GOOD | said)
    assert answer.status_code == 422, answer.content
    assert not AlertSource.objects.exists()


def test_a_source_is_not_disabled_but_deleted(caller: ApiClient) -> None:
    path = f"/v2/alert_sources/{source().id}"
    assert caller.put(path, {"name": "x", "template": AS_SENT, "disabled": True}).status_code == 422


def test_sources_are_for_who_may_see_and_edit_them(api: Callable[..., ApiClient]) -> None:
    path = f"/v2/alert_sources/{source().id}"
    viewer, editor = api("viewer"), api("on_call_editor")
    assert [viewer.delete(path).status_code, viewer.put(path, GOOD).status_code] == [403, 403]
    assert viewer.post("/v2/alert_sources", GOOD).status_code == 403
    assert editor.get(path).status_code == 403
