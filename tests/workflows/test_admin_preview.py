"""Trying a workflow on the past, in the admin."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.models import User
from incidents.models import Incident
from tests.desk import Desk
from tests.workflows.asking import NOTE
from tests.workflows.browsing import WorkflowPage, controls
from tests.workflows.writing import asking, severity, written
from workflows import admin_preview
from workflows.models import Effect, Workflow, WorkflowRun


def for_critical() -> Workflow:
    groups = [{"conditions": [asking("incident.severity", "one_of", severity("Critical"))]}]
    return written("incident.created", condition_groups=groups, steps=[NOTE])


def parts(desk: Desk, workflow: Workflow) -> list[str]:
    """What the page gets, part after part."""
    html, found = desk.get("workflows_workflow_preview", workflow.pk).content.decode(), []
    while address := re.search(r'hx-get="([^"]+)"', html):
        html = desk.client.get(unescape(address[1])).content.decode()
        found.append(html)
    return found


def test_it_says_what_it_would_have_caught_and_done(desk: Desk, declare: Any) -> None:
    declare(name="Till is down", severity_id=severity("Critical"))
    declare(name="Typo", severity_id=severity("Minor"))
    (part,) = parts(desk, for_critical())
    caught, missed = part.split("#wf-missed")
    assert "Till is down" in caught
    assert "Create an action" in caught
    assert "Typo" in missed
    assert "2 of 2 incidents looked at: it would have run on 1." in part
    assert not WorkflowRun.objects.exists()
    assert not Effect.objects.exists()


def test_long_pasts_come_in_parts(desk: Desk, declare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_preview, "AT_ONCE", 2)
    for number in range(5):
        declare(name=f"Number {number}", severity_id=severity("Critical"))
    found = parts(desk, for_critical())
    assert [len(re.findall(r"Number \d", part)) for part in found] == [2, 2, 1]
    assert "so far" in found[0]
    assert "5 of 5 incidents looked at: it would have run on 5." in found[-1]


def test_hidden_incidents_stay_hidden(desk: Desk, declare: Any, nora: User) -> None:
    hidden: Incident = declare(nora.actor, name="Secret", visibility="private", severity_id=severity("Critical"))
    (part,) = parts(desk, for_critical())
    assert hidden.name not in part
    assert "None of 0" in part


@pytest.mark.parametrize("query", ["", "?since=x&until=y", "?since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00"])
def test_an_odd_question_is_a_bad_request(desk: Desk, query: str) -> None:
    assert desk.get("workflows_workflow_preview_part", for_critical().pk, query=query).status_code == 400


def test_what_is_not_there_is_not_tried(desk: Desk) -> None:
    assert desk.get("workflows_workflow_preview", "nobody").status_code == 404
    window = "?since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z"
    odd = desk.get("workflows_workflow_preview_part", for_critical().pk, query=f"{window}&after=x")
    assert odd.status_code == 400


def test_who_does_not_administer_tries_nothing(desk: Desk) -> None:
    address = desk.get("workflows_workflow_preview", for_critical().pk).context["first"]
    assert "/login/" in Client().get(address)["Location"]


def tried(page: WorkflowPage) -> Any:
    """Press “Try before saving”, which opens a page beside the form."""
    assert re.search(r'name="_try"[^>]*formtarget="_blank"', page.desk.client.get(page.url).content.decode(), re.DOTALL)
    return page.say({"_try": "Try before saving"}).save()


def drafted(desk: Desk, page: str) -> str:
    """The part of a draft's trial that its page asks for."""
    address = re.search(r'hx-post="([^"]+)"', page)
    assert address is not None
    return desk.client.post(unescape(address[1]), controls(page, "wf-try")).content.decode()


def test_what_is_not_saved_can_be_tried(desk: Desk, declare: Any) -> None:
    declare(name="Till is down", severity_id=severity("Critical"))
    page = WorkflowPage(desk).say({"name": "Tell"}).do("step.add", new_step="incident.accept")
    html = tried(page).content.decode()
    assert "Tried before it is saved" in html
    part = drafted(desk, html)
    assert "Till is down" in part
    assert "Accept" in part
    assert not Workflow.objects.exists()
    assert not desk.events()


def test_a_change_is_tried_and_not_made(desk: Desk, declare: Any) -> None:
    declare(name="Typo", severity_id=severity("Minor"))
    workflow = for_critical()
    page = WorkflowPage(desk, workflow).do("group.remove 0")
    assert "would have run on 1" in drafted(desk, tried(page).content.decode())
    workflow.refresh_from_db()
    assert (workflow.version, len(workflow.definition["condition_groups"])) == (1, 1)


def test_what_would_not_be_saved_is_not_tried(desk: Desk) -> None:
    page = WorkflowPage(desk).say({"name": "Empty"}).do("group.add")
    tried(page)
    assert "Choose what to look at" in page.html
    assert not Workflow.objects.exists()


def test_a_draft_is_tried_over_another_time(desk: Desk) -> None:
    html = tried(WorkflowPage(desk).say({"name": "Tell"})).content.decode()
    again = desk.client.post(reverse("admin:workflows_workflow_try"), controls(html, "wf-try") | {"days": "90"})
    assert '<option value="90" selected>' in again.content.decode()


@pytest.mark.parametrize("page", ["workflows_workflow_try", "workflows_workflow_try_part"])
@pytest.mark.parametrize("draft", ["", "nonsense", signing.dumps({"trigger": "manual"}, salt="another")])
def test_only_what_was_sealed_here_is_tried(desk: Desk, page: str, draft: str) -> None:
    assert desk.post(page, draft=draft).status_code == 400
