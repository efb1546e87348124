"""Issues at every tracker: made once whatever happens to the calls, and assigned to who is who there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from accounts.users import deactivate_user
from incidents.follow_ups import create_follow_up
from incidents.models import Action, Attachment, FollowUp, Incident
from integrations.base import Outcome
from integrations.models import RemoteObject, UserAccount
from integrations.people import say_account
from tests.conftest import SYSTEM
from tests.integrations.issues import CREATING, READING, complaints, follow_up, later, outcomes, settle
from tests.integrations.standing_in import done_in_silence, says, standing, well
from tests.integrations.trackers import MANNERS, Tracked, creating
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.models import CallState, Effect
from workflows.starting import start_workflow

__all__ = ["follow_up", "later"]
Drain = Callable[[], None]
WITHOUT_IDS = [name for name, manner in MANNERS.items() if not manner.knows_ids]


@pytest.fixture(params=MANNERS)
def tracker(request: pytest.FixtureRequest, hub: None) -> Iterator[Tracked]:
    """Each tracker in turn, connected."""
    manner = MANNERS[request.param]
    with standing(manner.stand_in()) as site:
        tracked = Tracked(request.param, site, manner)
        tracked.connect()
        yield tracked


@pytest.fixture
def declared(tracker: Tracked, declare: Callable[..., Incident], drain: Drain) -> Callable[[], Incident]:
    """`declared()`: an incident is declared, which a workflow makes an issue of, and another notes."""
    on("incident.created", name="Issue", steps=[step(tracker.create)])
    on("incident.created", name="Note", steps=[NOTE])

    def go() -> Incident:
        incident = declare(name="Checkout is down", summary="Nobody can pay")
        drain()
        return incident

    return go


@pytest.mark.faults({f"{tool}.create_issue": creating(tool) for tool in MANNERS})
@pytest.mark.parametrize("case", CREATING)
def test_an_issue_is_made_once(tracker: Tracked, declared: Callable[[], Incident], later: Drain, case: str) -> None:
    fault, outcome = creating(tracker.tool)[case]
    tracker.creating(fault)
    declared()
    assert outcomes(tracker.create) == [outcome]
    assert Action.objects.count() == 1
    later()
    refused = outcome is Outcome.REFUSED
    assert Effect.objects.get(step_name=tracker.create).state == (CallState.NOT_DONE if refused else CallState.DONE)
    assert len(tracker.issues) == Attachment.objects.count() == (0 if refused else 1)
    assert not RemoteObject.objects.filter(kind="issue_claim").exists()


@pytest.mark.parametrize("tracker", WITHOUT_IDS, indirect=True)
@pytest.mark.parametrize("case", READING)
def test_what_cannot_be_looked_for_is_not_made_again(
    tracker: Tracked, declared: Callable[[], Incident], later: Drain, case: str
) -> None:
    fault, outcome = READING[case]
    tracker.creating(done_in_silence, fault)
    declared()
    later()
    assert outcomes(tracker.create) == ["unknown", outcome]
    later()
    final = CallState.UNKNOWN if outcome is Outcome.REFUSED else CallState.DONE
    assert Effect.objects.get(step_name=tracker.create).state == final
    assert len(tracker.issues) == 1


@pytest.mark.parametrize("tracker", WITHOUT_IDS, indirect=True)
@pytest.mark.parametrize("body", [b"<html>", b"7", b'{"message": "Strange"}'])
def test_a_search_that_answers_strangely_is_asked_again(
    tracker: Tracked, declared: Callable[[], Incident], later: Drain, body: bytes
) -> None:
    tracker.creating(done_in_silence, says(200, body))
    declared()
    later()
    later()
    assert outcomes(tracker.create) == ["unknown", "failed", "done"]
    assert len(tracker.issues) == 1


def test_two_workflows_make_one_issue(tracker: Tracked, declared: Callable[[], Incident]) -> None:
    on("incident.created", name="The same", steps=[step(tracker.create)])
    declared()
    assert len(tracker.issues) == 1
    assert {effect.state for effect in Effect.objects.all()} == {CallState.DONE}


def test_who_is_not_told_of_an_attempt_waits_then_looks(
    tracker: Tracked, declared: Callable[[], Incident], drain: Drain, later: Drain
) -> None:
    tracker.creating(done_in_silence, says(401))
    incident = declared()
    later()  # the first gives up, and nobody knows
    start_workflow(SYSTEM, on("manual", name="Again", steps=[step(tracker.create)]), incident, {})
    drain()
    assert "Another step is making this issue" in str(list(Effect.objects.values_list("log", flat=True)))
    settle(700)
    later()
    assert len(tracker.issues) == 1
    assert Effect.objects.order_by("-id")[0].state == CallState.DONE


@pytest.mark.parametrize("step_name", ["create", "export"])
def test_a_private_incident_is_not_told_of(tracker: Tracked, private: Incident, drain: Drain, step_name: str) -> None:
    create_follow_up(SYSTEM, private.pk, title="Change the passwords")
    said = {"steps": [step(getattr(tracker, step_name))], "private_incident_scope": "all"}
    start_workflow(SYSTEM, on("manual", **said), private, {})
    drain()
    assert "is private, and this step does not say" in complaints()[0]
    assert tracker.site.asked == []


def test_what_became_private_meanwhile_is_not_told_of(
    tracker: Tracked, declared: Callable[[], Incident], later: Drain
) -> None:
    tracker.creating(says(429))
    declared()
    Incident.objects.update(visibility="private")
    later()
    assert (outcomes(tracker.create), tracker.issues) == (["failed", "refused"], [])


def test_the_ledger_holds_no_secret(tracker: Tracked, declared: Callable[[], Incident]) -> None:
    declared()
    assert "hunter2" in str(tracker.manner.account(tracker.site))
    assert "hunter2" not in str(list(Effect.objects.values()))


# ---- of follow-ups


@pytest.mark.faults({f"{tool}.export_follow_ups": creating(tool) for tool in MANNERS})
@pytest.mark.parametrize("case", CREATING)
def test_a_follow_up_is_exported_once(
    tracker: Tracked, follow_up: FollowUp, drain: Drain, later: Drain, case: str
) -> None:
    fault, outcome = creating(tracker.tool)[case]
    tracker.creating(fault)
    steps = [step(tracker.export), {**NOTE, "id": "note"}]
    start_workflow(SYSTEM, on("manual", steps=steps, continue_on_step_error=True), follow_up.incident, {})
    drain()
    assert outcomes(tracker.export) == [outcome]
    later()
    follow_up.refresh_from_db()
    connected = follow_up.external_issue_permalink != ""
    assert len(tracker.issues) == connected == (outcome is not Outcome.REFUSED)
    assert follow_up.incident.actions.count() == 1


# ---- whom issues are assigned to


@pytest.fixture
def noras(incident: Incident, nora: User) -> FollowUp:
    """Something that Nora does about an incident."""
    return create_follow_up(SYSTEM, incident.pk, title="Add an alert", assignee_id=nora.pk)


@pytest.fixture
def export(tracker: Tracked, noras: FollowUp, drain: Drain) -> Callable[[], None]:
    """`export()`: a person starts the workflow that exports the incident's follow-ups."""
    workflow = on("manual", steps=[step(tracker.export)])

    def go() -> None:
        start_workflow(SYSTEM, workflow, noras.incident, {})
        drain()

    return go


