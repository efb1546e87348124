"""Giving a role to whoever is on call at PagerDuty: asked by its REST API, known in the hub by e-mail address."""

import json
from dataclasses import asdict
from typing import Any

from accounts.models import User
from catalog import snapshot
from catalog.snapshot import active
from events.actors import Actor
from incidentio.core.errors import DomainError
from incidentio.core.vocabulary import STRING
from incidents.edit import Edit, edit_incident
from integrations.asking import ask
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, Step, StepFailed
from integrations.calling import json_of
from integrations.connections import note_success
from integrations.pagerduty.account import REST, TOOL, account_with, rest_request
from integrations.people import person_for
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.types import ROLE

MOST = "100"  # of a page; more than a hundred people on call for one policy are not looked through


def _plan(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    account_with("api_token")
    said = text_of(args, "role")
    roles = [row for row in active(doing.words.roles.values()) if said in (row.id, row.name)]
    if not roles:
        raise StepFailed(f"There is no role {said[:100]!r}" if said else "Role is not set")
    schedule, policy = text_of(args, "schedule"), text_of(args, "escalation_policy")
    if not schedule and not policy:
        raise StepFailed("Name a schedule or an escalation policy of PagerDuty's, by its ID")
    order = {
        "incident_id": incident.id,
        "role_id": roles[0].id,
        "role": roles[0].name,
        "schedule": schedule,
        "escalation_policy": policy,
        "by": asdict(doing.actor),
    }
    return [Call(REST, json.dumps(order, ensure_ascii=False))]


def _make(sent: Sent) -> Attempt:
    """Ask who is on call, and assign them; who has the role already keeps it."""
    order = json.loads(sent.body)
    user = _known(_on_call(order, sent.seconds))
    assignment = {"incident_role_id": order["role_id"], "assignee": {"id": user.id}}
    try:
        edit = Edit(incident_role_assignments=[assignment])
        edit_incident(Actor(**order["by"]), order["incident_id"], edit, snapshot.current())
    except DomainError as refusal:
        return Attempt(Outcome.REFUSED, str(refusal))
    did = f"Assigned {user.name}, who is on call at PagerDuty, as {order['role']}"
    return Attempt(Outcome.DONE, remote_id=user.email, detail={"did": did})


def _on_call(order: dict[str, Any], seconds: float) -> list[tuple[str, str]]:
    """IDs and addresses of those who are paged first, as they are on call now.

    Raises:
        StepFailed: nobody is, or PagerDuty does not say.
    """
    query = [("include[]", "users"), ("earliest", "true"), ("limit", MOST)]
    query += [("schedule_ids[]", order["schedule"])] if order["schedule"] else []
    query += [("escalation_policy_ids[]", order["escalation_policy"])] if order["escalation_policy"] else []
    answer = ask(TOOL, rest_request(account_with("api_token"), "GET", "/oncalls", query=query), seconds)
    told = json_of(answer)
    rows = told.get("oncalls") if isinstance(told, dict) else None
    if answer.status != 200 or not isinstance(rows, list):
        raise StepFailed(
            f"PagerDuty does not say who is on call ({answer.status}): is there such a schedule or policy?"
        )
    note_success(TOOL)
    people = [(row.get("escalation_level") or 1, row.get("user") or {}) for row in rows]
    first = min((level for level, _ in people), default=None)
    if first is None:
        raise StepFailed("Nobody is on call at PagerDuty")
    paged = [(str(user.get("id") or ""), str(user.get("email") or "")) for level, user in people if level == first]
    return list(dict.fromkeys(paged))


def _known(people: list[tuple[str, str]]) -> User:
    """The first of them who is an active person of the hub.

    Raises:
        StepFailed: none is.
    """
    for remote_id, email in people:
        user = person_for(TOOL, remote_id, email)
        if user is not None:
            return user
    told = ", ".join(email for _, email in people if email) or "somebody without an address"
    raise StepFailed(f"On call at PagerDuty is {told}, whom the hub does not know by that address")


ASSIGN = Step(
    "pagerduty.assign_on_call",
    "Assign whoever is on call in PagerDuty",
    (
        INCIDENT_PARAM,
        Param("role", "Role", ROLE, required=True),
        Param("schedule", "Schedule (its ID)", STRING),
        Param("escalation_policy", "Escalation policy (its ID)", STRING),
    ),
    plan=_plan,
    make=_make,
)
