"""Issues at GitHub are closed and reopened as their follow-ups are."""

from collections.abc import Callable

import pytest

from incidents.follow_ups import FollowUpEdit, connect_issue, update_follow_up
from incidents.models import FollowUp
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.github.site import GitHubSite
from tests.integrations.issues import OPEN, complaints, exported_to, syncing
from tests.integrations.standing_in import says
from tests.workflows.asking import on
from tests.workflows.writing import of, step
from workflows.models import StepRun
from workflows.starting import start_workflow

Drain = Callable[[], None]
STEP = "github.sync_status"


@pytest.fixture
def exported(connection: Connection, site: GitHubSite, follow_up: FollowUp, drain: Drain) -> FollowUp:
    """A follow-up that stands at GitHub as acme/operations#1."""
    exported_to("github", follow_up, drain)
    site.asked.clear()
    return follow_up


@pytest.fixture
def sync(exported: FollowUp, drain: Drain) -> Callable[[str], None]:
    """`sync("completed")`: the follow-up is set to a status, and a person starts the workflow that tells GitHub."""
    return syncing("github", exported, drain)


def test_an_export_is_shown_at_the_follow_up(exported: FollowUp, site: GitHubSite) -> None:
    exported.refresh_from_db()
    assert (exported.external_issue_provider, exported.external_issue_name) == ("github", "acme/operations#1")
    assert exported.external_issue_permalink == site.issues[0]["html_url"]


@pytest.mark.parametrize(
    ("now", "reason", "status", "after"),
    [
        ("open", None, "completed", ("closed", "completed")),
        ("open", None, "not_doing", ("closed", "not_planned")),
        ("closed", "completed", "not_doing", ("closed", "not_planned")),
        ("closed", "duplicate", "not_doing", ("closed", "duplicate")),
        ("closed", None, "not_doing", ("closed", None)),
        ("closed", "completed", "outstanding", ("open", "reopened")),
        ("open", "reopened", "outstanding", ("open", "reopened")),
    ],
)
def test_an_issue_is_as_its_follow_up(
    sync: Callable[[str], None], site: GitHubSite, now: str, reason: str | None, status: str, after: tuple[str, str]
) -> None:
    site.issues[0] |= {"state": now, "state_reason": reason}
    sync(status)
    assert (site.issues[0]["state"], site.issues[0]["state_reason"]) == after


@pytest.mark.parametrize("status", [301, 404, 410])
def test_an_issue_that_is_gone_is_told_of(sync: Callable[[str], None], site: GitHubSite, status: int) -> None:
    site.script = [says(status, {"message": "Gone"})]
    sync("completed")
    assert "acme/operations#1 was moved or deleted" in complaints()[0]


@pytest.mark.parametrize("url", ["https://github.com/acme/operations/issues/1", "{site}/acme/operations/pull/1"])
def test_what_is_no_issue_there_is_left(
    connection: Connection, site: GitHubSite, follow_up: FollowUp, drain: Drain, url: str
) -> None:
    connect_issue(SYSTEM, follow_up.pk, provider="github", url=url.format(site=site.url))
    start_workflow(SYSTEM, on("manual", steps=[step(STEP)]), follow_up.incident, {})
    drain()
    assert (site.asked, complaints()) == ([], [])


def test_what_is_completed_is_closed(site: GitHubSite, exported: FollowUp, drain: Drain) -> None:
    on("follow_up.completed", runs_on_incidents=OPEN, steps=[step(STEP, of("incident"), of("follow_up"))])
    update_follow_up(SYSTEM, exported.pk, FollowUpEdit(status="completed"))
    drain()
    assert StepRun.objects.get(name=STEP).did == "acme/operations#1 is closed now"
