"""Giving a role to whoever is on call at PagerDuty."""

from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from incidents.models import Incident, Membership, RoleAssignment
from integrations.base import StepFailed
from tests.integrations.calls import call, errors, outcomes, plan
from tests.integrations.issues import DATE, resets
from tests.integrations.pagerduty.fake import PagerDuty
from tests.integrations.standing_in import (
    Fault,
    done_and_failed,
    done_and_reset,
    done_in_silence,
    says,
    silent,
    slow,
    well,
)
from workflows.models import CallState

ASSIGN = "pagerduty.assign_on_call"
DONE, FAILED, REFUSED = "done", "failed", "refused"


def lead() -> str:
    return next(role.id for role in snapshot.current().roles.values() if role.role_type == "lead")


def duty(email: str | None, level: int = 1) -> dict[str, Any]:
    """An entry of /oncalls, as its documentation has it."""
    user = {"id": "PT23IWX", "type": "user", "summary": "Tim Wright", "name": "Tim Wright", "email": email}
    policy = {"id": "PT20YPA", "type": "escalation_policy_reference", "summary": "Another Escalation Policy"}
    schedule = {"id": "PI7DH85", "type": "schedule_reference", "summary": "Daily Engineering Rotation"}
    times = {"start": "2026-03-06T15:28:51-05:00", "end": "2026-03-07T15:28:51-05:00"}
    return {"user": user, "schedule": schedule, "escalation_policy": policy, "escalation_level": level, **times}


def holders(incident: Incident) -> list[str]:
    return list(RoleAssignment.objects.filter(incident=incident).values_list("assignee__email", flat=True))


def test_the_first_to_be_paged_gets_the_role(pager: PagerDuty, incident: Incident, nora: User, omar: User) -> None:
    pager.oncalls = [duty("omar@example.com", 2), duty("NORA@example.com"), duty("else@example.com", 3)]
    effect = call(ASSIGN, incident, role=lead(), schedule="PI7DH85", escalation_policy="PT20YPA")
    assert holders(incident) == ["nora@example.com"]
    assert effect.detail is not None
    assert effect.detail["did"].startswith("Assigned Nora Lind, who is on call at PagerDuty, as ")
    query = pager.asked[0].query
    assert ("schedule_ids[]", "PI7DH85") in query
    assert ("escalation_policy_ids[]", "PT20YPA") in query


def test_doing_it_again_changes_nothing(pager: PagerDuty, incident: Incident, nora: User) -> None:
    pager.oncalls = [duty("nora@example.com")]
    for number in range(2):
        call(ASSIGN, incident, f"step.{number}", role=lead(), schedule="PI7DH85")
    incident.refresh_from_db()
    assert (holders(incident), incident.version) == (["nora@example.com"], 2)


def test_of_a_private_incident_they_become_a_member(pager: PagerDuty, private: Incident, omar: User) -> None:
    pager.oncalls = [duty("omar@example.com")]
    call(ASSIGN, private, role=lead(), schedule="PI7DH85")
    assert Membership.objects.filter(incident=private, user=omar).exists()


@pytest.mark.parametrize(
    ("oncalls", "complaint"),
    [
        ([], "Nobody is on call at PagerDuty"),
        ([duty("who@example.com")], "On call at PagerDuty is who@example.com, whom the hub does not know"),
        ([duty("who@example.com"), duty("nora@example.com", 2)], "whom the hub does not know by that address"),
        ([duty(None)], "On call at PagerDuty is somebody without an address"),
    ],
)
def test_nobody_to_assign_is_told(
    pager: PagerDuty, incident: Incident, nora: User, oncalls: list[Any], complaint: str
) -> None:
    pager.oncalls = oncalls
    effect = call(ASSIGN, incident, role=lead(), schedule="PI7DH85")
    assert (effect.state, holders(incident)) == (CallState.NOT_DONE, [])
    assert complaint in errors(effect)


ASKING = {
    "success": (well, [DONE]),
    "slow": (slow(0.3), [DONE]),
    "not JSON": (says(200, b"<html>"), [REFUSED]),
    "error body": (says(400), [REFUSED]),
    "401": (says(401), [REFUSED]),
    "403": (says(403), [REFUSED]),
    "404": (says(404), [REFUSED]),
    "422": (says(422), [REFUSED]),
    "429, seconds": (says(429, retry_after="30"), [FAILED, DONE]),
    "500": (says(500), [FAILED, DONE]),
    "silence": (silent, [FAILED, DONE]),
    "reset, done": (done_and_reset, [FAILED, DONE]),
    "429, date": (says(429, retry_after=DATE), [FAILED, DONE]),
    "500, done": (done_and_failed, [FAILED, DONE]),
    "silence, done": (done_in_silence, [FAILED, DONE]),
    "reset": (resets, [FAILED, DONE]),
}


@pytest.mark.faults({ASSIGN: ASKING})
@pytest.mark.parametrize(("fault", "ended"), ASKING.values(), ids=ASKING)
def test_faults(pager: PagerDuty, incident: Incident, nora: User, fault: Fault, ended: list[str]) -> None:
    pager.oncalls, pager.script = [duty("nora@example.com")], [fault]
    effect = call(ASSIGN, incident, role=lead(), schedule="PI7DH85")
    assert outcomes(effect) == ended
    assert len(holders(incident)) == (1 if ended[-1] == DONE else 0)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"schedule": "P1"}, "Role is not set"),
        ({"role": "Cook", "schedule": "P1"}, "There is no role 'Cook'"),
        ({"role": "Incident Lead"}, "Name a schedule or an escalation policy|There is no role"),
    ],
)
def test_what_cannot_be_asked_is_told(pager: PagerDuty, incident: Incident, said: Any, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        plan(ASSIGN, incident, **said)


def test_the_reporter_cannot_be_changed(pager: PagerDuty, incident: Incident, nora: User) -> None:
    pager.oncalls = [duty("nora@example.com")]
    reporter = next(role.id for role in snapshot.current().roles.values() if role.role_type == "reporter")
    effect = call(ASSIGN, incident, role=reporter, schedule="PI7DH85")
    assert "The reporter is set when an incident is declared" in errors(effect)
