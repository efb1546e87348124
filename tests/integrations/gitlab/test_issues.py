"""Issues at GitLab: written as GitLab wants them, and found again by what nobody sees."""

import time
from collections.abc import Callable

import pytest

from incidents.follow_ups import create_follow_up
from incidents.models import Attachment, FollowUp, Incident
from integrations.gitlab.issues import harmless
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.gitlab.site import PROJECT, GitLabSite
from tests.integrations.issues import complaints, outcomes
from tests.integrations.standing_in import done_in_silence, says
from tests.workflows.asking import on
from tests.workflows.writing import OTHER_STEP_ID, step
from workflows.models import Target
from workflows.starting import start_workflow

pytestmark = pytest.mark.usefixtures("connection")
Drain = Callable[[], None]
STEP = "gitlab.create_issue"
PRIVATE_TOO = {"value": {"literal": "true"}}


@pytest.fixture
def declared(declare: Callable[..., Incident], drain: Drain) -> Callable[[], Incident]:
    """`declared()`: an incident is declared, which a workflow has made an issue of."""
    on("incident.created", name="Issue", steps=[step(STEP)])

    def go() -> Incident:
        incident = declare(name="Checkout is down", summary="Nobody can pay\n/close")
        drain()
        return incident

    return go


def test_an_issue_says_what_it_is_about(site: GitLabSite, declared: Callable[[], Incident]) -> None:
    incident = declared()
    (issue,) = site.issues
    assert issue["title"] == f"{incident.reference} Checkout is down"
    about = f"Nobody can pay\n\\/close\n\nhttp://hub.test/incidents/{incident.pk}"
    assert issue["description"] == f"{about}\n\n<!-- hub:incident-{incident.pk} -->"
    assert (issue["labels"], issue["confidential"]) == (["incident", incident.reference.lower()], False)
    assert site.asked[0].path == "/git/api/v4/projects/acme%2Fops%2Fincidents/issues"
    attachment = Attachment.objects.get()
    assert (attachment.title, attachment.permalink) == (f"{PROJECT}#1", issue["web_url"])
    assert RemoteObject.objects.get().state == {"project": "42", "iid": 1, "name": f"{PROJECT}#1"}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("/assign @everyone", "\\/assign @everyone"),
        ("Look:\n  /close\r\n/label ~x", "Look:\n  \\/close\r\n\\/label ~x"),
        ("See /tmp and https://x.example/1", "See /tmp and https://x.example/1"),
        ("", ""),
    ],
)
def test_no_line_is_a_command(text: str, safe: str) -> None:
    assert harmless(text) == safe


def test_a_follow_up_is_shown_its_issue(site: GitLabSite, follow_up: FollowUp, drain: Drain) -> None:
    start_workflow(SYSTEM, on("manual", steps=[step("gitlab.export_follow_ups")]), follow_up.incident, {})
    drain()
    follow_up.refresh_from_db()
    assert (follow_up.external_issue_provider, follow_up.external_issue_name) == ("gitlab", f"{PROJECT}#1")
    assert follow_up.external_issue_permalink == site.issues[0]["web_url"]


def test_issues_of_private_incidents_are_confidential(site: GitLabSite, private: Incident, drain: Drain) -> None:
    create_follow_up(SYSTEM, private.pk, title="Change the passwords")
    steps = [
        step(STEP, {}, {}, {}, {}, {}, PRIVATE_TOO),
        step("gitlab.export_follow_ups", {}, {}, {}, {}, PRIVATE_TOO, id=OTHER_STEP_ID),
    ]
    start_workflow(SYSTEM, on("manual", steps=steps, private_incident_scope="all"), private, {})
    drain()
    assert [issue["confidential"] for issue in site.issues] == [True, True]


def test_a_mark_in_somebodys_words_is_not_the_hubs(
    site: GitLabSite, declared: Callable[[], Incident], later: Drain
) -> None:
    site.script = [done_in_silence]
    declared()
    (issue,) = site.issues
    site.issues = [issue | {"description": issue["description"] + " copied from there"}]
    later()
    assert len(site.issues) == 2


LIMITS = [
    ({"retry_after": "90", "ratelimit_reset": "7"}, 90),
    ({"ratelimit_reset": str(int(time.time()) + 86_400)}, 500),
    ({"ratelimit_reset": "soon"}, 60),
    ({}, 60),
]


@pytest.mark.parametrize(("headers", "seconds"), LIMITS)
def test_a_limit_is_waited_out(
    site: GitLabSite, declared: Callable[[], Incident], later: Drain, headers: dict[str, str], seconds: int
) -> None:
    site.script = [says(429, b"Retry later\n", **headers)]
    incident = declared()
    held_until = Target.objects.get(name="gitlab").held_until
    assert held_until is not None
    assert (held_until - incident.created_at).total_seconds() >= seconds
    later()
    assert (outcomes(STEP), len(site.issues)) == (["failed", "done"], 1)


@pytest.mark.parametrize("said", ["acme", "acme/../x", "https://gitlab.com/acme/operations", "a b/c", "/", "-1"])
def test_a_project_is_a_path_or_a_number(site: GitLabSite, incident: Incident, drain: Drain, said: str) -> None:
    start_workflow(SYSTEM, on("manual", steps=[step(STEP, {}, {}, {}, {"value": {"literal": said}})]), incident, {})
    drain()
    assert "is no project; write its path" in complaints()[0]
    assert site.asked == []


@pytest.mark.parametrize("said", ["42", "/acme/ops/incidents/"])
def test_a_step_says_in_which_project(site: GitLabSite, incident: Incident, drain: Drain, said: str) -> None:
    start_workflow(SYSTEM, on("manual", steps=[step(STEP, {}, {}, {}, {"value": {"literal": said}})]), incident, {})
    drain()
    assert (len(site.issues), complaints()) == (1, [])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"message": "404 Project Not Found"}, "404 Project Not Found"),
        ({"message": {"title": ["can't be blank"], "labels": "x"}}, "title can't be blank; labels x"),
        ({"message": ["one", "two"]}, "one; two"),
        ({"error": "title is missing"}, "title is missing"),
        ({"message": {"error": "Recaptcha needed"}, "needs_captcha_response": True}, "error Recaptcha needed"),
        ([], "it did not say why"),
    ],
)
def test_what_gitlab_complains_of_is_told(
    site: GitLabSite, declared: Callable[[], Incident], body: object, told: str
) -> None:
    site.script = [says(409, body)]
    declared()
    assert complaints() == [f"GitLab did not create the issue in {PROJECT}: {told} (409)"]


def test_a_token_without_the_scope_is_told_of(
    site: GitLabSite, connection: Connection, declared: Callable[[], Incident]
) -> None:
    site.script = [says(403, {"error": "insufficient_scope", "scope": "api"})]
    declared()
    assert complaints() == ["It does not accept the hub's account (403)"]
    connection.refresh_from_db()
    assert "403" in connection.last_error
