"""What GitLab tells of its issues moves follow-ups, if it is GitLab who tells."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from events.models import Event
from incidents.follow_ups import FollowUpEdit, connect_issue, delete_follow_up, update_follow_up
from incidents.models import FollowUp
from integrations.connections import connect, switch
from integrations.gitlab.account import SETTINGS
from integrations.gitlab.hooks import news_of
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.gitlab.site import payload
from tests.integrations.issues import SECRET

Tell = Callable[..., HttpResponse]
URL = "https://gitlab.com/acme/ops/incidents/-/issues/1"
KEY = b"thirty-two bytes that nobody has"
SIGNING_TOKEN = "whsec_" + base64.b64encode(KEY).decode()
BODY = json.dumps(payload("issue_closed")).encode()


def account(secret: str, **said: str) -> Connection:
    """The hub's account at gitlab.com, or where it is said to be."""
    values = {"token": "glpat-hunter2", "project": "acme/ops/incidents", "webhook_secret": secret} | said
    return connect(SYSTEM, "gitlab", SETTINGS, name="GitLab", values=values)


@pytest.fixture
def connection(hub: None) -> Connection:
    """An account whose webhook has a secret token."""
    return account(SECRET)


@pytest.fixture
def signing(hub: None) -> Connection:
    """An account whose webhook has a signing token."""
    return account(SIGNING_TOKEN)


@pytest.fixture
def exported(follow_up: FollowUp) -> FollowUp:
    """A follow-up that stands at GitLab as acme/ops/incidents#1."""
    connect_issue(SYSTEM, follow_up.pk, provider="gitlab", url=URL)
    state = {"project": "42", "iid": 1}
    known = {"kind": "issue", "subject_type": "follow_up", "subject_id": follow_up.pk, "state": state}
    RemoteObject.objects.create(tool="gitlab", remote_id="9001", url=URL, **known)
    return follow_up


def send(connection: Connection, told: Any, headers: dict[str, str]) -> HttpResponse:
    """The answer to what comes with these headers."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {"X-Gitlab-Event": "Issue Hook", "Idempotency-Key": "x"} | headers
    path = f"/hooks/gitlab/{connection.pk}"
    return Client().post(path, body, content_type="application/json", headers=headers)


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell(payload)`: GitLab tells it, and says the secret."""
    return lambda told, **headers: send(connection, told, {"X-Gitlab-Token": SECRET} | headers)


def news(action: str = "close", state: str = "closed", **said: Any) -> Any:
    """What GitLab tells of an issue."""
    told = payload("issue_closed")
    told["object_attributes"] |= {"action": action, "state": state} | said
    return told


def status_of(follow_up: FollowUp) -> str:
    follow_up.refresh_from_db()
    return follow_up.status


def test_a_closed_issue_completes_its_follow_up(tell: Tell, exported: FollowUp) -> None:
    told = tell(payload("issue_closed"))
    assert (told.status_code, told.json()) == (200, {"message": "The follow-up is completed now"})
    event = Event.objects.order_by("-created_at").filter(subject_id=exported.pk)[0]
    assert (event.actor_kind, event.actor_label) == ("system", "GitLab (ada)")
    assert status_of(exported) == "completed"
    assert folded(exported) == stored(exported)


# What a forger says for the secret token, by what is wrong with it; None: nothing.
TOKENS: dict[str, str | None] = {
    "none": None,
    "empty": "",
    "a space": " ",
    "another": "hunter2",
    "in capitals": SECRET.upper(),
    "its beginning": SECRET[:-1],
    "its end": SECRET[1:],
    "and more": SECRET + "s",
    "spaces around it": f"x {SECRET} x",
    "twice": f"{SECRET}, {SECRET}",
    "quoted": f'"{SECRET}"',
    "a bearer": f"Bearer {SECRET}",
    "its hash": hashlib.sha256(SECRET.encode()).hexdigest(),
    "its base64": base64.b64encode(SECRET.encode()).decode(),
    "a signature": hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
    "not ASCII": "é" + SECRET[1:],
    "null": "null",
}


@pytest.mark.forgeries("gitlab, token")
@pytest.mark.parametrize("forgery", TOKENS)
def test_who_does_not_know_the_secret_moves_nothing(connection: Connection, exported: FollowUp, forgery: str) -> None:
    said = TOKENS[forgery]
    told = send(connection, BODY, {} if said is None else {"X-Gitlab-Token": said})
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


