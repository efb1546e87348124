"""Whoever sends while no key of the ring opens what proves them is told to come again, and nothing is changed."""

import json
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from events.models import Event
from incidents.models import Alert, AlertSource, Incident
from integrations.models import Connection, RemoteObject
from integrations.registry import INBOUND, TOOLS
from tests.desk import Desk
from tests.integrations.issues import SECRET
from tests.integrations.recorded import source_of
from tests.integrations.signing import signed
from tests.integrations.slack.conftest import SIGNING_SECRET
from tests.integrations.slack.speaking import send

FIRING = {"title": "Disk is full", "status": "firing", "deduplication_key": "disk"}
# Where sources are told, by their type: in the hub's own words, or in those of their tools.
OWN = {
    "http": "alert_events/http",
    "http_custom": "alert_events/http",
    "alertmanager": "alert_events/alertmanager",
    "heartbeat": "heartbeat",
}
OPTIONS = {"heartbeat": {"options": {"heartbeat_options": {"interval_seconds": 60}}}}
PATHS = OWN | {kind: f"alert_events/{kind}" for kind in INBOUND}
SIGNING = ["http_custom", *(kind for kind, inbound in INBOUND.items() if inbound.verify is not None)]
HOOKS = [name for name, tool in TOOLS.items() if tool.hook is not None]
SLACK = {"commands": b"text=declare", "interactions": b"payload=%7B%7D", "events": b'{"type": "url_verification"}'}
WRITTEN: list[type[Model]] = [Incident, Alert, AlertSource, RemoteObject, Event]


@pytest.fixture
def lose(settings: Any) -> Any:
    """`lose()`: the ring has another key; `lose.find()` brings back the one there was."""

    class Losing:
        kept = settings.ENCRYPTION_KEYS

        def __call__(self) -> None:
            settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

        def find(self) -> None:
            settings.ENCRYPTION_KEYS = self.kept

    return Losing()


def connected(tool: str) -> Connection:
    secrets = {"webhook_secret": SECRET, "signing_secret": SIGNING_SECRET}
    return Connection.objects.create(tool=tool, name=tool, secrets=json.dumps(secrets))


def tell(source: AlertSource, token: str, body: Any = FIRING) -> HttpResponse:
    """The answer to what comes with the source's token, or what it was."""
    path = f"/v2/{PATHS[source.source_type]}/{source.pk}{'/ping' if source.source_type == 'heartbeat' else ''}"
    client = Client(raise_request_exception=False)
    headers = {"authorization": f"Bearer {token}"}
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)  # type: ignore[return-value]


def hook(connection: Connection, body: bytes = b"{}") -> HttpResponse:
    path, headers = f"/hooks/{connection.tool}/{connection.pk}", {"X-Hub-Signature-256": signed(body)}
    client = Client(raise_request_exception=False)
    return client.post(path, body, content_type="application/json", headers={"X-GitHub-Event": "ping"} | headers)  # type: ignore[return-value]


def held() -> list[list[dict[str, Any]]]:
    """All that a request could have changed."""
    return [list(model._default_manager.order_by("pk").values()) for model in WRITTEN]


def assert_come_again(answer: HttpResponse) -> None:
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "60"), answer.content
    assert "send it again" in answer.content.decode()


@pytest.mark.parametrize("source_type", PATHS)
def test_a_source_that_is_known_by_its_token(source_type: str, lose: Any) -> None:
    source = source_of(source_type, **OPTIONS.get(source_type, {}))
    token, before = source.secret, held()
    lose()
    assert_come_again(tell(source, token))
    assert held() == before


@pytest.mark.parametrize("source_type", SIGNING)
def test_a_source_whose_sender_signs(source_type: str, lose: Any) -> None:
    source = source_of(source_type, SECRET)
    token, before = source.secret, held()
    lose()
    assert_come_again(tell(source, token))
    assert held() == before


def test_a_source_answers_in_the_envelope_and_tells_outsiders_nothing(
    lose: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = source_of("http")
    token = source.secret
    lose()
    answer = json.loads(tell(source, token).content)
    (problem,) = answer["errors"]
    assert (answer["type"], answer["status"], problem["code"]) == ("api_error", 503, "secret_unreadable")
    assert source.pk in caplog.text
    assert "ENCRYPTION_KEYS" in caplog.text
    assert "ENCRYPTION_KEYS" not in str(answer)
    assert token not in caplog.text


def test_with_the_key_back_what_comes_again_is_taken(lose: Any) -> None:
    source = source_of("http")
    token = source.secret
    lose()
    tell(source, token)
    lose.find()
    assert tell(source, token).status_code == 202
    assert Alert.objects.get().title == "Disk is full"


@pytest.mark.parametrize("tool", HOOKS)
def test_a_tool_that_tells_by_its_hook(tool: str, lose: Any) -> None:
    connection, before = connected(tool), held()
    lose()
    assert_come_again(hook(connection))
    assert held() == before


@pytest.mark.parametrize("path", SLACK)
def test_slack(path: str, lose: Any) -> None:
    connected("slack")
    before = held()
    lose()
    assert_come_again(send(path, SLACK[path]))
    assert held() == before


def test_with_the_key_back_a_hook_is_heard(lose: Any) -> None:
    connection = connected("github")
    lose()
    hook(connection)
    lose.find()
    assert hook(connection).status_code == 200


@pytest.mark.parametrize("tool", ["github", "slack"])
def test_administrators_read_what_to_do_and_no_secret(
    desk: Desk, tool: str, lose: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = connected(tool)
    lose()
    _ = hook(connection) if tool == "github" else send("commands", SLACK["commands"])
    shown = desk.get("integrations_connection_changelist").content.decode()
    for told in (shown, caplog.text):
        assert "ENCRYPTION_KEYS" in told
        assert SECRET not in told
        assert SIGNING_SECRET not in told
