"""What GitHub tells of its issues moves follow-ups, if it is GitHub who tells."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from events.models import Event
from incidents.follow_ups import FollowUpEdit, connect_issue, delete_follow_up, update_follow_up
from incidents.models import FollowUp
from integrations.connections import switch
from integrations.github.hooks import news_of
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.github.site import payload
from tests.integrations.signing import FORGED, signed

Tell = Callable[..., HttpResponse]
URL = "https://github.com/acme/operations/issues/1"


@pytest.fixture
def exported(follow_up: FollowUp, connection: Connection) -> FollowUp:
    """A follow-up that stands at GitHub as acme/operations#1."""
    connect_issue(SYSTEM, follow_up.pk, provider="github", url=URL)
    state = {"repository": "acme/operations", "number": 1}
    known = {"kind": "issue", "subject_type": "follow_up", "subject_id": follow_up.pk, "state": state}
    RemoteObject.objects.create(tool="github", remote_id="9001", url=URL, **known)
    return follow_up


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell(payload)`: GitHub tells it, signed."""

    def send(told: Any, event: str = "issues", type: str = "application/json", **headers: str) -> HttpResponse:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": signed(body)} | headers
        return Client().post(f"/hooks/github/{connection.pk}", body, content_type=type, headers=headers)

    return send


def news(action: str = "closed", **said: Any) -> Any:
    """What GitHub tells of an issue."""
    told = payload("issues_closed") | {"action": action}
    told["issue"] |= said
    return told


def status_of(follow_up: FollowUp) -> str:
    follow_up.refresh_from_db()
    return follow_up.status


def test_a_closed_issue_completes_its_follow_up(tell: Tell, exported: FollowUp) -> None:
    told = tell(payload("issues_closed"))
    assert (told.status_code, told.json()) == (200, {"message": "The follow-up is completed now"})
    event = Event.objects.order_by("-created_at").filter(subject_id=exported.pk)[0]
    assert (event.actor_kind, event.actor_label) == ("system", "GitHub (ada)")
    assert status_of(exported) == "completed"
    assert folded(exported) == stored(exported)


@pytest.mark.forgeries("github")
@pytest.mark.parametrize("forgery", FORGED)
def test_a_forger_moves_nothing(connection: Connection, exported: FollowUp, forgery: str) -> None:
    body = json.dumps(payload("issues_closed")).encode()
    said = FORGED[forgery](body)
    headers = {"X-GitHub-Event": "issues"} | ({} if said is None else {"X-Hub-Signature-256": said})
    path = f"/hooks/github/{connection.pk}"
    told = Client().post(path, body, content_type="application/json", headers=headers)
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


def test_the_older_signature_is_not_enough(connection: Connection, exported: FollowUp) -> None:
    body = json.dumps(payload("issues_closed")).encode()
    headers = {"X-GitHub-Event": "issues", "X-Hub-Signature": signed(body, algorithm="sha1")}
    path = f"/hooks/github/{connection.pk}"
    assert Client().post(path, body, content_type="application/json", headers=headers).status_code == 401


def test_without_a_secret_nobody_is_believed(tell: Tell, exported: FollowUp) -> None:
    Connection.objects.update(secrets="")
    body = json.dumps(payload("issues_closed")).encode()
    assert tell(body, **{"X-Hub-Signature-256": signed(body, "")}).status_code == 401


def test_a_connection_that_is_switched_off_hears_nothing(tell: Tell, connection: Connection, exported: FollowUp):
    switch(SYSTEM, connection, on=False)
    assert (tell(payload("issues_closed")).status_code, status_of(exported)) == (404, "outstanding")


@pytest.mark.parametrize("pk", ["nope", "01JT3Y8M5QJ4V6F2H0W7P9D1RA"])
def test_an_unknown_connection_is_not_found(hub: None, pk: str) -> None:
    assert Client().post(f"/hooks/github/{pk}", {}, content_type="application/json").status_code == 404


def test_a_ping_is_answered(tell: Tell) -> None:
    told = tell({"zen": "Design for failure.", "hook_id": 1}, event="ping")
    assert (told.status_code, told.json()) == (200, {"message": "The hub listens"})


@pytest.mark.parametrize("type", ["application/json", "application/x-www-form-urlencoded"])
def test_what_no_database_keeps_is_left_out(tell: Tell, exported: FollowUp, type: str) -> None:
    told = payload("issues_closed")
    told["sender"]["login"], told["issue"]["title"] = "a\0da\ud800", "\0"
    body = json.dumps(told) if type.endswith("json") else urlencode({"payload": json.dumps(told)})
    assert tell(body.encode(), type=type).status_code == 200
    assert Event.objects.order_by("-created_at").filter(subject_id=exported.pk)[0].actor_label == "GitHub (ada?)"


def test_a_form_nested_without_end_is_not_read(tell: Tell, exported: FollowUp) -> None:
    body = b"payload=" + b"%5B" * 50_000
    assert tell(body, type="application/x-www-form-urlencoded").status_code == 400


def test_a_form_is_read_as_well(tell: Tell, exported: FollowUp) -> None:
    body = urlencode({"payload": json.dumps(payload("issues_closed"))}).encode()
    assert tell(body, type="application/x-www-form-urlencoded").status_code == 200
    assert status_of(exported) == "completed"


@pytest.mark.parametrize(
    ("action", "state", "reason", "before", "after"),
    [
        ("closed", "closed", "completed", "outstanding", "completed"),
        ("closed", "closed", None, "outstanding", "completed"),
        ("closed", "closed", None, "not_doing", "not_doing"),
        ("closed", "closed", "not_planned", "outstanding", "not_doing"),
        ("closed", "closed", "duplicate", "completed", "not_doing"),
        ("closed", "closed", "completed", "not_doing", "completed"),
        ("reopened", "open", "reopened", "completed", "outstanding"),
        ("deleted", "open", None, "outstanding", "not_doing"),
        ("deleted", "closed", "completed", "completed", "completed"),
        ("edited", "open", None, "completed", "completed"),
        ("labeled", "closed", "completed", "outstanding", "outstanding"),
    ],
)
def test_what_was_done_to_an_issue_decides(
    tell: Tell, exported: FollowUp, action: str, state: str, reason: str | None, before: str, after: str
) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(news(action, state=state, state_reason=reason)).status_code == 200
    assert status_of(exported) == after


def test_what_is_told_twice_changes_once(tell: Tell, exported: FollowUp) -> None:
    tell(payload("issues_closed"))
    count = Event.objects.count()
    assert tell(payload("issues_closed")).json() == {"message": "Nothing to change"}
    assert Event.objects.count() == count


def test_what_is_delivered_again_later_undoes_nothing(tell: Tell, exported: FollowUp) -> None:
    tell(payload("issues_closed"))
    tell(news("reopened", state="open", state_reason="reopened", updated_at="2025-11-26T11:00:00Z"))
    assert tell(payload("issues_closed")).json() == {"message": "Something newer is known"}
    assert status_of(exported) == "outstanding"


@pytest.mark.parametrize("moment", [None, 7, "soon", "2999-01-01T00:00:00Z", "2025-11-26T10:00:00"])
def test_an_odd_time_hinders_nothing(tell: Tell, exported: FollowUp, moment: Any) -> None:
    assert tell(news(updated_at=moment)).status_code == 200
    assert status_of(exported) == "completed"
    tell(news("reopened", state="open", updated_at="2025-11-27T10:00:00Z"))
    assert status_of(exported) == "outstanding"


def test_an_issue_somebody_connected_moves_its_follow_up(tell: Tell, follow_up: FollowUp) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="github", url=URL)
    tell(payload("issues_closed"))
    assert status_of(follow_up) == "completed"


def test_a_repository_that_was_renamed_is_found_again(tell: Tell, exported: FollowUp) -> None:
    tell(news() | {"repository": {"full_name": "acme/ops"}})
    assert RemoteObject.objects.get().state["repository"] == "acme/ops"


def test_a_deleted_follow_up_stays_so(tell: Tell, exported: FollowUp) -> None:
    delete_follow_up(SYSTEM, exported.pk)
    assert tell(payload("issues_closed")).json() == {"message": "The follow-up was deleted"}


@pytest.mark.parametrize("event", ["issue_comment", "push", "pull_request", ""])
def test_other_events_are_taken_and_left(tell: Tell, exported: FollowUp, event: str) -> None:
    told = tell(payload("issues_closed"), event=event)
    assert (told.status_code, status_of(exported)) == (200, "outstanding")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_what_is_no_json_is_refused(tell: Tell, body: bytes) -> None:
    assert tell(body).status_code == 400


@pytest.mark.parametrize("told", [None, [], 7, {}, {"issue": 7}, {"action": "closed", "issue": {}}, {"action": ["x"]}])
def test_odd_news_is_none(told: Any) -> None:
    assert news_of(told) is None
