"""What Jira tells of its issues moves follow-ups, if it is Jira who tells, and nothing else does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from events.models import Event
from incidents.follow_ups import FollowUpEdit, connect_issue, delete_follow_up, update_follow_up
from incidents.models import FollowUp
from integrations.connections import switch
from integrations.jira.account import Jira
from integrations.jira.hooks import news_of
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.issues import SECRET
from tests.integrations.jira.site import DONE, IN_PROGRESS, TO_DO, WONT_DO, payload
from tests.integrations.signing import FORGED, signed

Tell = Callable[..., HttpResponse]


@pytest.fixture
def exported(follow_up: FollowUp, connection: Connection) -> FollowUp:
    """A follow-up that stands in Jira as OPS-1."""
    url = f"{connection.settings['site']}/browse/OPS-1"
    connect_issue(SYSTEM, follow_up.pk, provider="jira", url=url)
    known = {"kind": "issue", "subject_type": "follow_up", "subject_id": follow_up.pk, "state": {"key": "OPS-1"}}
    RemoteObject.objects.create(tool="jira", remote_id="10001", url=url, **known)
    return follow_up


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell(payload)`: Jira tells it, signed."""

    def send(told: Any, query: str = "", **headers: str) -> HttpResponse:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = headers or {"X-Hub-Signature": signed(body)}
        path = f"/hooks/jira/{connection.pk}{query}"
        return Client().post(path, body, content_type="application/json", headers=headers)

    return send


def updated(status: dict[str, Any] = DONE, resolution: str | None = None, **said: Any) -> Any:
    """What Jira tells when an issue has moved to a status."""
    told = payload("issue_updated") | said
    told["issue"]["fields"] |= {"status": status, "resolution": {"name": resolution} if resolution else None}
    return told


def status_of(follow_up: FollowUp) -> str:
    follow_up.refresh_from_db()
    return follow_up.status


def test_a_finished_issue_completes_its_follow_up(tell: Tell, exported: FollowUp) -> None:
    told = tell(payload("issue_updated"))
    assert (told.status_code, told.json()) == (200, {"message": "The follow-up is completed now"})
    assert status_of(exported) == "completed"
    event = Event.objects.order_by("-created_at").filter(subject_id=exported.pk)[0]
    assert (event.actor_kind, event.actor_label) == ("system", "Jira (Ada Lovelace)")
    assert folded(exported) == stored(exported)


@pytest.mark.forgeries("jira")
@pytest.mark.parametrize("forgery", FORGED)
def test_a_forger_moves_nothing(connection: Connection, exported: FollowUp, forgery: str) -> None:
    body = json.dumps(payload("issue_updated")).encode()
    said = FORGED[forgery](body)
    headers = {} if said is None else {"X-Hub-Signature": said}
    path = f"/hooks/jira/{connection.pk}"
    told = Client().post(path, body, content_type="application/json", headers=headers)
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?secret=a+phrase+nobody+guesses", 200),
        ("?secret=a%20phrase%20nobody%20guesses", 200),
        ("?secret=A+phrase+nobody+guesses", 401),
        ("?secret=a+phrase+nobody+guesses+", 401),
        ("?secret=", 401),
        ("?secret=%00", 401),
        ("?secret=%ff%fe", 401),
        ("?token=a+phrase+nobody+guesses", 401),
        ("", 401),
    ],
)
def test_a_secret_may_stand_in_the_address(connection: Connection, exported: FollowUp, query: str, status: int) -> None:
    path = f"/hooks/jira/{connection.pk}{query}"
    told = Client().post(path, payload("issue_updated"), content_type="application/json")
    assert (told.status_code, status_of(exported) == "completed") == (status, status == 200)


def test_a_wrong_signature_is_not_made_good_by_the_address(tell: Tell, exported: FollowUp) -> None:
    told = tell(payload("issue_updated"), "?secret=a+phrase+nobody+guesses", **{"X-Hub-Signature": "sha256=0"})
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


def test_without_a_secret_nobody_is_believed(tell: Tell, connection: Connection, exported: FollowUp) -> None:
    Connection.objects.update(secrets="")
    body = json.dumps(payload("issue_updated")).encode()
    for headers in ({"X-Hub-Signature": signed(body, "")}, {"X-Other": "x"}):
        assert tell(body, "?secret=", **headers).status_code == 401
    assert status_of(exported) == "outstanding"


def test_a_connection_that_is_switched_off_hears_nothing(tell: Tell, connection: Connection, exported: FollowUp):
    switch(SYSTEM, connection, on=False)
    assert (tell(payload("issue_updated")).status_code, status_of(exported)) == (404, "outstanding")


