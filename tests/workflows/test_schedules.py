"""The clock starts reminders while an incident matches, and speaks of follow-ups nobody did."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from incidentio.core.errors import Invalid
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.workflows.asking import NOTE, edit, on, status
from tests.workflows.writing import asking, severity
from workflows import schedules
from workflows.models import WorkflowRun
from workflows.schedules import fire

Declare = Callable[..., Incident]
EVERY_HALF_HOUR = {"for_seconds": 1800, "conditions_apply_over_delay": False}


def after(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def references() -> list[str]:
    """The incidents runs were started on, in their order."""
    return [run.incident.reference for run in WorkflowRun.objects.order_by("id") if run.incident]


def test_a_reminder_comes_every_interval_while_the_incident_matches(declare: Declare) -> None:
    quiet = asking("incident.minutes_since_update", "gte", "30", many=False)
    on("scheduled", delay=EVERY_HALF_HOUR, condition_groups=[{"conditions": [quiet]}], steps=[NOTE])
    incident = declare()
    fire(after(10))
    assert references() == []
    fire(after(31))
    assert references() == [incident.reference]
    fire(after(32))
    assert references() == [incident.reference]


def test_an_update_quiets_the_reminder(declare: Declare) -> None:
    quiet = asking("incident.minutes_since_update", "gte", "60", many=False)
    on("scheduled", delay=EVERY_HALF_HOUR, condition_groups=[{"conditions": [quiet]}])
    declare()
    fire(after(31))
    assert references() == []


def test_what_is_over_is_reminded_of_nothing(declare: Declare) -> None:
    on("scheduled", delay=EVERY_HALF_HOUR)
    incident = declare()
    edit(incident, incident_status_id=status("Declined"))
    fire(after(31))
    assert references() == []


def test_the_first_step_of_a_reminder_comes_at_once(declare: Declare) -> None:
    on("scheduled", delay=EVERY_HALF_HOUR)
    declare()
    fire(after(31))
    run = WorkflowRun.objects.get()
    assert run.scheduled_at - run.created_at < timedelta(seconds=1)


def test_a_follow_up_is_overdue_once(declare: Declare) -> None:
    on("follow_up.overdue", delay={"for_seconds": 3600, "conditions_apply_over_delay": False})
    incident = declare()
    late = create_follow_up(SYSTEM, incident.id, title="Write it down")
    done = create_follow_up(SYSTEM, incident.id, title="Done")
    update_follow_up(SYSTEM, done.id, FollowUpEdit(status="completed"))
    fire(after(30))
    assert references() == []
    fire(after(61))
    fire(after(62))
    run = WorkflowRun.objects.get()
    assert run.scope["follow_up"]["id"] == late.id


@pytest.mark.parametrize("trigger", ["scheduled", "follow_up.overdue"])
def test_how_often_must_be_said(trigger: str) -> None:
    with pytest.raises(Invalid, match="at least 60 seconds") as refusal:
        on(trigger)
    assert refusal.value.problems[0].pointer == "delay.for_seconds"


def test_conditions_are_asked_as_things_are_now(declare: Declare) -> None:
    bad = asking("incident.severity", "gte", severity("Major"), many=False)
    on("scheduled", delay=EVERY_HALF_HOUR, condition_groups=[{"conditions": [bad]}])
    declare(severity_id=severity("Minor"))
    critical = declare(severity_id=severity("Critical"))
    fire(after(31))
    assert references() == [critical.reference]


def test_what_does_not_match_is_not_in_the_way_of_what_does(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "AT_ONCE", 1)
    bad = asking("incident.severity", "gte", severity("Major"), many=False)
    on("scheduled", delay=EVERY_HALF_HOUR, condition_groups=[{"conditions": [bad]}])
    for name in ("Minor", "Critical", "Minor", "Critical"):
        declare(severity_id=severity(name))
    assert len(fire(after(31))) == 2
    assert fire(after(31)) == []
