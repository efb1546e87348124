"""What comes to an address of no tool: whoever is known there is told the right one."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from incidents.alert_sources import archive_alert_source
from incidents.models import Alert, AlertSource
from tests.conftest import SYSTEM
from tests.integrations.recorded import source_of, tell

pytestmark = pytest.mark.usefixtures("hub")
FIRING = {"title": "Disk is full", "status": "firing"}


def post(kind: str, source: AlertSource, token: str) -> HttpResponse:
    """The answer to an alert at `/v2/alert_events/<kind>/…`."""
    path = f"/v2/alert_events/{kind}/{source.pk}?token={token}"
    return Client().post(path, FIRING, content_type="application/json")  # type: ignore[return-value]


def message(answer: Any) -> str:
    told: str = answer.json()["errors"][0]["message"]
    return told


@pytest.mark.parametrize("source_type", ["http_custom", "http", "email", "nagios"])
@pytest.mark.parametrize("kind", ["http_custom", "nagios", "x"])
def test_a_source_is_told_where_its_alerts_are_heard(source_type: str, kind: str) -> None:
    source = source_of(source_type)
    answer = post(kind, source, source.secret)
    assert (answer.status_code, Alert.objects.count()) == (422, 0)
    assert message(answer).endswith(f"/v2/alert_events/http/{source.pk}")


@pytest.mark.parametrize("source_type", ["grafana", "alertmanager"])
def test_a_tool_of_its_own_is_told_its_own_address(source_type: str) -> None:
    source = source_of(source_type)
    assert message(post("x", source, source.secret)).endswith(f"/v2/alert_events/{source_type}/{source.pk}")


def test_where_it_says_the_alert_is_taken() -> None:
    source = source_of("http_custom")
    told = message(tell(source, FIRING))
    address = told[told.index("/v2/") :]
    assert Client().post(f"{address}?token={source.secret}", FIRING, content_type="application/json").status_code == 202


@pytest.mark.parametrize("token", ["", "nope"])
def test_who_is_not_known_is_told_nothing(token: str) -> None:
    answer = post("http_custom", source_of("http_custom"), token)
    assert answer.status_code == 401
    assert "/v2/" not in answer.content.decode()


def test_a_signature_is_what_makes_known_where_one_is_due() -> None:
    source = source_of("http_custom", signing_secret="of our own making")
    assert post("http_custom", source, source.secret).status_code == 401


def test_a_deleted_source_is_not_there() -> None:
    source = source_of("http_custom")
    archive_alert_source(SYSTEM, source)
    answer = post("http_custom", source, source.secret)
    assert (answer.status_code, message(answer)) == (404, "No alert source with this ID")
