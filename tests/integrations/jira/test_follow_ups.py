"""Which follow-ups are exported to Jira, and what becomes of those that change meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog.models import FollowUpPriority
from incidents.follow_ups import FollowUpEdit, connect_issue, create_follow_up, delete_follow_up, update_follow_up
from incidents.models import FollowUp, Incident
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.issues import complaints, outcomes
from tests.integrations.jira.conftest import account_at
from tests.integrations.jira.site import JiraSite
from tests.integrations.standing_in import done_in_silence, says, standing
from tests.workflows.asking import on
from tests.workflows.writing import step
from workflows.models import Effect
from workflows.starting import start_workflow

Drain = Callable[[], None]
Export = Callable[..., None]
STEP = "jira.export_follow_ups"


@pytest.fixture
def export(drain: Drain) -> Export:
    """`export(incident)`: a person starts the workflow that exports its follow-ups."""
    numbers = iter(range(100))

    def go(incident: Incident, *bindings: dict[str, Any]) -> None:
        said = {"name": f"Export {next(numbers)}", "steps": [step(STEP, *bindings)], "private_incident_scope": "all"}
        start_workflow(SYSTEM, on("manual", **said), incident, {})
        drain()

    return go


def summaries(site: JiraSite) -> list[str]:
    return [issue["fields"]["summary"] for issue in site.issues]


def test_what_is_outstanding_and_has_no_issue_is_exported(
    connection: Connection, site: JiraSite, incident: Incident, export: Export
) -> None:
    names = ["Done", "Dropped", "Elsewhere", "Deleted", "One", "Two"]
    done, dropped, elsewhere, deleted, *_ = [create_follow_up(SYSTEM, incident.pk, title=name) for name in names]
    update_follow_up(SYSTEM, done.pk, FollowUpEdit(status="completed"))
    update_follow_up(SYSTEM, dropped.pk, FollowUpEdit(status="not_doing"))
    connect_issue(SYSTEM, elsewhere.pk, provider="linear", url="https://linear.app/acme/issue/OPS-7")
    delete_follow_up(SYSTEM, deleted.pk)
    export(incident)
    assert sorted(summaries(site)) == ["One", "Two"]


def test_exporting_again_exports_nothing(
    connection: Connection, site: JiraSite, follow_up: FollowUp, export: Export
) -> None:
    export(follow_up.incident)
    export(follow_up.incident)
    assert len(site.issues) == 1
    follow_up.refresh_from_db()
    assert folded(follow_up) == stored(follow_up)


def test_an_issue_says_whose_and_how_pressing_it_is(
    connection: Connection, site: JiraSite, incident: Incident, nora: User, export: Export
) -> None:
    high = FollowUpPriority.objects.get(name="High")
    said = {"description": "On failed payments", "assignee_id": nora.pk, "priority_id": high.pk}
    create_follow_up(SYSTEM, incident.pk, title="Add an alert", **said)
    export(incident)
    text = str(site.issues[0]["fields"]["description"])
    for part in ("On failed payments", "Priority: High", "Assigned to: Nora Lind", f"/incidents/{incident.pk}"):
        assert part in text


def test_follow_ups_of_a_server_of_ones_own_say_so(follow_up: FollowUp, export: Export) -> None:
    with standing(JiraSite(cloud=False)) as site:
        account_at(site)
        export(follow_up.incident)
    follow_up.refresh_from_db()
    assert (follow_up.external_issue_provider, follow_up.external_issue_name) == ("jira_server", "OPS-1")


@pytest.mark.parametrize("said", ["nope", "01JT3Y8M5QJ4V6F2H0W7P9D1RA"])
def test_an_unknown_follow_up_is_told_of(connection: Connection, incident: Incident, export: Export, said: str) -> None:
    export(incident, {}, {"value": {"literal": said}})
    assert f"There is no follow-up with the ID {said!r}" in complaints()[0]


def test_one_that_fails_leaves_the_others(
    connection: Connection, site: JiraSite, incident: Incident, export: Export
) -> None:
    for name in ("One", "Two", "Three"):
        create_follow_up(SYSTEM, incident.pk, title=name)
    site.script = [says(400, {"errorMessages": ["no"]})]
    export(incident)
    assert len(site.issues) == 2
    assert complaints() == ["Jira did not create the issue: no (400)"]


def test_what_was_deleted_meanwhile_is_not_exported(
    connection: Connection, site: JiraSite, follow_up: FollowUp, export: Export, later: Drain
) -> None:
    site.script = [says(429)]
    export(follow_up.incident)
    delete_follow_up(SYSTEM, follow_up.pk)
    later()
    assert (outcomes(STEP), site.issues) == (["failed", "refused"], [])


def test_what_was_connected_meanwhile_is_not_exported(
    connection: Connection, site: JiraSite, follow_up: FollowUp, export: Export, later: Drain
) -> None:
    site.script = [says(429)]
    export(follow_up.incident)
    connect_issue(SYSTEM, follow_up.pk, provider="linear", url="https://linear.app/acme/issue/OPS-7")
    later()
    assert (outcomes(STEP), site.issues) == (["failed", "done"], [])


def test_an_issue_whose_answer_was_lost_is_found_and_connected(
    connection: Connection, site: JiraSite, follow_up: FollowUp, export: Export, later: Drain
) -> None:
    site.script = [done_in_silence]
    export(follow_up.incident)
    later()
    follow_up.refresh_from_db()
    assert (len(site.issues), follow_up.external_issue_name) == (1, "OPS-1")
    assert RemoteObject.objects.get().remote_id == Effect.objects.get().remote_id == "10001"


@pytest.mark.parametrize("said", [[], [{}, {}, {}, {}, {}, {"value": {"literal": "true"}}]], ids=["unsaid", "said"])
def test_follow_ups_of_private_incidents_are_told_of_if_the_step_says_so(
    connection: Connection, site: JiraSite, private: Incident, export: Export, said: list[dict[str, Any]]
) -> None:
    create_follow_up(SYSTEM, private.pk, title="Change the passwords")
    export(private, *said)
    assert summaries(site) == (["Change the passwords"] if said else [])


def test_without_a_connection_nothing_is_tried(follow_up: FollowUp, export: Export) -> None:
    export(follow_up.incident)
    assert complaints() == ["jira is not connected: see Connections in the admin"]
