"""Every event is asked about once, in order: which workflows does it start?"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog import snapshot
from catalog.teams import create_team
from events.models import Event
from events.tasks import position_events
from incidentio.core.errors import Conflict
from incidents.actions import ActionEdit, create_action, update_action
from incidents.edit import Edit, edit_incident
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.memberships import grant
from incidents.models import Incident
from incidents.sharing import share_update
from tests.conftest import SYSTEM, ApiClient
from tests.workflows.asking import NOTE, ask, edit, on, status
from tests.workflows.writing import asking, severity, step, text, written
from workflows.evaluation import evaluate
from workflows.models import RunState, WorkflowRun
from workflows.runs import retry_run
from workflows.workflows import update_workflow

Declare = Callable[..., Incident]


def test_a_declared_incident_starts_what_waits_for_it(declare: Declare) -> None:
    workflow = on("incident.created", steps=[NOTE])
    incident = declare()
    (run,) = ask()
    assert (run.workflow_id, run.incident_id, run.state) == (workflow.id, incident.id, RunState.PENDING)
    assert run.event_id == Event.objects.get(type="incident.created").id
    assert [step.name for step in run.steps.all()] == ["incident.create_action"]


def test_each_event_is_asked_about_once(declare: Declare) -> None:
    on("incident.updated")
    incident = declare()
    assert len(ask()) == 1
    assert len(ask()) == 1
    edit(incident, name="Till is down")
    assert len(ask()) == 2


def test_what_is_switched_off_or_a_draft_starts_nothing(declare: Declare) -> None:
    written("incident.created", state="disabled")
    written("incident.created")
    declare()
    assert ask() == []


@pytest.mark.parametrize(("asked", "runs"), [("Critical", 1), ("Minor", 0)])
def test_conditions_decide(declare: Declare, asked: str, runs: int) -> None:
    conditions = [asking("incident.severity", "one_of", severity(asked))]
    on("incident.created", condition_groups=[{"conditions": conditions}])
    declare(severity_id=severity("Critical"))
    found = ask()
    assert len(found) == runs
    assert all(group["met"] for run in found for group in run.explanation)


def test_conditions_are_asked_as_things_were_at_the_event(declare: Declare) -> None:
    conditions = [asking("incident.severity", "one_of", severity("Minor"))]
    on("incident.created", condition_groups=[{"conditions": conditions}])
    incident = declare(severity_id=severity("Minor"))
    edit(incident, severity_id=severity("Critical"))
    assert len(ask()) == 1


def test_the_key_that_declared_can_be_asked_for(api: Callable[..., ApiClient]) -> None:
    zendesk, datadog = api("incident_creator", name="Zendesk"), api("incident_creator", name="Datadog")
    conditions = [asking("incident.creator.api_key", "one_of", zendesk.key.id)]
    on("incident.created", condition_groups=[{"conditions": conditions}])
    for number, client in enumerate((zendesk, datadog)):
        client.post("/v1/incidents", {"idempotency_key": str(number), "visibility": "public", "name": client.key.name})
    (run,) = ask()
    assert run.incident is not None
    assert run.incident.name == "Zendesk"


def test_a_move_tells_from_where_and_by_whom(declare: Declare, nora: User) -> None:
    on("incident.status-changed")
    incident = declare()
    edit_incident(
        nora.actor,
        incident.id,
        Edit(incident_status_id=status("Investigating"), severity_id=severity("Major")),
        snapshot.current(),
    )
    (run,) = ask()
    assert run.scope == {"previous-status": status("Triage"), "user-who-changed-the-status": nora.id}


def test_updates_roles_work_and_timestamps_are_told_of(declare: Declare, nora: User) -> None:
    incident, words = declare(), snapshot.current()
    ask()
    triggers = ["incident.update_shared", "incident.role_assigned", "action.created", "action.completed"]
    for trigger in [*triggers, "follow_up.created", "incident.timestamp_set"]:
        on(trigger, name=trigger, runs_on_incidents="newly_created_and_active")
    share_update(nora.actor, incident.id, words, idempotency_key="u", message="We know")
    lead = next(role for role in words.roles.values() if role.role_type == "lead")
    edit(incident, incident_role_assignments=[{"incident_role_id": lead.id, "assignee": {"id": nora.id}}])
    action = create_action(SYSTEM, incident.id, description="Fail over")
    update_action(SYSTEM, action.id, ActionEdit(status="completed"))
    create_follow_up(SYSTEM, incident.id, title="Write it down")
    runs = {run.workflow.name: run.scope for run in ask()}
    assert runs.keys() == {*triggers, "follow_up.created"}
    assert runs["incident.update_shared"]["update.message"] == "We know"
    assert runs["incident.role_assigned"] == {"role": lead.id, "user": nora.id}
    assert runs["action.completed"]["action"]["status"] == "completed"
    assert runs["follow_up.created"]["follow_up"]["title"] == "Write it down"


def test_a_follow_up_may_move_anywhere(declare: Declare) -> None:
    on("follow_up.status_changed")
    incident = declare()
    follow_up = create_follow_up(SYSTEM, incident.id, title="Write it down")
    for moved_to in ("not_doing", "outstanding", "completed"):
        update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(status=moved_to))
    update_follow_up(SYSTEM, follow_up.id, FollowUpEdit(title="Write it all down"))
    moved = [run.scope["follow_up"]["status"] for run in ask()]
    assert moved == ["not_doing", "outstanding", "completed"]


def test_once_for_an_incident_is_once(declare: Declare) -> None:
    on("incident.updated", once_for=["incident"])
    first, second = declare(), declare()
    edit(first, name="Till is down")
    ask()
    edit(second, name="Shop is down")
    assert sorted(run.incident_id or "" for run in ask()) == sorted([first.id, second.id])


def test_once_for_an_incident_and_a_severity_is_once_for_each(declare: Declare) -> None:
    on("incident.updated", once_for=["incident", "incident.severity"])
    incident = declare()
    for name in ("Minor", "Major", "Minor"):
        edit(incident, severity_id=severity(name))
    assert len(ask()) == 3


def test_only_incidents_of_its_modes_start_it(declare: Declare) -> None:
    on("incident.created", runs_on_incident_modes=["test"])
    declare()
    declare(mode="test")
    (run,) = ask()
    assert run.incident is not None
    assert run.incident.mode == "test"


def test_incidents_from_before_it_was_switched_on_do_not_start_it(declare: Declare) -> None:
    old = declare()
    ask()
    on("incident.updated", name="new", runs_on_incidents="newly_created")
    on("incident.updated", name="all", runs_on_incidents="newly_created_and_active")
    edit(old, name="Till is down")
    assert [run.workflow.name for run in ask()] == ["all"]


def test_an_incident_that_was_over_is_not_active(declare: Declare) -> None:
    old = declare(mode="retrospective", severity_id=severity("Minor"))
    ask()
    on("incident.updated", runs_on_incidents="newly_created_and_active", runs_on_incident_modes=["retrospective"])
    edit(old, name="Till was down")
    assert ask() == []


def test_private_incidents_start_what_may_see_them(declare: Declare, nora: User) -> None:
    team = create_team(SYSTEM, name="Payments", members=[nora])
    on("incident.updated", name="none", private_incident_scope="none")
    on("incident.updated", name="all", private_incident_scope="all")
    on("incident.updated", name="team", private_incident_scope="owning_teams", owning_team_ids=[team.id])
    incident = declare(visibility="private")
    assert [run.workflow.name for run in ask()] == ["all"]
    grant(SYSTEM, incident.id, nora.id)
    assert sorted(run.workflow.name for run in ask()) == ["all", "all", "team"]


def test_a_run_keeps_the_version_it_started_with(declare: Declare) -> None:
    workflow = on("incident.created", delay={"for_seconds": 60, "conditions_apply_over_delay": False}, steps=[NOTE])
    declare()
    (run,) = ask()
    update_workflow(SYSTEM, workflow, text(name="Other", state="active"))
    run.refresh_from_db()
    assert (run.version.number, len(run.version.definition["steps"])) == (1, 1)
    assert run.scheduled_at > run.created_at


def test_what_a_person_confirms_waits_for_them(declare: Declare) -> None:
    on("incident.created", auto_run_mode="confirm_before_running")
    declare()
    (run,) = ask()
    assert run.state == RunState.ASKING


def test_a_burst_costs_a_constant_number_of_statements(declare: Declare) -> None:
    conditions = [asking("incident.severity", "gte", severity("Critical"), many=False)]
    for number in range(5):
        on("incident.created", name=str(number), condition_groups=[{"conditions": conditions}])
    ask()
    counts = []
    for size in (2, 40):
        for _ in range(size):
            declare(severity_id=severity("Minor"))
        while position_events():
            pass
        with CaptureQueriesContext(connection) as context:
            assert evaluate() == size
        counts.append(len(context))
    assert counts[1] <= counts[0]


def test_nothing_it_does_starts_itself(declare: Declare, drain: Callable[[], None]) -> None:
    on("action.created", steps=[NOTE])
    incident = declare()
    create_action(SYSTEM, incident.id, description="First")
    drain()
    assert incident.actions.count() == 2
    assert [run.state for run in WorkflowRun.objects.all()] == [RunState.COMPLETE]


def test_two_that_start_each_other_stop(declare: Declare, drain: Callable[[], None]) -> None:
    follow = step("incident.create_follow_ups", {}, {"array_value": [{"literal": "Write"}]})
    on("action.created", name="there", steps=[follow])
    on("follow_up.created", name="back", steps=[NOTE])
    incident = declare()
    create_action(SYSTEM, incident.id, description="First")
    drain()
    assert sorted(run.workflow.name for run in WorkflowRun.objects.all()) == ["back", "there"]


@pytest.fixture
def chain(declare: Declare, drain: Callable[[], None]) -> Incident:
    """An incident on which eight workflows were to start one another in a row."""
    for number in range(8):
        asked = asking("action.description", "one_of", str(number))
        then = step("incident.create_action", {}, {"value": {"literal": str(number + 1)}})
        on("action.created", name=str(number), condition_groups=[{"conditions": [asked]}], steps=[then])
    incident = declare()
    create_action(SYSTEM, incident.id, description="0")
    drain()
    return incident


def test_a_chain_of_workflows_ends_in_a_clear_error(chain: Incident) -> None:
    runs = {run.workflow.name: run for run in WorkflowRun.objects.all()}
    assert [runs[str(number)].state for number in range(6)] == [RunState.COMPLETE] * 5 + [RunState.ERROR]
    assert "started one another 5 times" in runs["5"].error
    assert chain.actions.count() == 6
    assert runs["5"].chain == [runs[str(number)].workflow_id for number in range(5)]


def test_a_run_that_was_never_to_be_is_not_tried_again(chain: Incident, drain: Callable[[], None]) -> None:
    run = WorkflowRun.objects.get(state=RunState.ERROR)
    with pytest.raises(Conflict, match="started one another 5 times"):
        retry_run(SYSTEM, run)
    drain()
    assert (WorkflowRun.objects.get(pk=run.pk).state, chain.actions.count()) == (RunState.ERROR, 6)