def assigned(tracker: Tracked) -> list[Any]:
    """Whom the issues are assigned to."""
    return [tracker.manner.assignee(issue) for issue in tracker.issues]


def known(tracker: Tracked, *numbers: int) -> None:
    """The tracker finds these people by Nora's e-mail address."""
    tracker.site.people["nora@example.com"] = [tracker.manner.person(number) for number in numbers]


def test_an_issue_is_assigned_to_who_is_found_by_e_mail(
    tracker: Tracked, noras: FollowUp, nora: User, export: Callable[[], None]
) -> None:
    known(tracker, 7)
    create_follow_up(SYSTEM, noras.incident_id, title="Change it", assignee_id=nora.pk)
    export()
    assert (assigned(tracker), complaints()) == (["7", "7"], [])
    assert len(tracker.site.asked) == 1 + 2 * (1 + tracker.manner.before_creating)
    assert UserAccount.objects.get(tool=tracker.tool).remote_id == "7"


@pytest.mark.parametrize("numbers", [(), (7, 8)], ids=["nobody", "several"])
def test_whom_nobody_or_several_answer_to_is_assigned_nothing(
    tracker: Tracked, export: Callable[[], None], numbers: tuple[int, ...]
) -> None:
    known(tracker, *numbers)
    export()
    assert (assigned(tracker), complaints()) == ([""], [])
    assert UserAccount.objects.get(tool=tracker.tool).remote_id == ""


def test_an_issue_is_assigned_to_whom_a_person_said(tracker: Tracked, nora: User, export: Callable[[], None]) -> None:
    known(tracker, 7)
    tracker.site.people["other"] = [tracker.manner.person(9)]
    say_account(SYSTEM, UserAccount(user=nora, tool=tracker.tool), remote_id="9")
    export()
    assert assigned(tracker) == ["9"]
    assert len(tracker.site.asked) == 1 + tracker.manner.before_creating


def test_an_issue_of_somebody_who_left_is_nobodys(tracker: Tracked, nora: User, export: Callable[[], None]) -> None:
    known(tracker, 7)
    deactivate_user(SYSTEM, nora)
    export()
    assert assigned(tracker) == [""]
    assert not UserAccount.objects.filter(tool=tracker.tool).exists()


@pytest.mark.parametrize("status", [400, 422])
def test_who_cannot_be_assigned_does_not_prevent_the_issue(
    tracker: Tracked, export: Callable[[], None], status: int
) -> None:
    known(tracker, 7)
    tracker.creating(says(status, {"message": "not assignable"}))
    tracker.site.script.insert(0, well)
    export()
    assert (assigned(tracker), outcomes(tracker.export), complaints()) == ([""], ["done"], [])


@pytest.mark.parametrize("case", READING)
def test_a_tracker_that_does_not_say_who_people_are_has_the_issue(
    tracker: Tracked, export: Callable[[], None], case: str
) -> None:
    known(tracker, 7)
    tracker.site.script = [READING[case][0]]
    export()
    assert (assigned(tracker), outcomes(tracker.export)) == ([""], ["done"])
    assert not UserAccount.objects.filter(tool=tracker.tool).exists()


@pytest.mark.parametrize("body", [b"<html>", b"7", b"null"])
def test_a_strange_answer_about_people_is_none(tracker: Tracked, export: Callable[[], None], body: bytes) -> None:
    tracker.site.script = [says(200, body)]
    export()
    assert assigned(tracker) == [""]
