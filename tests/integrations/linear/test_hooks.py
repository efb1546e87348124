"""What Linear tells of its issues moves follow-ups, if it is Linear who tells, and tells it now."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from events.models import Event
from incidents.follow_ups import FollowUpEdit, connect_issue, delete_follow_up, update_follow_up
from incidents.models import FollowUp
from integrations.connections import switch
from integrations.linear.account import Linear
from integrations.linear.hooks import news_of
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.linear.site import payload
from tests.integrations.signing import FORGED, signed

Tell = Callable[..., HttpResponse]
ID, URL = "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9", "https://linear.app/acme/issue/OPS-1/add-an-alert"


@pytest.fixture
def exported(follow_up: FollowUp, connection: Connection) -> FollowUp:
    """A follow-up that stands at Linear as OPS-1."""
    connect_issue(SYSTEM, follow_up.pk, provider="linear", url=URL)
    known = {"kind": "issue", "subject_type": "follow_up", "subject_id": follow_up.pk, "state": {"id": ID}}
    RemoteObject.objects.create(tool="linear", remote_id=ID, url=URL, **known)
    return follow_up


def in_hex(body: bytes, secret: str | None = None) -> str:
    """The signature as Linear makes it."""
    whole = signed(body) if secret is None else signed(body, secret)
    return whole.removeprefix("sha256=")


def written(told: Any, seconds: float = 0.0) -> bytes:
    """What Linear tells, as it sends it after some seconds of its own clock."""
    if isinstance(told, dict):
        sent_at = timezone.now() + timedelta(seconds=seconds)
        told = told | {"webhookTimestamp": int(sent_at.timestamp() * 1000)}
    return json.dumps(told).encode()


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell(payload)`: Linear tells it, signed."""

    def send(told: Any, **headers: str) -> HttpResponse:
        body = told if isinstance(told, bytes) else written(told)
        headers = {"Linear-Signature": in_hex(body), "Linear-Event": "Issue", "Linear-Delivery": "x"} | headers
        path = f"/hooks/linear/{connection.pk}"
        return Client().post(path, body, content_type="application/json", headers=headers)

    return send


def news(name: str = "Done", kind: str = "completed", **said: Any) -> Any:
    """What Linear tells when an issue has moved to a state."""
    told = payload("issue_updated")
    told["data"] |= {"state": {"id": "s", "name": name, "type": kind}} | said.pop("data", {})
    return told | said


def status_of(follow_up: FollowUp) -> str:
    follow_up.refresh_from_db()
    return follow_up.status


def test_a_finished_issue_completes_its_follow_up(tell: Tell, exported: FollowUp) -> None:
    told = tell(payload("issue_updated"))
    assert (told.status_code, told.json()) == (200, {"message": "The follow-up is completed now"})
    event = Event.objects.order_by("-created_at").filter(subject_id=exported.pk)[0]
    assert (event.actor_kind, event.actor_label) == ("system", "Linear (Ada Lovelace)")
    assert status_of(exported) == "completed"
    assert folded(exported) == stored(exported)


# What is wrong with the scheme is not: Linear writes none.
HEX = {name: forge for name, forge in FORGED.items() if name != "without a scheme"}


@pytest.mark.forgeries("linear")
@pytest.mark.parametrize("forgery", HEX)
def test_a_forger_moves_nothing(connection: Connection, exported: FollowUp, forgery: str) -> None:
    body = written(payload("issue_updated"))
    said = HEX[forgery](body)
    bare = None if said is None else said if "scheme" in forgery else said.replace("sha256=", "")
    headers = {} if bare is None else {"Linear-Signature": bare}
    path = f"/hooks/linear/{connection.pk}"
    told = Client().post(path, body, content_type="application/json", headers=headers)
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-40, 200), (40, 200), (-90, 401), (90, 401), (-86_400, 401)]
)
def test_what_was_sent_long_ago_was_kept_by_somebody(
    tell: Tell, exported: FollowUp, seconds: float, status: int
) -> None:
    assert tell(written(payload("issue_updated"), seconds)).status_code == status
    assert (status_of(exported) == "completed") == (status == 200)


@pytest.mark.parametrize("sent_at", [None, "soon", 0, -1, True, 10**30, 10**400, [1]])
def test_what_does_not_say_when_it_was_sent_is_refused(tell: Tell, exported: FollowUp, sent_at: Any) -> None:
    body = json.dumps(payload("issue_updated") | {"webhookTimestamp": sent_at}).encode()
    assert (tell(body).status_code, status_of(exported)) == (401, "outstanding")


