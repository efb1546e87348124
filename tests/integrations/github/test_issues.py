"""Issues at GitHub: made once whatever happens to the calls."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Attachment, Incident
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.issues import complaints, outcomes
from tests.integrations.standing_in import done_in_silence, says
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.models import Target
from workflows.starting import start_workflow

Drain = Callable[[], None]
STEP = "github.create_issue"


@pytest.fixture
def declared(connection: Connection, declare: Callable[..., Incident]) -> Callable[[], Incident]:
    """`declared()`: an incident is declared, which a workflow makes an issue of, and another notes."""
    on("incident.created", name="Issue", steps=[step(STEP)])
    on("incident.created", name="Note", steps=[NOTE])
    return lambda: declare(name="Checkout is down", summary="Nobody can pay")


SPENT = {"x_ratelimit_remaining": "0"}
LIMITS = [
    ({"retry_after": "90"}, {"message": "You have exceeded a secondary rate limit"}, 90),
    (SPENT | {"x_ratelimit_reset": str(int(time.time()) + 86_400)}, {"message": "API rate limit exceeded"}, 500),
    (SPENT | {"x_ratelimit_reset": "soon"}, {}, 60),
    ({}, {"message": "You have exceeded a secondary Rate Limit. Please wait a few minutes"}, 60),
]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(("headers", "body", "seconds"), LIMITS)
def test_a_limit_is_waited_out(
    site: GitHubSite,
    declared: Callable[[], Incident],
    drain: Drain,
    later: Drain,
    status: int,
    headers: dict[str, str],
    body: Any,
    seconds: int,
) -> None:
    site.script = [says(status, body, **headers)]
    incident = declared()
    drain()
    held_until = Target.objects.get(name="github").held_until
    assert held_until is not None
    assert (held_until - incident.created_at).total_seconds() >= seconds
    later()
    assert (outcomes(STEP), len(site.issues)) == (["failed", "done"], 1)


def test_labels_that_may_not_be_set_hide_no_issue(
    site: GitHubSite, declared: Callable[[], Incident], drain: Drain, later: Drain
) -> None:
    site.may_label, site.script = False, [done_in_silence]
    declared()
    drain()
    site.issues += [site.issues[0] | {"number": n, "id": n, "body": f"Look {n}"} for n in range(2, 130)]
    later()
    assert outcomes(STEP) == ["unknown", "done"]
    assert RemoteObject.objects.get().state == {"repository": REPOSITORY, "number": 1, "name": f"{REPOSITORY}#1"}


def test_a_mark_in_somebodys_words_is_not_the_hubs(
    site: GitHubSite, declared: Callable[[], Incident], drain: Drain, later: Drain
) -> None:
    site.script = [done_in_silence]
    declared()
    drain()
    (issue,) = site.issues
    site.issues = [issue | {"body": issue["body"] + " copied from there"}]
    later()
    assert len(site.issues) == 2


def test_an_issue_says_what_it_is_about(site: GitHubSite, declared: Callable[[], Incident], drain: Drain) -> None:
    incident = declared()
    drain()
    (issue,) = site.issues
    assert issue["title"] == f"{incident.reference} Checkout is down"
    assert issue["body"].startswith(f"Nobody can pay\n\nhttp://hub.test/incidents/{incident.pk}\n\n<!-- hub:")
    assert [label["name"] for label in issue["labels"]] == ["incident", incident.reference.lower()]
    attachment = Attachment.objects.get()
    assert (attachment.title, attachment.permalink) == (f"{REPOSITORY}#1", issue["html_url"])


@pytest.mark.parametrize("said", ["acme", "acme/../x", "https://github.com/acme/operations", "a b/c", "/"])
def test_a_repository_is_an_owner_and_a_name(
    connection: Connection, site: GitHubSite, incident: Incident, drain: Drain, said: str
) -> None:
    start_workflow(SYSTEM, on("manual", steps=[step(STEP, {}, {}, {}, {"value": {"literal": said}})]), incident, {})
    drain()
    assert "is no repository; write it as in acme/operations" in complaints()[0]
    assert site.asked == []
