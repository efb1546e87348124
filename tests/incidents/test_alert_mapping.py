"""Alerts out of any JSON, by paths that people give."""

import json
from typing import Any

import pytest

from incidentio.core.errors import Invalid
from incidents.alert_mapping import Mapped, mapped
from incidents.alert_sources import update_alert_source
from incidents.models import Alert, AlertSource
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from tests.incidents.alerting import source
from tests.integrations.recorded import post

CHANGE = "incidents_alertsource_change"
SAMPLE: dict[str, Any] = {
    "check": {"id": 77, "name": "Shop front", "state": "DOWN", "tags": [{"team": "web"}, {"team": "dbs"}]},
    "links": [{"rel": "self", "href": "https://a"}, {"rel": "page", "href": "https://status.example.com/77"}],
    "note": "Timeout after 30 s",
}
PATHS = {
    "title_path": "$.check.name",
    "status_path": "$.check.state",
    "deduplication_key_path": "$.check.id",
    "description_path": "note",
    "source_url_path": "$.links[?@.rel == 'page'].href",
    "resolved_values": ["up", "Paused"],
}
URL = "https://status.example.com/77"


def custom(**said: Any) -> AlertSource:
    options = {"transform_expression": "", **PATHS, **said}
    return source("http_custom", options={"http_custom_options": options})


def tell(to: AlertSource, body: Any) -> int:
    to_http = AlertSource(pk=to.pk, source_type="http", secret=to.secret)
    headers = {"authorization": f"Bearer {to.secret}"}
    return post(to_http, json.dumps(body).encode(), headers).status_code


def test_paths_find_the_alert() -> None:
    assert mapped(PATHS, SAMPLE) == Mapped("Shop front", "firing", "77", "Timeout after 30 s", URL)
    assert tell(custom(), SAMPLE) == 202
    alert = Alert.objects.get()
    assert (alert.title, alert.deduplication_key, alert.source_url) == ("Shop front", "77", URL)
    assert alert.metadata == SAMPLE


@pytest.mark.parametrize("state", ["UP", "up", "paused"])
def test_some_values_mean_that_it_is_over(state: str) -> None:
    origin = custom()
    tell(origin, SAMPLE)
    tell(origin, SAMPLE | {"check": SAMPLE["check"] | {"state": state}})
    assert Alert.objects.get().status == "resolved"


@pytest.mark.parametrize("state", ["OK", "resolved", "Closed", "recovered", False, 0])
def test_without_values_the_usual_ones_do(state: Any) -> None:
    assert mapped(PATHS | {"resolved_values": []}, {"check": {"state": state}}).status == "resolved"


@pytest.mark.parametrize("state", ["down", "", None, 1, True, {"a": 1}, ["up"]])
def test_everything_else_fires(state: Any) -> None:
    assert mapped(PATHS, {"check": {"state": state}}).status == "firing"


def test_what_has_no_path_stands_where_it_usually_does() -> None:
    said = mapped({"title_path": "$.name"}, {"name": "a", "status": "resolved", "deduplication_key": "k"})
    assert (said.title, said.status, said.deduplication_key, said.problems) == ("a", "resolved", "k", {})


def test_paths_that_find_nothing_are_told() -> None:
    said = mapped(PATHS, {})
    assert set(said.problems) == set(PATHS) - {"resolved_values"}
    assert said.problems["title_path"] == "$.check.name finds nothing"


def test_without_its_key_an_alert_is_refused_and_without_its_title_it_is_not() -> None:
    origin = custom()
    assert tell(origin, {"check": {"name": "x"}}) == 422
    assert tell(origin, {"check": {"id": "x" * 501}}) == 422
    assert tell(origin, {"check": {"id": 1}}) == 202
    assert Alert.objects.get().title == "Alert of A http_custom"


WRONG = ["$.", "$[", "$..", "$.a[?", "$.a[?@.b ==]", "$.a b c", "x" * 501, "$" + "[?" * 50, "$.a[?nope(@.b)]"]


@pytest.mark.parametrize("path", WRONG)
@pytest.mark.parametrize("name", ["title_path", "deduplication_key_path"])
def test_what_is_no_path_is_refused_beside_its_field(name: str, path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        custom(**{name: path})
    assert f"http_custom_options.{name}" in str(vars(refusal.value))


def test_all_mistakes_are_told_at_once(desk: Desk) -> None:
    made = custom()
    page = desk.fill(CHANGE, made.pk, title_path="$[", status_path="$.[")
    assert set(errors(page)) == {"title_path", "status_path"}


@pytest.mark.parametrize("sample", ["[1]", "{", "null", "7", "{'a': 1}"])
def test_a_sample_is_a_json_object(desk: Desk, sample: str) -> None:
    assert set(errors(desk.fill(CHANGE, custom().pk, sample=sample))) == {"sample"}


def test_a_sample_shows_what_it_would_become(desk: Desk) -> None:
    made = custom(title_path="$.nothing")
    said = {"sample": json.dumps(SAMPLE | {"note": "<b>x</b>"}), "resolved_values": "up, paused ,"}
    assert desk.fill(CHANGE, made.pk, **said).status_code == 302
    made.refresh_from_db()
    assert made.options["resolved_values"] == ["up", "paused"]
    page = desk.get(CHANGE, made.pk).content.decode()
    assert "$.nothing finds nothing" in page
    assert "<dd>&lt;b&gt;x&lt;/b&gt;</dd>" in page
    assert not Alert.objects.exists()


def test_the_public_api_leaves_the_paths_alone(everyone: Any) -> None:
    made = custom(sample=SAMPLE)
    update_alert_source(
        SYSTEM, made, options={"http_custom_options": {"deduplication_key_path": "$.id", "transform_expression": ""}}
    )
    made.refresh_from_db()
    assert (made.options["title_path"], made.options["sample"]) == ("$.check.name", SAMPLE)
    assert made.options["deduplication_key_path"] == "$.id"


def test_a_secret_to_sign_with_is_never_shown(desk: Desk) -> None:
    made = source("zendesk")
    assert desk.fill(CHANGE, made.pk, new_signing_secret=" s3cret-of-theirs ").status_code == 302
    made.refresh_from_db()
    assert made.signing_secret == "s3cret-of-theirs"
    assert "s3cret-of-theirs" not in desk.get(CHANGE, made.pk).content.decode()
    assert desk.events()[0].changes == {"signing_secret": ["…", "changed"]}
    desk.fill(CHANGE, made.pk, name="Renamed")
    made.refresh_from_db()
    assert made.signing_secret == "s3cret-of-theirs"
    desk.fill(CHANGE, made.pk, forget_signing_secret="on")
    made.refresh_from_db()
    assert made.signing_secret == ""


@pytest.mark.parametrize(
    ("kind", "signs"), [("zendesk", True), ("http_custom", True), ("datadog", False), ("http", False)]
)
def test_only_sources_whose_senders_sign_ask_for_it(desk: Desk, kind: str, signs: bool) -> None:
    made = source(kind)
    assert ("signing_secret" in desk.get(CHANGE, made.pk).content.decode()) is signs
