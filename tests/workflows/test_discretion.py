"""A run tells of no private incident but its own: it is read by others than that incident's members."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.follow_ups import create_follow_up
from incidents.models import Action, Incident
from integrations.base import Param, StepFailed
from integrations.types import FOLLOW_UP, INCIDENT
from tests.conftest import SYSTEM
from tests.workflows.asking import on
from tests.workflows.steps.conftest import incident, private
from tests.workflows.writing import step
from workflows.discretion import OTHERS, check_discreet
from workflows.models import Effect, StepRun
from workflows.starting import start_workflow

__all__ = ["incident", "private"]
Drain = Callable[[], None]
ONE, MANY = Param("incident", "Incident", INCIDENT), Param("others", "Incidents", INCIDENT, array=True)
WORK = Param("follow_up", "Follow-up", FOLLOW_UP)


def literal(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def run(about: Incident, *steps: dict[str, Any], scope: str = "all") -> list[str]:
    """The errors of the steps of a run about an incident."""
    start_workflow(SYSTEM, on("manual", steps=list(steps), private_incident_scope=scope), about, {})
    return list(StepRun.objects.order_by("place").values_list("error", flat=True))


def test_a_step_that_names_anothers_private_incident_is_not_done(
    incident: Incident, private: Incident, drain: Drain
) -> None:
    run(incident, step("incident.create_action", literal(private.pk), literal("Look")))
    drain()
    assert StepRun.objects.get().error == OTHERS
    assert not Action.objects.exists()


def test_no_call_is_planned_that_tells_of_it(incident: Incident, private: Incident, drain: Drain) -> None:
    run(incident, step("github.create_issue", literal(private.pk)))
    drain()
    assert StepRun.objects.get().error == OTHERS
    assert not Effect.objects.exists()


@pytest.mark.parametrize("named", [True, False])
def test_a_run_about_a_private_incident_tells_its_members(private: Incident, drain: Drain, named: bool) -> None:
    said = literal(private.pk) if named else {}
    run(private, step("incident.create_action", said, literal("Look")))
    drain()
    assert Action.objects.get().incident == private


def test_another_public_incident_may_be_named(
    incident: Incident, declare: Callable[..., Incident], drain: Drain
) -> None:
    other = declare(name="Search is slow")
    run(incident, step("incident.create_action", literal(other.pk), literal("Look")))
    drain()
    assert Action.objects.get().incident == other


@pytest.mark.parametrize("about_itself", [True, False])
def test_a_follow_up_of_it_is_one_of_its_secrets(private: Incident, incident: Incident, about_itself: bool) -> None:
    work = create_follow_up(SYSTEM, private.pk, title="Change the passwords")
    if about_itself:
        check_discreet([WORK], {"follow_up": work.pk}, private.pk)
        return
    for run_is_about in (incident.pk, None):
        with pytest.raises(StepFailed):
            check_discreet([WORK], {"follow_up": work.pk}, run_is_about)


def test_one_among_many_is_found(private: Incident, incident: Incident) -> None:
    with pytest.raises(StepFailed):
        check_discreet([MANY], {"others": [incident.pk, f" {private.pk} "]}, incident.pk)


@pytest.mark.parametrize("said", [None, "", "INC-1", "\0", 7, [], ["x", None]])
def test_what_names_nothing_is_left_to_the_step(incident: Incident, said: Any) -> None:
    check_discreet([ONE, MANY, WORK], {"incident": said, "others": said, "follow_up": said}, incident.pk)