def signed(
    body: bytes = BODY, key: bytes = KEY, number: str = "msg_1", at: int = 0, scheme: str = "v1,"
) -> dict[str, str]:
    """Headers as GitLab signs with a signing token, some seconds from now."""
    moment = str(int(time.time()) + at)
    digest = hmac.new(key, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = scheme + base64.b64encode(digest).decode()
    return {"webhook-id": number, "webhook-timestamp": moment, "webhook-signature": signature}


def two(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Both signatures, as while a token is changed."""
    return first | {"webhook-signature": f"{second['webhook-signature']} {first['webhook-signature']}"}


@pytest.mark.parametrize(
    "headers",
    [signed, lambda: signed(at=-200), lambda: signed(at=200), lambda: two(signed(), signed(key=b"old"))],
    ids=["now", "late", "early", "two"],
)
def test_what_is_signed_is_believed(
    signing: Connection, exported: FollowUp, headers: Callable[[], dict[str, str]]
) -> None:
    assert send(signing, BODY, headers()).status_code == 200
    assert status_of(exported) == "completed"


# What a forger sends for a signature, by what is wrong with it.
SIGNATURES: dict[str, Callable[[], dict[str, str]]] = {
    "none": dict,
    "the token itself": lambda: {"X-Gitlab-Token": SIGNING_TOKEN},
    "no ID": lambda: signed() | {"webhook-id": ""},
    "another ID": lambda: signed() | {"webhook-id": "msg_2"},
    "no time": lambda: signed() | {"webhook-timestamp": ""},
    "another time": lambda: signed() | {"webhook-timestamp": str(int(time.time()) + 7)},
    "a time in words": lambda: signed() | {"webhook-timestamp": "now"},
    "a time of many digits": lambda: signed() | {"webhook-timestamp": "1" * 5_000},
    "a negative time": lambda: signed() | {"webhook-timestamp": "-1"},
    "too old": lambda: signed(at=-400),
    "too new": lambda: signed(at=400),
    "empty": lambda: signed() | {"webhook-signature": ""},
    "only the scheme": lambda: signed() | {"webhook-signature": "v1,"},
    "without a scheme": lambda: signed(scheme=""),
    "another scheme": lambda: signed(scheme="v2,"),
    "scheme in capitals": lambda: signed(scheme="V1,"),
    "another body's": lambda: signed(b"{}"),
    "of the body without its end": lambda: signed(BODY[:-1]),
    "of the body as others write it": lambda: signed(json.dumps(json.loads(BODY), indent=7).encode()),
    "with another key": lambda: signed(key=b"hunter2"),
    "with no key": lambda: signed(key=b""),
    "with the token as key": lambda: signed(key=SIGNING_TOKEN.encode()),
    "in hex": lambda: signed() | {"webhook-signature": "v1," + hmac.new(KEY, BODY, hashlib.sha256).hexdigest()},
    "cut short": lambda: signed() | {"webhook-signature": signed()["webhook-signature"][:-1]},
    "not ASCII": lambda: signed() | {"webhook-signature": "v1,é"},
    "joined by commas": lambda: signed() | {"webhook-signature": "v1,x," + signed()["webhook-signature"]},
}


@pytest.mark.forgeries("gitlab, signature")
@pytest.mark.parametrize("forgery", SIGNATURES)
def test_a_forger_moves_nothing(signing: Connection, exported: FollowUp, forgery: str) -> None:
    told = send(signing, BODY, SIGNATURES[forgery]())
    assert (told.status_code, status_of(exported)) == (401, "outstanding")


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64", "whsec_é"])
@pytest.mark.parametrize("key", [b"", b"not base64"])
def test_a_signing_token_that_is_none_proves_nothing(exported: FollowUp, secret: str, key: bytes) -> None:
    assert send(account(secret), BODY, signed(key=key)).status_code == 401


def test_without_a_secret_nobody_is_believed(tell: Tell, exported: FollowUp) -> None:
    Connection.objects.update(secrets="")
    assert tell(BODY, **{"X-Gitlab-Token": ""}).status_code == 401
    assert tell(BODY, **signed(key=b"")).status_code == 401


def test_a_connection_that_is_switched_off_hears_nothing(
    tell: Tell, connection: Connection, exported: FollowUp
) -> None:
    switch(SYSTEM, connection, on=False)
    assert (tell(BODY).status_code, status_of(exported)) == (404, "outstanding")


@pytest.mark.parametrize(
    ("action", "state", "before", "after"),
    [
        ("close", "closed", "outstanding", "completed"),
        ("close", "closed", "not_doing", "not_doing"),
        ("close", None, "outstanding", "completed"),
        ("reopen", "opened", "completed", "outstanding"),
        ("reopen", None, "not_doing", "outstanding"),
        ("update", "closed", "outstanding", "outstanding"),
        ("open", "opened", "completed", "completed"),
        (None, "closed", "outstanding", "outstanding"),
    ],
)
def test_what_was_done_to_an_issue_decides(
    tell: Tell, exported: FollowUp, action: str, state: str, before: str, after: str
) -> None:
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status=before))
    assert tell(news(action, state)).status_code == 200
    assert status_of(exported) == after


def test_what_is_told_twice_changes_once(tell: Tell, exported: FollowUp) -> None:
    tell(BODY)
    count = Event.objects.count()
    assert tell(BODY).json() == {"message": "Nothing to change"}
    assert Event.objects.count() == count


@pytest.mark.parametrize("later", ["2025-11-26 11:00:00 UTC", "2025-11-26T11:00:00Z", "2025-11-26T12:00:00.000+01:00"])
def test_what_comes_late_undoes_nothing(tell: Tell, exported: FollowUp, later: str) -> None:
    tell(news("reopen", "opened", updated_at=later))
    assert tell(BODY).json() == {"message": "Something newer is known"}
    assert status_of(exported) == "outstanding"


@pytest.mark.parametrize("moment", [None, 7, "soon", "2999-01-01 00:00:00 UTC"])
def test_an_odd_time_hinders_nothing(tell: Tell, exported: FollowUp, moment: Any) -> None:
    assert tell(news(updated_at=moment)).status_code == 200
    assert status_of(exported) == "completed"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (URL, "completed"),
        ("https://gitlab.com/acme/ops/incidents/issues/1", "completed"),
        ("https://gitlab.com/acme/ops/incidents/-/work_items/1#note_7", "completed"),
        ("https://gitlab.com/acme/ops/incidents/-/issues/11", "outstanding"),
        ("https://gitlab.com/acme/ops/-/issues/1", "outstanding"),
        ("https://git.example.com/acme/ops/incidents/-/issues/1", "outstanding"),
    ],
)
def test_an_issue_somebody_connected_moves_its_follow_up(
    tell: Tell, follow_up: FollowUp, url: str, status: str
) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="gitlab", url=url)
    tell(BODY)
    assert status_of(follow_up) == status


@pytest.mark.parametrize(("known_first", "name"), [(True, "acme/ops/incidents#1"), (False, "git/acme/ops/incidents#1")])
def test_an_issue_under_a_path_is_named_and_found(follow_up: FollowUp, known_first: bool, name: str) -> None:
    url, at = "https://git.example.com/git/acme/ops/incidents/-/issues/1", {"url": "https://git.example.com/git/"}
    known = account(SECRET, **at) if known_first else None
    connect_issue(SYSTEM, follow_up.pk, provider="gitlab", url=url)
    follow_up.refresh_from_db()
    assert follow_up.external_issue_name == name
    send(known or account(SECRET, **at), news(url=url), {"X-Gitlab-Token": SECRET})
    assert status_of(follow_up) == "completed"


def test_a_project_that_was_renamed_is_found_again(tell: Tell, exported: FollowUp) -> None:
    told = news()
    told["project"]["path_with_namespace"] = "acme/incidents"
    tell(told)
    assert RemoteObject.objects.get().state["name"] == "acme/incidents#1"


def test_a_confidential_issue_is_heard_of_too(tell: Tell, exported: FollowUp) -> None:
    told = news(confidential=True) | {"event_type": "confidential_issue"}
    tell(told, **{"X-Gitlab-Event": "Confidential Issue Hook"})
    assert status_of(exported) == "completed"


def test_a_deleted_follow_up_stays_so(tell: Tell, exported: FollowUp) -> None:
    delete_follow_up(SYSTEM, exported.pk)
    assert tell(BODY).json() == {"message": "The follow-up was deleted"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_what_is_no_json_is_refused(tell: Tell, body: bytes) -> None:
    assert tell(body).status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        7,
        {},
        {"object_kind": ["issue"]},
        {"object_kind": "issue", "object_attributes": 7},
        {"object_kind": "issue", "object_attributes": {"id": 1, "action": ["close"]}},
        {"object_kind": "merge_request", "object_attributes": {"id": 1, "action": "close"}},
    ],
)
def test_odd_news_is_none(told: Any) -> None:
    assert news_of(told) is None