def test_without_a_secret_nobody_is_believed(tell: Tell, exported: FollowUp) -> None:
    Connection.objects.update(secrets="")
    body = written(payload("issue_updated"))
    assert tell(body, **{"Linear-Signature": in_hex(body, "")}).status_code == 401


def test_a_connection_that_is_switched_off_hears_nothing(
    tell: Tell, connection: Connection, exported: FollowUp
) -> None:
    switch(SYSTEM, connection, on=False)
    assert (tell(payload("issue_updated")).status_code, status_of(exported)) == (404, "outstanding")


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("completed", "outstanding", "completed"),
        ("completed", "not_doing", "completed"),
        ("canceled", "outstanding", "not_doing"),
        ("duplicate", "completed", "not_doing"),
        ("started", "completed", "outstanding"),
        ("unstarted", "not_doing", "outstanding"),
        ("backlog", "completed", "outstanding"),
        ("triage", "completed", "outstanding"),
        ("something new", "completed", "outstanding"),
    ],
)
def test_where_an_issue_is_decides(tell: Tell, exported: FollowUp, kind: str, before: str, after: str) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(news("A state", kind)).status_code == 200
    assert status_of(exported) == after


def test_a_name_that_people_gave_decides(tell: Tell, connection: Connection, exported: FollowUp) -> None:
    Connection.objects.update(settings=connection.settings | {"done_state": "In review"})
    tell(news("in review", "started"))
    assert status_of(exported) == "completed"


@pytest.mark.parametrize(("before", "after"), [("outstanding", "not_doing"), ("completed", "completed")])
def test_a_deleted_issue_is_not_waited_for(tell: Tell, exported: FollowUp, before: str, after: str) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(news(action="remove")).status_code == 200
    assert status_of(exported) == after


def test_what_is_told_twice_changes_once(tell: Tell, exported: FollowUp) -> None:
    tell(payload("issue_updated"))
    count = Event.objects.count()
    assert tell(payload("issue_updated")).json() == {"message": "Nothing to change"}
    assert Event.objects.count() == count


def test_what_comes_late_undoes_nothing(tell: Tell, exported: FollowUp) -> None:
    tell(news("Todo", "unstarted", data={"updatedAt": "2025-11-26T11:00:00.000Z"}))
    assert tell(payload("issue_updated")).json() == {"message": "Something newer is known"}
    assert status_of(exported) == "outstanding"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://linear.app/acme/issue/OPS-1", "completed"),
        ("https://linear.app/acme/issue/ops-1/an-older-title#comment-1", "completed"),
        ("https://linear.app/other/issue/OPS-1/add-an-alert", "outstanding"),
        ("https://linear.app/acme/issue/OPS-11", "outstanding"),
        ("https://elsewhere.example.com/acme/issue/OPS-1", "outstanding"),
    ],
)
def test_an_issue_somebody_connected_moves_its_follow_up(
    tell: Tell, follow_up: FollowUp, url: str, status: str
) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="linear", url=url)
    tell(payload("issue_updated"))
    assert status_of(follow_up) == status


def test_a_deleted_follow_up_stays_so(tell: Tell, exported: FollowUp) -> None:
    delete_follow_up(SYSTEM, exported.pk)
    assert tell(payload("issue_updated")).json() == {"message": "The follow-up was deleted"}


@pytest.mark.parametrize(
    "said",
    [{"updatedFrom": {"title": "x"}}, {"updatedFrom": None}, {"action": "create"}, {"type": "Comment"}, {"type": 7}],
)
def test_other_news_is_taken_and_left(tell: Tell, exported: FollowUp, said: Any) -> None:
    assert tell(payload("issue_updated") | said).json() == {"message": "Nothing the hub listens to"}
    assert status_of(exported) == "outstanding"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'"'])
def test_what_is_no_json_is_refused(tell: Tell, body: bytes) -> None:
    assert tell(body).status_code == 400


@pytest.mark.parametrize("told", [None, [], 7, {}, {"type": "Issue"}, {"type": "Issue", "data": {"id": "", "x": 1}}])
def test_odd_news_is_none(told: Any) -> None:
    assert news_of(Linear({}), told) is None
