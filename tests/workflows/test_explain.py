"""Why a workflow ran on an incident, and why another did not."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.workflows.asking import ask, edit, on
from tests.workflows.writing import asking, severity, text, written
from workflows.explain import NO_GROUP_HELD, STARTED, Explanation, explain
from workflows.models import WorkflowRun
from workflows.workflows import archive_workflow, update_workflow

Declare = Callable[..., Incident]


def told(incident: Incident, size: int = 25) -> list[Explanation]:
    return explain(incident.id, size)[0]


def test_what_started_names_its_run(declare: Declare) -> None:
    on("incident.created")
    incident = declare()
    (run,) = ask()
    (found,) = told(incident)
    assert (found.run_id, found.reason) == (run.pk, STARTED)


def test_what_did_not_start_says_what_was_compared(declare: Declare) -> None:
    critical = asking("incident.severity", "one_of", severity("Critical"))
    on("incident.created", condition_groups=[{"conditions": [critical]}])
    incident = declare(severity_id=severity("Minor"))
    ask()
    (found,) = told(incident)
    assert (found.run_id, found.reason) == (None, NO_GROUP_HELD)
    ((condition,),) = [group["conditions"] for group in found.groups]
    assert condition["subject"]["label"] == "Incident → Severity"
    assert (condition["expected"], condition["actual"], condition["met"]) == (["Critical"], "Minor", False)


def test_other_hindrances_are_said_in_words(declare: Declare) -> None:
    on("incident.updated", name="once", once_for=["incident"])
    on("incident.updated", name="test", runs_on_incident_modes=["test"])
    incident = declare()
    edit(incident, name="Till is down")
    ask()
    reasons = {(found.entry.name, found.event.type): found.reason for found in told(incident)}
    assert "once already" in reasons["once", "incident.updated"]
    assert "mode 'standard'" in reasons["test", "incident.created"]


def test_the_past_is_told_with_the_versions_of_then(declare: Declare) -> None:
    critical = asking("incident.severity", "one_of", severity("Critical"))
    workflow = on("incident.created", condition_groups=[{"conditions": [critical]}])
    incident = declare(severity_id=severity("Minor"))
    ask()
    update_workflow(SYSTEM, workflow, text(state="active"))
    archive_workflow(SYSTEM, workflow)
    (found,) = told(incident)
    assert (found.number, found.reason) == (1, NO_GROUP_HELD)


def test_drafts_and_what_came_later_are_not_spoken_of(declare: Declare) -> None:
    written("incident.created")
    incident = declare()
    ask()
    on("incident.created")
    assert told(incident) == []


def test_pages_go_back_from_the_latest(declare: Declare) -> None:
    on("incident.updated")
    incident = declare()
    for name in "abc":
        edit(incident, name=name)
    ask()
    first, after = explain(incident.id, 3)
    rest, end = explain(incident.id, 3, after)
    numbers = [found.event.number for found in [*first, *rest]]
    assert (numbers, end) == ([4, 3, 2, 1], None)


def test_it_takes_a_constant_number_of_statements(declare: Declare) -> None:
    for number in range(3):
        on("incident.updated", name=str(number))
    counts = []
    for size in (2, 30):
        incident = declare()
        for number in range(size):
            edit(incident, name=str(number))
        ask()
        with CaptureQueriesContext(connection) as context:
            assert len(told(incident, 50)) == 3 * (size + 1)
        counts.append(len(context))
    assert counts[0] == counts[1]
    assert WorkflowRun.objects.exists()
