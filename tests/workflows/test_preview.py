"""The time machine: what a workflow would have caught, with no side effect."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from events.models import Event
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from incidents.visibility import EVERYTHING, Viewer
from tests.conftest import SYSTEM
from tests.workflows.asking import edit
from tests.workflows.writing import asking, plain, severity, step
from workflows.models import Effect, WorkflowRun
from workflows.preview import CAUGHT, NOTHING_HAPPENED, Chunk, Window, draft, preview

Declare = Callable[..., Incident]
CRITICAL = "Critical"


def lately(
    trigger: str, viewer: Viewer = EVERYTHING, limit: int = 100, after: str | None = None, **said: object
) -> Chunk:
    """What a draft would have made of the last day."""
    now = timezone.now()
    definition = {name: value for name, value in plain(**said).items() if name not in ("name", "trigger")}
    window = Window(now - timedelta(days=1), now + timedelta(seconds=1))
    return preview(viewer, draft(trigger, definition), window, after, limit)


def is_critical() -> list[dict[str, object]]:
    return [{"conditions": [asking("incident.severity", "one_of", severity(CRITICAL))]}]


def test_it_says_which_incidents_it_would_have_caught_and_which_not(declare: Declare) -> None:
    bad, fine = declare(severity_id=severity(CRITICAL)), declare(severity_id=severity("Minor"))
    chunk = lately("incident.created", condition_groups=is_critical())
    caught = {seen.incident.pk: seen for seen in chunk.seen}
    assert (caught[bad.pk].reason, len(caught[bad.pk].runs)) == (CAUGHT, 1)
    assert caught[fine.pk].runs == []
    assert caught[fine.pk].groups[0]["conditions"][0]["actual"] == "Minor"


def test_it_sees_incidents_as_they_were(declare: Declare) -> None:
    incident = declare(severity_id=severity(CRITICAL))
    edit(incident, severity_id=severity("Minor"))
    (seen,) = lately("incident.created", condition_groups=is_critical()).seen
    assert len(seen.runs) == 1


def test_steps_are_told_with_what_they_would_have_been_told(declare: Declare) -> None:
    declare(name="Till is down")
    note = step("incident.create_action", {}, {"value": {"literal": "Look at {{ incident.name }}"}})
    (seen,) = lately("incident.created", steps=[note, step("nobody.knows")]).seen
    known, unknown = seen.runs[0].steps
    assert known.params == [("Description", "Look at Till is down")]
    assert unknown.error


def test_nothing_is_done(declare: Declare) -> None:
    incident = declare()
    before = Event.objects.count()
    lately("incident.created", steps=[step("incident.create_action", {}, {"value": {"literal": "Look"}})])
    assert (Event.objects.count(), WorkflowRun.objects.count(), Effect.objects.count()) == (before, 0, 0)
    assert incident.actions.count() == 0


def test_what_runs_once_is_caught_once(declare: Declare) -> None:
    incident = declare()
    edit(incident, name="Till is down")
    assert len(lately("incident.updated").seen[0].runs) == 2
    assert len(lately("incident.updated", once_for=["incident"]).seen[0].runs) == 1


def test_what_it_waits_for_may_not_have_happened(declare: Declare) -> None:
    declare()
    (seen,) = lately("action.created").seen
    assert (seen.runs, seen.reason) == ([], NOTHING_HAPPENED)


def test_the_clock_ticks_in_the_past_too(declare: Declare) -> None:
    now = timezone.now()
    incident = declare()
    create_follow_up(SYSTEM, incident.id, title="Write it down", moment=now - timedelta(hours=3))
    Event.objects.filter(type="incident.created").update(created_at=now - timedelta(hours=5))
    Event.objects.filter(type="follow_up.created").update(created_at=now - timedelta(hours=3))
    hourly = {"for_seconds": 3600, "conditions_apply_over_delay": False}
    assert len(lately("scheduled", delay=hourly).seen[0].runs) >= 4
    (run,) = lately("follow_up.overdue", delay=hourly).seen[0].runs
    assert abs(run.at - (now - timedelta(hours=2))) < timedelta(minutes=1)


def test_private_incidents_stay_hidden(declare: Declare, nora: User) -> None:
    declare(visibility="private")
    assert lately("incident.created", Viewer(sees_private=False, user_id=nora.id)).seen == []


def test_long_windows_come_in_chunks(declare: Declare) -> None:
    ids = [declare().pk for _ in range(5)]
    first = lately("incident.created", limit=3)
    rest = lately("incident.created", limit=3, after=first.after)
    assert [seen.incident.pk for seen in [*first.seen, *rest.seen]] == ids
    assert (first.total, rest.after) == (5, None)


def test_it_takes_a_constant_number_of_statements(declare: Declare) -> None:
    counts = []
    for _ in range(2):
        for _ in range(10):
            declare(severity_id=severity("Minor"))
        with CaptureQueriesContext(connection) as context:
            lately("incident.created", condition_groups=is_critical())
        counts.append(len(context))
    assert counts[0] == counts[1]
