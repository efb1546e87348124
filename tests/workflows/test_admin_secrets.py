"""Secrets of steps in the admin: entered, kept, changed, and on no page."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import signing
from django.urls import reverse
from standardwebhooks import Webhook

from events.models import Event
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.receiver import Receiver, answer
from tests.workflows.asking import on
from tests.workflows.browsing import WorkflowPage, controls
from tests.workflows.secretive import (
    BEARER,
    ENDPOINT,
    GENERATED,
    HEADERS,
    OTHER,
    SECRET,
    SECRETS,
    SIGNING,
    TENANT,
    bindings,
    leaks,
    literal,
    literals,
    signed,
)
from tests.workflows.writing import written
from workflows.admin_preview import TRY
from workflows.models import Effect, Workflow, WorkflowRun
from workflows.sealing import opened
from workflows.workflows import archive_workflow

Declare = Callable[..., Incident]
Drain = Callable[[], None]
URL = "https://hooks.example.com/in"
KEPT = "is shown to nobody"


def at(place: int) -> str:
    """The control of a parameter of the first step."""
    return f"steps.0.param_bindings.{place}.values"


def told_in(page: str) -> list[str]:
    """The secrets that stand on a page."""
    return [secret for secret in SECRETS if secret in page]


def built(desk: Desk) -> Workflow:
    """A workflow that was built in the admin."""
    page = WorkflowPage(desk).say({"name": "Tell"}).do("step.add", new_step="webhook.send")
    page.say({at(ENDPOINT): URL, at(HEADERS): f"{BEARER}\n{TENANT}", at(SECRET): SIGNING, at(GENERATED): OTHER})
    assert page.save().status_code == 302
    return Workflow.objects.get()


def test_what_is_entered_is_sealed(desk: Desk) -> None:
    workflow = built(desk)
    told = bindings(opened(workflow))
    assert told[HEADERS:] == [literals(BEARER, TENANT), {}, literal(SIGNING), literal(OTHER), *told[GENERATED + 1 :]]
    assert leaks() == []


def test_the_form_shows_that_something_is_kept(desk: Desk) -> None:
    page = WorkflowPage(desk, built(desk))
    assert page.sent[at(SECRET)] == ["[secret]"]
    assert page.sent[at(HEADERS)] == ["Authorization: [secret]\r\nX-Tenant: [secret]"]
    assert page.html.count(KEPT) == 3
    assert told_in(page.html + page.do().html) == []


def test_what_nobody_touches_is_kept(desk: Desk) -> None:
    workflow = written(steps=[signed(URL)])
    page = WorkflowPage(desk, workflow)
    assert page.save().status_code == 302
    workflow.refresh_from_db()
    assert workflow.version == 1
    page.say({"name": "Renamed"}).save()
    workflow.refresh_from_db()
    assert (workflow.version, opened(workflow)["steps"]) == (2, [signed(URL)])


def test_one_is_changed_and_a_header_is_taken_away(desk: Desk) -> None:
    workflow = built(desk)
    WorkflowPage(desk, workflow).say({at(SECRET): "sesame-open", at(HEADERS): "X-Tenant: [secret]"}).save()
    workflow.refresh_from_db()
    told = bindings(opened(workflow))
    assert told[HEADERS : GENERATED + 1] == [literals(TENANT), {}, literal("sesame-open"), literal(OTHER)]
    assert leaks() == []


def test_pieces_are_moved_with_their_secrets(desk: Desk) -> None:
    workflow = written(steps=[signed(URL), signed(URL, OTHER, id="other")])
    page = WorkflowPage(desk, workflow).do("step.up 1")
    assert told_in(page.html) == []
    assert page.save().status_code == 302
    workflow.refresh_from_db()
    assert [bindings(opened(workflow), place)[SECRET] for place in (0, 1)] == [literal(OTHER), literal(SIGNING)]


def test_a_refusal_stands_beside_the_control(desk: Desk) -> None:
    page = WorkflowPage(desk, built(desk)).say({at(HEADERS): "X-Nobody-Knows: [secret]"})
    assert page.save().status_code == 200
    assert "enter it again" in page.html
    assert bindings(opened(Workflow.objects.get()))[HEADERS] == literals(BEARER, TENANT)


def test_a_draft_is_tried_without_telling(desk: Desk, declare: Declare) -> None:
    declare()
    page = WorkflowPage(desk, built(desk)).say({at(SECRET): "sesame-open", "_try": "Try before saving"})
    tried = page.save().content.decode()
    (address,) = re.findall(r'hx-post="([^"]+)"', tried)
    sent = controls(tried, "wf-try")
    part = desk.client.post(unescape(address), sent).content.decode()
    assert "Send a webhook" in part
    assert told_in(tried + part + repr(signing.loads(sent["draft"][0], salt=TRY))) == []


def test_no_page_of_a_run_shows_them(desk: Desk, declare: Declare, drain: Drain, receiver: Receiver) -> None:
    receiver.script = [answer(404, f"{BEARER} {TENANT} {SIGNING}".encode())]
    workflow = on("incident.created", steps=[signed(receiver.url, SIGNING, BEARER, TENANT)])
    incident = declare()
    drain()
    pages = [
        desk.get("workflows_workflow_change", workflow.pk),
        desk.get("workflows_workflowrun_change", WorkflowRun.objects.get().pk),
        desk.get("workflows_effect_change", Effect.objects.get().pk),
        desk.get("incidents_incident_change", incident.pk),
        desk.get("events_event_change", Event.objects.get(type="workflow.created").pk),
    ]
    assert {page.status_code for page in pages} == {200}
    assert [told_in(page.content.decode()) for page in pages] == [[]] * len(pages)
    assert leaks() == []


def test_an_archived_workflow_is_looked_at_without_them(desk: Desk) -> None:
    workflow = written(steps=[signed(URL)])
    archive_workflow(SYSTEM, workflow)
    page = desk.get("workflows_workflow_change", workflow.pk).content.decode()
    assert (told_in(page), "[secret]" in page) == ([], True)


@pytest.mark.parametrize("page", ["change", "preview", "copy", "switch_on"])
def test_without_the_key_pages_open(desk: Desk, settings: Any, page: str) -> None:
    workflow = written(steps=[signed(URL)])
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert desk.get(f"workflows_workflow_{page}", workflow.pk).status_code == 200


def test_without_the_key_a_form_is_saved_and_what_is_kept_stays(desk: Desk, settings: Any) -> None:
    workflow, ring = written(steps=[signed(URL)]), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert WorkflowPage(desk, workflow).say({"name": "Renamed"}).save().status_code == 302
    settings.ENCRYPTION_KEYS = ring
    workflow.refresh_from_db()
    assert (workflow.name, opened(workflow)["steps"]) == ("Renamed", [signed(URL)])


def test_a_copy_that_cannot_be_made_says_why(desk: Desk, settings: Any) -> None:
    workflow = written(steps=[signed(URL)])
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "enter it again" in desk.post("workflows_workflow_copy", workflow.pk).content.decode()
    assert Workflow.objects.count() == 1


# ---- one step, now


def test_a_webhook_sent_by_hand_keeps_no_secret(desk: Desk, declare: Declare, drain: Drain, receiver: Receiver) -> None:
    way = reverse("admin:workflows_workflow_tool", args=[declare().pk, "webhook.send"])
    form = controls(desk.client.get(way).content.decode(), "step_form")
    desk.client.post(way, form | {at(ENDPOINT): receiver.url, at(SECRET): SIGNING, at(HEADERS): TENANT})
    drain()
    (arrival,) = receiver.arrivals
    Webhook(SIGNING).verify(arrival.body, arrival.headers)
    assert arrival.headers["x-tenant"] == "acme-secretly"
    assert leaks() == []


def test_by_hand_there_is_nothing_to_keep(desk: Desk, declare: Declare) -> None:
    way = reverse("admin:workflows_workflow_tool", args=[declare().pk, "webhook.send"])
    form = controls(desk.client.get(way).content.decode(), "step_form")
    page = desk.client.post(way, form | {at(ENDPOINT): URL, at(SECRET): "[secret]"})
    assert "enter it again" in page.content.decode()
    assert not WorkflowRun.objects.exists()
