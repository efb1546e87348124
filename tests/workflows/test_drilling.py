"""A fire drill goes through every connection and every workflow that is switched on, and cleans up after itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet

from accounts.models import User
from events.actors import Actor
from events.models import Event
from incidentio.core.errors import Conflict
from incidents.models import Incident, Mode
from integrations.connections import connect
from integrations.github.account import SETTINGS
from integrations.models import Connection
from integrations.pagerduty.account import SETTINGS as PAGERDUTY
from tests.conftest import SYSTEM
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.standing_in import says, slow, standing
from tests.mailbox import Mailbox, serving
from tests.receiver import Receiver
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import OTHER_STEP_ID, asking, of, step, written
from workflows import leases
from workflows.drill_letters import wake_untold
from workflows.drilling import LEASE, advance, start_drill, wake_overdue_drills
from workflows.drills import How, Link, links_of
from workflows.models import Effect, FireDrill, RunState, WorkflowRun
from workflows.webhooks import create_endpoint

LATER = NOTE | {"id": OTHER_STEP_ID}
Finish = Callable[..., FireDrill]


@pytest.fixture
def site() -> Iterator[GitHubSite]:
    with standing(GitHubSite()) as site:
        yield site


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        settings.EMAIL_FROM = "Incidents <incidents@example.com>"
        yield mailbox


@pytest.fixture
def github(site: GitHubSite) -> Connection:
    """GitHub, connected."""
    values = {"api_url": site.url, "token": "hunter2", "repository": REPOSITORY}
    return connect(SYSTEM, "github", SETTINGS, name="GitHub", values=values)


@pytest.fixture
def finish(drain: Callable[[], None], settings: Any) -> Finish:
    """`finish()`: a drill, to its end, as workers go through it."""
    settings.FIRE_DRILL_SECONDS = 30.0

    def go(actor: Actor = SYSTEM) -> FireDrill:
        drill = start_drill(actor)
        for _ in range(12):
            drain()
            drill.refresh_from_db()
            if drill.state == "done":
                return drill
            advance.func(drill.pk)
        return drill

    return go


def links(drill: FireDrill) -> dict[tuple[str, str], Link]:
    return {(link.where, link.what): link for link in links_of(drill)}


def test_it_makes_an_issue_and_closes_it(finish: Finish, github: Connection, site: GitHubSite) -> None:
    drill = finish()
    assert drill.state == "done"
    found = links(drill)
    assert found["GitHub", "Connection"].how == How.WORKS
    assert found["GitHub", "github.create_issue"].how == How.WORKS
    assert found["GitHub", "Tidying up"].said == "Closed acme/operations#1"
    (issue,) = site.issues
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
    assert issue["title"].endswith("Fire drill: nothing is on fire")


def test_every_workflow_that_is_switched_on_runs_whatever_its_conditions(finish: Finish) -> None:
    never = [{"conditions": [asking("incident.name", "contains", "nothing of the kind", many=False)]}]
    on("incident.created", name="Its conditions", condition_groups=never, steps=[NOTE])
    on("incident.status-changed", name="Another trigger", steps=[NOTE])
    a_day = {"for_seconds": 86_400, "conditions_apply_over_delay": True}
    on("incident.created", name="A delay", delay=a_day, steps=[NOTE])
    on("follow_up.created", name="Follow-ups", steps=[step("incident.rename", {}, of("follow_up.title"))])
    written("incident.created", name="A draft", steps=[NOTE])
    found = links(finish())
    assert {where for where, _ in found} == {"Its conditions", "Another trigger", "A delay", "Follow-ups"}
    assert {link.how for link in found.values()} == {How.WORKS}


def test_its_own_events_start_nothing_besides(finish: Finish) -> None:
    on("incident.created", runs_on_incident_modes=["test", "standard"], steps=[NOTE])
    on("action.created", runs_on_incident_modes=["test"], steps=[NOTE])
    finish()
    assert WorkflowRun.objects.count() == 2


def test_other_incidents_are_asked_about_as_ever(finish: Finish, declare: Callable[..., Incident]) -> None:
    on("incident.created", steps=[NOTE])
    incident = declare()
    finish()
    assert incident.actions.count() == 1


def test_afterwards_there_is_nothing_to_do(finish: Finish) -> None:
    incident = finish().incident
    assert incident is not None
    assert (incident.mode, incident.incident_status.category) == (Mode.TEST, "canceled")
    assert not incident.actions.exclude(status="deleted").exists()
    assert not incident.follow_ups.exclude(status="deleted").exists()


def test_a_broken_link_is_named(finish: Finish, github: Connection, site: GitHubSite) -> None:
    site.script = [says(403, {"message": "Resource not accessible"})] * 9
    found = links(finish())
    assert found["GitHub", "Connection"].how == How.BROKEN
    assert "403" in found["GitHub", "Connection"].said
    assert found["GitHub", "github.create_issue"].how == How.BROKEN


def test_what_could_not_be_taken_away_is_named(finish: Finish, github: Connection, site: GitHubSite) -> None:
    fine = [slow(0.0)] * 3  # the repository, the account, the new issue
    site.script = [*fine, *[says(500, {})] * 9]
    tidied = links(finish())["GitHub", "Tidying up"]
    assert (tidied.how, len(site.issues)) == (How.BROKEN, 1)


def test_a_connection_whose_secrets_no_key_opens_is_a_broken_link(
    finish: Finish, github: Connection, settings: Any
) -> None:
    settings.FIRE_DRILL_SECONDS = 0.0
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    drill = finish()
    assert drill.state == "done"
    assert "cannot be decrypted" in links(drill)["GitHub", "Connection"].said


def test_what_customers_read_is_left_out(finish: Finish) -> None:
    on("incident.created", name="Tell customers", steps=[step("statuspage.open", of("incident")), LATER])
    found = links(finish())
    assert found["Tell customers", "statuspage.open"].how == How.LEFT_OUT
    assert found["Tell customers", NOTE["name"]].how == How.WORKS


def test_what_is_stuck_does_not_make_what_follows_broken(
    finish: Finish, github: Connection, site: GitHubSite, settings: Any
) -> None:
    settings.FIRE_DRILL_SECONDS = 0.0
    on("incident.created", name="Stuck", steps=[step("github.create_issue", of("incident")), LATER])
    site.script = [says(429, {}, retry_after="90")] * 9
    found = links(finish())
    assert found["Stuck", "github.create_issue"].how == How.BROKEN
    assert found["Stuck", NOTE["name"]].how == How.LEFT_OUT


def test_workflows_begin_when_the_tools_have_done_theirs(finish: Finish, github: Connection, site: GitHubSite) -> None:
    on("incident.created", name="Issue", steps=[step("github.create_issue", of("incident"))])
    assert links(finish())["Issue", "github.create_issue"].how == How.WORKS
    assert len(site.issues) == 1


def test_what_a_tool_rehearses_is_left_out_where_the_account_lacks_what_it_needs(finish: Finish) -> None:
    connect(
        SYSTEM, "pagerduty", PAGERDUTY, name="PagerDuty", values={"api_token": "t", "api_url": "http://127.0.0.1:9"}
    )
    assert ("PagerDuty", "pagerduty.escalate") not in links(finish())


def test_what_waits_for_something_no_drill_has_is_left_out(finish: Finish) -> None:
    titled = step("incident.rename", {}, of("alert.title"))
    on("alert.attached", name="Alerts", steps=[titled])
    link = links(finish())["Alerts", "incident.rename"]
    assert (link.how, link.said[:15]) == (How.LEFT_OUT, "Nothing in a dr")


def test_nobody_waits_for_a_wait(finish: Finish) -> None:
    wait = step("workflow.wait", {"value": {"literal": "86400"}})
    on("incident.created", name="Patient", steps=[wait, LATER])
    assert links(finish())["Patient", NOTE["name"]].how == How.WORKS


def test_what_takes_too_long_is_given_up(finish: Finish, github: Connection, site: GitHubSite, settings: Any) -> None:
    settings.FIRE_DRILL_SECONDS = 0.0
    on("incident.created", name="Export", steps=[step("github.export_follow_ups", of("incident"))])
    site.script = [says(429, {}, retry_after="90")] * 9
    drill = finish()
    assert links(drill)["Export", "github.export_follow_ups"].how == How.BROKEN
    assert {run.state for run in WorkflowRun.objects.all()} == {RunState.CANCELLED}
    assert not Effect.objects.filter(state="pending").exists()


def test_endpoints_are_part_of_the_chain(finish: Finish, receiver: Receiver) -> None:
    create_endpoint(SYSTEM, name="Warehouse", url=receiver.url, event_types=["public_incident.incident_created_v2"])
    found = links(finish())
    assert found["Warehouse", "Webhook public_incident.incident_created_v2"].how == How.WORKS


def test_there_is_one_at_a_time(hub: None) -> None:
    start_drill(SYSTEM)
    with pytest.raises(Conflict, match="one at a time"):
        start_drill(SYSTEM)


def test_it_is_told_by_events(finish: Finish) -> None:
    drill = finish()
    types = Event.objects.filter(subject_type="fire_drill", subject_id=drill.pk).order_by("number")
    assert [event.type for event in types] == ["fire_drill.started", "fire_drill.finished"]


def test_whoever_is_killed_in_the_middle_is_followed_by_another(hub: None, drain: Callable[[], None]) -> None:
    drill = start_drill(SYSTEM)
    leases.hold(LEASE, "somebody who was killed", 60)
    drain()
    assert FireDrill.objects.get().incident is None
    leases.give_up(LEASE, "somebody who was killed")
    wake_overdue_drills()
    drain()
    drill.refresh_from_db()
    assert drill.incident is not None


def test_beginning_twice_begins_once(hub: None) -> None:
    drill = start_drill(SYSTEM)
    for _ in range(2):
        advance.func(drill.pk)
    assert Incident.objects.filter(mode=Mode.TEST).count() == 1


@pytest.mark.parametrize("watched", [True, False])
def test_administrators_are_told_of_what_nobody_watched(
    finish: Finish, github: Connection, site: GitHubSite, mailbox: Mailbox, omar: User, watched: bool
) -> None:
    site.script = [says(403, {})] * 9
    finish(omar.actor if watched else SYSTEM)
    letters = [letter["subject"] for letter in mailbox.arrived]
    assert letters == ([] if watched else ["The fire drill found 2 links broken"])


def test_a_letter_that_could_not_be_sent_is_sent_later(
    finish: Finish, github: Connection, site: GitHubSite, mailbox: Mailbox, omar: User, drain: Callable[[], None]
) -> None:
    site.script = [says(403, {})] * 9
    mailbox.answers = ["421 Come back later"]
    assert finish().untold
    wake_untold()
    drain()
    assert len(mailbox.arrived) == 1
    assert not FireDrill.objects.get().untold