@pytest.mark.parametrize("pk", ["nope", "01JT3Y8M5QJ4V6F2H0W7P9D1RA", "%00"])
def test_an_unknown_connection_is_not_found(exported: FollowUp, pk: str) -> None:
    assert Client().post(f"/hooks/jira/{pk}", {}, content_type="application/json").status_code == 404


def test_it_is_told_by_post_only(connection: Connection) -> None:
    assert Client().get(f"/hooks/jira/{connection.pk}").status_code == 405


@pytest.mark.parametrize(
    ("status", "resolution", "before", "after"),
    [
        (DONE, "Done", "outstanding", "completed"),
        (DONE, None, "outstanding", "completed"),
        (DONE, "Won't Do", "outstanding", "not_doing"),
        (DONE, "Duplicate", "completed", "not_doing"),
        (WONT_DO, None, "outstanding", "not_doing"),
        (DONE, None, "not_doing", "not_doing"),
        (TO_DO, None, "completed", "outstanding"),
        (IN_PROGRESS, None, "not_doing", "outstanding"),
        (IN_PROGRESS, None, "outstanding", "outstanding"),
    ],
)
def test_where_an_issue_is_decides(
    tell: Tell, exported: FollowUp, status: Any, resolution: str | None, before: str, after: str
) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(updated(status, resolution)).status_code == 200
    assert status_of(exported) == after


def test_what_is_told_twice_changes_once(tell: Tell, exported: FollowUp) -> None:
    tell(payload("issue_updated"))
    count = Event.objects.count()
    assert tell(payload("issue_updated")).json() == {"message": "Nothing to change"}
    assert Event.objects.count() == count


def test_what_comes_late_undoes_nothing(tell: Tell, exported: FollowUp) -> None:
    tell(updated(TO_DO, timestamp=1_764_150_500_000))
    assert tell(updated(DONE)).json() == {"message": "Something newer is known"}
    assert status_of(exported) == "outstanding"


@pytest.mark.parametrize("timestamp", [0, -1, 10**30, "soon", None, True, 99_999_999_999_999])
def test_an_odd_time_hinders_nothing(tell: Tell, exported: FollowUp, timestamp: Any) -> None:
    assert tell(updated(DONE, timestamp=timestamp)).status_code == 200
    assert status_of(exported) == "completed"


@pytest.mark.parametrize(("before", "after"), [("outstanding", "not_doing"), ("completed", "completed")])
def test_a_deleted_issue_is_not_waited_for(tell: Tell, exported: FollowUp, before: str, after: str) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(payload("issue_deleted")).status_code == 200
    assert status_of(exported) == after


def test_an_issue_somebody_connected_moves_its_follow_up(
    tell: Tell, connection: Connection, follow_up: FollowUp
) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="jira", url=f"{connection.settings['site']}/browse/OPS-1")
    tell(payload("issue_updated"))
    assert status_of(follow_up) == "completed"
    assert RemoteObject.objects.get().remote_id == "10001"


def test_a_deleted_follow_up_stays_so(tell: Tell, exported: FollowUp) -> None:
    delete_follow_up(SYSTEM, exported.pk)
    told = tell(payload("issue_updated"))
    assert (told.status_code, told.json()) == (200, {"message": "The follow-up was deleted"})


def test_other_issues_are_others_business(tell: Tell, exported: FollowUp) -> None:
    told = updated(DONE)
    told["issue"] |= {"id": "777", "key": "OPS-777"}
    assert tell(told).json() == {"message": "No follow-up has this issue"}


def test_a_change_of_words_moves_nothing(tell: Tell, exported: FollowUp) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status="completed"))
    tell(updated(TO_DO, changelog={"items": [{"field": "summary", "toString": "Add two alerts"}]}))
    assert status_of(exported) == "completed"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'"'])
def test_what_is_no_json_is_refused(tell: Tell, body: bytes) -> None:
    assert tell(body).status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        7,
        {},
        {"issue": 7},
        {"issue": {"id": "1"}},
        {"webhookEvent": "jira:issue_updated", "issue": {"id": "1", "key": "A-1"}},
        {"webhookEvent": "jira:issue_updated", "issue": {"id": "1", "key": "A-1"}, "changelog": {"items": 7}},
        {"webhookEvent": "comment_created", "issue": {"id": "1", "key": "A-1", "fields": {}}},
        {"webhookEvent": ["x"], "issue": {"id": "1", "key": "A-1"}, "changelog": {"items": [7, {"field": "status"}]}},
    ],
)
def test_odd_news_is_none(told: Any) -> None:
    assert news_of(Jira({"site": "https://acme.atlassian.net"}), told) is None


def test_the_secret_is_never_said(tell: Tell, exported: FollowUp) -> None:
    assert SECRET not in tell(payload("issue_updated"), **{"X-Hub-Signature": "x"}).content.decode()
