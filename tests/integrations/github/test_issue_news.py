"""What becomes of an issue that is attached to an incident stands on the incident's timeline."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from events.models import Event
from incidents.attachments import Resource, attach, detach
from incidents.models import Attachment, Incident
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.github.site import payload
from tests.integrations.signing import signed

Tell = Callable[..., HttpResponse]
URL = "https://github.com/acme/operations/issues/1"


@pytest.fixture
def attached(incident: Incident) -> Attachment:
    """The issue that stands for an incident, as the step that made it attached it."""
    state = {"repository": "acme/operations", "number": 1}
    known = {"kind": "issue", "subject_type": "incident", "subject_id": incident.pk, "state": state}
    RemoteObject.objects.create(tool="github", remote_id="9001", url=URL, **known)
    return attach(SYSTEM, incident.pk, Resource("arbitrary_url", url=URL, title="acme/operations#1"))


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell("closed")`: GitHub tells of the issue."""

    def send(action: str = "closed", reason: str | None = "completed", **said: Any) -> HttpResponse:
        told = payload("issues_closed") | {"action": action}
        told["issue"] |= {"state_reason": reason} | said
        body = json.dumps(told).encode()
        headers = {"X-GitHub-Event": "issues", "X-Hub-Signature-256": signed(body)}
        return Client().post(f"/hooks/github/{connection.pk}", body, content_type="application/json", headers=headers)

    return send


def title_of(attachment: Attachment) -> str:
    attachment.refresh_from_db()
    return attachment.title


@pytest.mark.parametrize(
    ("action", "reason", "title"),
    [
        ("closed", "completed", "acme/operations#1 (closed as completed)"),
        ("closed", "not_planned", "acme/operations#1 (closed as not planned)"),
        ("closed", None, "acme/operations#1 (closed)"),
        ("closed", "<b>", "acme/operations#1 (closed)"),
        ("reopened", "reopened", "acme/operations#1 (reopened)"),
        ("deleted", None, "acme/operations#1 (deleted)"),
        ("edited", None, "acme/operations#1"),
    ],
)
def test_the_attachment_says_what_was_done(
    tell: Tell, attached: Attachment, action: str, reason: str | None, title: str
) -> None:
    assert tell(action, reason).status_code == 200
    assert title_of(attached) == title


def test_the_timeline_says_who_did_it(tell: Tell, attached: Attachment) -> None:
    tell()
    event = Event.objects.get(type="incident.attachment_updated")
    assert (event.incident_id, event.actor_label) == (attached.incident_id, "GitHub (ada)")
    assert folded(attached.incident) == stored(attached.incident)


def test_what_is_told_twice_stands_there_once(tell: Tell, attached: Attachment) -> None:
    tell()
    tell()
    assert Event.objects.filter(type="incident.attachment_updated").count() == 1


def test_what_is_delivered_again_later_undoes_nothing(tell: Tell, attached: Attachment) -> None:
    tell()
    tell("reopened", "reopened", updated_at="2025-11-26T11:00:00Z")
    tell()
    assert title_of(attached) == "acme/operations#1 (reopened)"


@pytest.mark.parametrize(("own", "title"), [("", "acme/operations#1"), ("The cause (maybe)", "The cause (maybe)")])
def test_an_issue_somebody_attached_keeps_its_title(tell: Tell, incident: Incident, own: str, title: str) -> None:
    attachment = attach(SYSTEM, incident.pk, Resource("arbitrary_url", url=URL, title=own))
    tell()
    tell("reopened", "reopened", updated_at="2025-11-26T11:00:00Z")
    assert title_of(attachment) == f"{title} (reopened)"


def test_a_repository_that_was_renamed_is_found_by_its_issue(tell: Tell, attached: Attachment) -> None:
    tell(html_url="https://github.com/acme/ops/issues/1")
    assert title_of(attached) == "acme/operations#1 (closed as completed)"


def test_what_was_taken_off_stays_off(tell: Tell, attached: Attachment) -> None:
    detach(SYSTEM, attached)
    assert tell().status_code == 200
    assert not Attachment.objects.exists()


def test_all_incidents_it_is_attached_to_show_it(
    tell: Tell, attached: Attachment, private: Incident, declare: Callable[..., Incident]
) -> None:
    others = [attach(SYSTEM, one.pk, Resource("arbitrary_url", url=URL)) for one in (private, declare())]
    assert tell().json() == {"message": "No follow-up has this issue"}
    assert {title_of(one) for one in (attached, *others)} == {"acme/operations#1 (closed as completed)"}
