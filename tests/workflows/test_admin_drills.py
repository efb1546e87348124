"""Fire drills in the admin: announced, begun, watched, and read afterwards."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import run_of, step
from workflows.drilling import advance, start_drill
from workflows.models import FireDrill

PAGE = "workflows_firedrill"
NAMELESS = step("incident.rename", {}, {"value": {"literal": ""}})


@pytest.fixture
def over(hub: None, drain: Callable[[], None]) -> FireDrill:
    """A drill that found a workflow that works, and one that does not."""
    on("incident.created", name="Note it", steps=[NOTE])
    on("incident.created", name="Rename it", steps=[NAMELESS])
    drill = start_drill(SYSTEM)
    while drill.state != "done":
        drain()
        advance.func(drill.pk)  # as if its next look had come
        drill.refresh_from_db()
    return drill


def test_it_says_what_it_will_do_and_does_nothing(desk: Desk) -> None:
    on("incident.created", name="Note it", steps=[NOTE])
    page = desk.get(f"{PAGE}_begin").content.decode()
    assert "Note it" in page
    assert "Create an action" in page
    assert "people are paged" in page
    assert not FireDrill.objects.exists()


def test_it_is_begun_and_watched(desk: Desk) -> None:
    answer = desk.post(f"{PAGE}_begin")
    drill = FireDrill.objects.get()
    assert answer.url.endswith(f"/firedrill/{drill.pk}/change/")
    page = desk.client.get(answer.url).content.decode()
    assert "it begins within a few seconds" in page
    assert 'hx-trigger="load delay:2s"' in page
    assert drill.actor_label == "Omar Aziz"


def test_a_second_one_is_refused(desk: Desk) -> None:
    start_drill(SYSTEM)
    answer = desk.client.post(desk.get(f"{PAGE}_begin").wsgi_request.path, follow=True)
    assert "A fire drill is under way" in answer.content.decode()
    assert FireDrill.objects.count() == 1


def test_the_report_says_what_is_broken_first(desk: Desk, over: FireDrill) -> None:
    page = desk.get(f"{PAGE}_change", over.pk).content.decode()
    assert "1 broken, 1 works" in page
    assert page.index("Rename it") < page.index("Note it")
    assert 'hx-trigger="load delay:2s"' not in page
    assert "1 broken, 1 works" in desk.get(f"{PAGE}_changelist").content.decode()


def test_the_report_stays_when_the_runs_are_gone(desk: Desk, over: FireDrill) -> None:
    over.incident.workflow_runs.all().delete()
    assert "Rename it" in desk.get(f"{PAGE}_change", over.pk).content.decode()


def test_nothing_of_it_can_be_changed(desk: Desk, over: FireDrill) -> None:
    assert desk.post(f"{PAGE}_change", over.pk, state="running").status_code == 403


def test_its_incident_is_not_among_those_that_are_on(desk: Desk, over: FireDrill) -> None:
    assert Incident.objects.get(pk=over.incident_id).incident_status.category == "canceled"


def _statements(page: Callable[[], object]) -> int:
    page()
    with CaptureQueriesContext(connection) as asked:
        page()
    return len(asked)


def test_the_list_costs_the_same_however_many_there_were(desk: Desk, over: FireDrill) -> None:
    few = _statements(lambda: desk.get(f"{PAGE}_changelist"))
    for number in range(5):
        FireDrill.objects.create(state="done", due_at=over.due_at, ends_by=over.ends_by, actor_label=f"{number}")
    assert _statements(lambda: desk.get(f"{PAGE}_changelist")) == few


@pytest.mark.parametrize("state", ["running", "done"])
def test_a_report_costs_the_same_however_many_links_there_are(desk: Desk, over: FireDrill, state: str) -> None:
    FireDrill.objects.update(state=state)
    few = _statements(lambda: desk.get(f"{PAGE}_change", over.pk))
    for number in range(5):
        workflow = on("incident.created", name=f"Another {number}", steps=[NOTE])
        run_of(workflow, over.incident)
    FireDrill.objects.update(report=over.report * 5)
    assert _statements(lambda: desk.get(f"{PAGE}_change", over.pk)) == few


def test_the_announcement_costs_the_same_however_many_workflows_there_are(desk: Desk) -> None:
    few = _statements(lambda: desk.get(f"{PAGE}_begin"))
    for number in range(5):
        on("incident.created", name=f"Another {number}", steps=[NOTE])
    assert _statements(lambda: desk.get(f"{PAGE}_begin")) == few
