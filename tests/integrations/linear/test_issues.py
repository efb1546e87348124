"""Issues at Linear: one for each subject, by an ID that follows from it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from incidents.follow_ups import create_follow_up
from incidents.models import Attachment, FollowUp, Incident
from integrations.linear.issues import issue_id
from integrations.models import Connection, RemoteObject, UserAccount
from integrations.people import say_account
from integrations.tracking import Order
from tests.conftest import SYSTEM
from tests.integrations.issues import complaints, outcomes
from tests.integrations.linear.site import TEAM, LinearSite, error
from tests.integrations.standing_in import done_in_silence, says, well
from tests.workflows.asking import on
from tests.workflows.writing import step
from workflows.models import Effect, Target
from workflows.starting import start_workflow

pytestmark = pytest.mark.usefixtures("connection")
Drain = Callable[[], None]
STEP = "linear.create_issue"


@pytest.fixture
def declared(declare: Callable[..., Incident], drain: Drain) -> Callable[[], Incident]:
    """`declared()`: an incident is declared, which a workflow has made an issue of."""
    on("incident.created", name="Issue", steps=[step(STEP)])

    def go() -> Incident:
        incident = declare(name="Checkout is down", summary='Nobody can pay: "}) { id }')
        drain()
        return incident

    return go


def test_an_issue_says_what_it_is_about(site: LinearSite, declared: Callable[[], Incident]) -> None:
    incident = declared()
    (issue,) = site.issues
    assert issue["title"] == f"{incident.reference} Checkout is down"
    assert issue["description"] == f'Nobody can pay: "}}) {{ id }}\n\nhttp://hub.test/incidents/{incident.pk}'
    assert (issue["teamId"], issue["labelIds"]) == (TEAM["id"], [])
    attachment = Attachment.objects.get()
    assert (attachment.title, attachment.permalink) == ("OPS-1", issue["url"])
    assert RemoteObject.objects.get().remote_id == issue["id"]


def test_peoples_words_are_no_part_of_a_query(site: LinearSite, declared: Callable[[], Incident]) -> None:
    declared()
    assert len(site.asked) == 2
    assert not [one for one in site.asked if "pay" in one.body["query"] or "OPS" in one.body["query"]]


def test_the_id_of_an_issue_follows_from_its_subject(site: LinearSite, declared: Callable[[], Incident]) -> None:
    said = {"incident_id": "i", "title": "", "text": "", "labels": [], "where": {}, "private_too": False, "actor": {}}
    orders = [Order(kind, pk, **said) for kind in ("incident", "follow_up") for pk in ("A", "B")]  # type: ignore[arg-type]
    numbers = [UUID(issue_id(order)) for order in orders]
    assert len(set(numbers)) == 4
    assert {(number.version, number.variant) for number in numbers} == {(4, "specified in RFC 4122")}
    assert issue_id(orders[0]) == issue_id(orders[0])


@pytest.mark.parametrize("status", [200, 400])
def test_a_second_one_is_refused_and_the_first_found(
    site: LinearSite, declared: Callable[[], Incident], later: Drain, status: int
) -> None:
    site.refuses, site.script = status, [well, done_in_silence]
    declared()
    later()
    assert (outcomes(STEP), len(site.issues)) == (["unknown", "done"], 1)
    assert Effect.objects.get().remote_id == site.issues[0]["id"]
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AUTHENTICATION_ERROR", "refused"),
        ("FORBIDDEN", "refused"),
        ("FEATURE_NOT_ACCESSIBLE", "refused"),
        ("INPUT_ERROR", "refused"),
        ("GRAPHQL_VALIDATION_FAILED", "refused"),
        ("INTERNAL_SERVER_ERROR", "failed"),
        ("LOCK_TIMEOUT", "failed"),
        ("RATELIMITED", "failed"),
    ],
)
@pytest.mark.parametrize("before", [[], [well]], ids=["where", "create"])
def test_errors_are_known_by_their_code(
    site: LinearSite, declared: Callable[[], Incident], code: str, expected: str, status: int, before: list[Any]
) -> None:
    site.script = [*before, says(*error("It says so", code, status=status))]
    declared()
    assert (outcomes(STEP), site.issues) == ([expected], [])
    assert not RemoteObject.objects.filter(kind="issue_claim").exists()


SOON = str(int((time.time() + 86_400) * 1000))
LIMITS = [
    ({"x_ratelimit_requests_remaining": "0", "x_ratelimit_requests_reset": SOON}, 500),
    ({"x_ratelimit_complexity_remaining": "0", "x_ratelimit_complexity_reset": SOON}, 500),
    ({"x_ratelimit_endpoint_requests_remaining": "0", "x_ratelimit_endpoint_requests_reset": SOON}, 500),
    ({"x_ratelimit_requests_remaining": "7", "x_ratelimit_requests_reset": SOON}, 60),
    ({"x_ratelimit_requests_remaining": "0", "x_ratelimit_requests_reset": "soon"}, 60),
    ({"retry_after": "90"}, 90),
    ({}, 60),
]


@pytest.mark.parametrize(("headers", "seconds"), LIMITS)
def test_a_limit_is_waited_out(
    site: LinearSite, declared: Callable[[], Incident], later: Drain, headers: dict[str, str], seconds: int
) -> None:
    status, body = error("Rate limit exceeded", "RATELIMITED", status=400)
    site.script = [well, says(status, body, **headers)]
    incident = declared()
    held_until = Target.objects.get(name="linear").held_until
    assert held_until is not None
    assert (held_until - incident.created_at).total_seconds() >= seconds
    later()
    assert (outcomes(STEP), len(site.issues)) == (["failed", "done"], 1)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"issueCreate": {"success": True, "issue": None}}},
        {"data": {"issueCreate": {"success": False, "issue": None}}},
        {"data": {"issueCreate": {"success": True, "issue": {"id": "x"}}}},
        {"data": {"issueCreate": 7}},
        {"data": None},
        {"errors": 7},
        [],
    ],
)
def test_half_an_answer_is_none(site: LinearSite, declared: Callable[[], Incident], later: Drain, answer: Any) -> None:
    site.script = [well, says(200, answer)]
    declared()
    later()
    assert (outcomes(STEP), len(site.issues)) == (["unknown", "done"], 1)


def test_an_issue_that_comes_with_a_complaint_is_made(site: LinearSite, declared: Callable[[], Incident]) -> None:
    issue = {"id": "x", "identifier": "OPS-9", "url": "https://linear.app/acme/issue/OPS-9"}
    whole = {"errors": [{"message": "A part is missing"}], "data": {"issueCreate": {"success": True, "issue": issue}}}
    site.script = [well, says(200, whole)]
    declared()
    assert outcomes(STEP) == ["done"]


def test_labels_that_linear_has_are_set(
    site: LinearSite, connection: Connection, declared: Callable[[], Incident]
) -> None:
    Connection.objects.update(settings=connection.settings | {"labels": "incident, Area, db, web, nope"})
    site.labels = [
        {"id": "1", "name": "Incident", "isGroup": False, "parent": None},
        {"id": "2", "name": "area", "isGroup": True, "parent": None},
        {"id": "3", "name": "db", "isGroup": False, "parent": {"id": "2"}},
        {"id": "4", "name": "web", "isGroup": False, "parent": {"id": "2"}},
    ]
    declared()
    assert site.issues[0]["labelIds"] == ["1", "3"]


@pytest.mark.parametrize(("team", "is_there"), [("ops", True), (TEAM["id"], True), ("NOPE", False)])
def test_a_step_says_in_which_team(
    site: LinearSite, incident: Incident, drain: Drain, team: str, is_there: bool
) -> None:
    said = step(STEP, {}, {}, {}, {"value": {"literal": team}})
    start_workflow(SYSTEM, on("manual", steps=[said]), incident, {})
    drain()
    assert len(site.issues) == is_there
    assert complaints() == ([] if is_there else ["Linear does not show the team 'NOPE' to the hub's account"])


def test_without_a_team_nothing_is_tried(
    site: LinearSite, connection: Connection, incident: Incident, drain: Drain
) -> None:
    Connection.objects.update(settings=connection.settings | {"team": " "})
    start_workflow(SYSTEM, on("manual", steps=[step(STEP)]), incident, {})
    drain()
    assert complaints() == ["Neither the step nor the connection says in which team of Linear"]
    assert site.asked == []


def test_a_follow_up_is_shown_its_issue(site: LinearSite, follow_up: FollowUp, drain: Drain) -> None:
    start_workflow(SYSTEM, on("manual", steps=[step("linear.export_follow_ups")]), follow_up.incident, {})
    drain()
    follow_up.refresh_from_db()
    assert (follow_up.external_issue_provider, follow_up.external_issue_name) == ("linear", "OPS-1")
    assert follow_up.external_issue_permalink == site.issues[0]["url"]


def test_whom_linear_does_not_let_have_an_issue_is_left_out(
    site: LinearSite, incident: Incident, nora: User, drain: Drain
) -> None:
    say_account(SYSTEM, UserAccount(user=nora, tool="linear"), remote_id="somebody who left")
    create_follow_up(SYSTEM, incident.pk, title="Add an alert", assignee_id=nora.pk)
    start_workflow(SYSTEM, on("manual", steps=[step("linear.export_follow_ups")]), incident, {})
    drain()
    assert ["assigneeId" in issue for issue in site.issues] == [False]
    assert complaints() == []
