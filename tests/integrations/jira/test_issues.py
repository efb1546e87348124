"""Issues in Jira: made once whatever happens to the calls, and written as Jira wants them."""

from collections.abc import Callable

import pytest

from incidents.models import Incident
from integrations.jira.account import Jira
from integrations.models import Connection
from tests.conftest import SYSTEM
from tests.integrations.issues import complaints, outcomes, settle
from tests.integrations.jira.conftest import account_at
from tests.integrations.jira.site import JiraSite
from tests.integrations.standing_in import done_in_silence, says, standing
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.models import Effect, Target
from workflows.starting import start_workflow

Drain = Callable[[], None]
STEP = "jira.create_issue"


@pytest.fixture
def declared(connection: Connection, declare: Callable[..., Incident]) -> Callable[[], Incident]:
    """`declared()`: an incident is declared, which a workflow makes an issue of, and another notes."""
    on("incident.created", name="Issue", steps=[step(STEP)])
    on("incident.created", name="Note", steps=[NOTE])
    return lambda: declare(name="Checkout is down", summary="Nobody can pay")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"issues": 7}', b'{"errorMessages": ["Bad JQL"]}'])
def test_a_search_that_answers_strangely_is_asked_again(
    site: JiraSite, declared: Callable[[], Incident], drain: Drain, later: Drain, body: bytes
) -> None:
    site.script = [done_in_silence, says(200, body)]
    declared()
    drain()
    later()
    later()
    assert outcomes(STEP) == ["unknown", "failed", "done"]
    assert len(site.issues) == 1


def test_not_being_found_says_nothing_at_first(
    site: JiraSite, declared: Callable[[], Incident], drain: Drain, later: Drain
) -> None:
    site.script = [done_in_silence]
    declared()
    drain()
    settle(-30)
    later()
    assert (outcomes(STEP), len(site.asked)) == (["unknown", "failed"], 1)
    assert Target.objects.get(name="jira").held_until is not None
    later()
    assert (outcomes(STEP)[-1], len(site.issues)) == ("done", 1)


def test_a_server_of_ones_own_takes_text(declare: Callable[..., Incident], drain: Drain, later: Drain) -> None:
    with standing(JiraSite(cloud=False)) as site:
        account_at(site)
        on("incident.created", steps=[step(STEP)])
        site.script = [done_in_silence]
        incident = declare(name="Checkout is down", summary="Nobody can pay")
        drain()
        later()
        (issue,) = site.issues
    assert issue["fields"]["description"] == f"Nobody can pay\n\nhttp://hub.test/incidents/{incident.pk}"
    assert [one.path for one in site.asked] == ["/rest/api/2/issue", "/rest/api/2/search"]


def test_a_step_says_what_to_write_and_where(connection: Connection, site: JiraSite, incident: Incident, drain: Drain):
    said = [{}, {"value": {"literal": "Look\nhere"}}, {"value": {"literal": "Now"}}, {"value": {"literal": "OPS"}}]
    said += [{"value": {"literal": "Bug"}}, {"array_value": [{"literal": "on call"}]}]
    start_workflow(SYSTEM, on("manual", steps=[step(STEP, *said)]), incident, {})
    drain()
    fields = site.issues[0]["fields"]
    assert (fields["summary"], fields["issuetype"]["name"]) == ("Look here", "Bug")
    assert fields["labels"][1:] == ["on-call", incident.reference.lower()]


def test_what_jira_complains_of_is_told(connection: Connection, incident: Incident, drain: Drain) -> None:
    unknown = step(STEP, {}, {}, {}, {"value": {"literal": "NOPE"}})
    start_workflow(SYSTEM, on("manual", steps=[unknown]), incident, {})
    drain()
    assert complaints() == ["Jira did not create the issue: project: valid project is required (400)"]


def test_a_private_incident_is_told_of_if_the_step_says_so(
    connection: Connection, site: JiraSite, private: Incident, drain: Drain
) -> None:
    explicit = step(STEP, {}, {}, {}, {}, {}, {}, {"value": {"literal": "true"}})
    start_workflow(SYSTEM, on("manual", steps=[explicit], private_incident_scope="all"), private, {})
    drain()
    assert len(site.issues) == 1


def test_the_ledger_holds_no_secret(declared: Callable[[], Incident], drain: Drain) -> None:
    declared()
    drain()
    assert "hunter2" not in str(list(Effect.objects.values()))
    assert "hunter2" not in repr(Jira({"token": "hunter2"}))


def test_what_is_written_in_markdown_is_shown_so(
    connection: Connection, site: JiraSite, incident: Incident, drain: Drain
):
    written = step(STEP, {}, {}, {"value": {"literal": "# Impact\n\n- **nobody** can pay\n- # `exit 1`"}})
    start_workflow(SYSTEM, on("manual", steps=[written]), incident, {})
    drain()
    heading, points, *_ = site.issues[0]["fields"]["description"]["content"]
    assert (heading["type"], heading["content"][0]["text"]) == ("heading", "Impact")
    assert [point["content"][0]["content"][0]["text"] for point in points["content"]] == ["nobody", "exit 1"]
