"""Alerts at Opsgenie for incidents of the hub: made, acknowledged and closed.

An alert's alias is the incident's ID: while it is open, whatever is sent again is counted on that one alert, and pages
nobody twice (docs.opsgenie.com, Alert API, Create Alert; support.atlassian.com, Alert de-duplication).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from uuid import UUID

from accounts.models import User
from events.actors import Actor
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.vocabulary import STRING
from incidents.attachments import Resource, attach
from incidents.links import permalink
from incidents.models import Incident, ResourceType
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, Step, StepFailed
from integrations.connections import account_of
from integrations.opsgenie.account import TOOL, is_jsm, request
from integrations.opsgenie.people import usernames_of
from integrations.opsgenie.processing import do
from integrations.opsgenie.said import BY_ALIAS, SOURCE, check_told, shortened, told_incident
from integrations.told import INCIDENT_PARAM, incident_of, text_of, texts_of
from integrations.tracking import PRIVATE_TOO
from integrations.types import TEMPLATED_TEXT, USER

LONGEST_MESSAGE, LONGEST_DESCRIPTION, LONGEST_TAG = 130, 15_000, 50
MOST_TAGS, MOST_RESPONDERS = 20, 50
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
_CLOSED = "Closed the alert at Opsgenie"


# ---- making an alert


def _plan_alert(doing: Doing, args: Args) -> list[Call]:
    incident = told_incident(doing, args)
    account_of(TOOL)
    users, teams = texts_of(args, "users"), texts_of(args, "teams")
    if len(users) + len(teams) > MOST_RESPONDERS:
        raise StepFailed(f"An alert at Opsgenie takes {MOST_RESPONDERS} responders, not {len(users) + len(teams)}")
    order = {
        "incident_id": incident.id,
        "reference": incident.reference,
        "message": shortened(text_of(args, "message") or f"{incident.reference} {incident.name}", LONGEST_MESSAGE),
        "description": _description(text_of(args, "description") or incident.summary, incident),
        "priority": _priority(text_of(args, "priority")),
        "tags": [tag[:LONGEST_TAG] for tag in texts_of(args, "tags")[:MOST_TAGS]],
        "users": users,
        "teams": teams,
        "private_too": bool(args.get(PRIVATE_TOO.name)),
        "by": asdict(doing.actor),
    }
    return [Call(TOOL, json.dumps(order, ensure_ascii=False))]


def _description(said: str, incident: Incident) -> str:
    """What was said, and where people find the incident."""
    link = permalink(incident.id)
    return f"{said.strip()[: LONGEST_DESCRIPTION - len(link) - 2]}\n\n{link}".strip()


def _priority(said: str) -> str:
    priority = said.strip().upper()
    if priority and priority not in PRIORITIES:
        raise StepFailed(f"{said[:60]!r} is no priority of Opsgenie's; there are {', '.join(PRIORITIES)}")
    return priority


def _make_alert(sent: Sent) -> Attempt:
    """Make the alert, and show at the incident which one stands for it."""
    order, values = json.loads(sent.body), account_of(TOOL).values
    check_told(order)
    responders, unknown = _responders(order)
    call = request(values, "POST", "", _body(order, responders), does_once=True)
    left_out = f"; left out {', '.join(unknown)}, who is nobody there" if unknown else ""
    result = do(values, call, f"Made an alert at Opsgenie{left_out}", sent.seconds)
    if result.outcome is Outcome.DONE and result.remote_id:
        _attach(order, ResourceType.JSM_ALERT if is_jsm(values) else ResourceType.OPSGENIE_ALERT, result.remote_id)
    return result


def _body(order: dict[str, Any], responders: list[dict[str, str]]) -> dict[str, Any]:
    body = {
        "message": order["message"],
        "alias": order["incident_id"],
        "description": order["description"],
        "responders": responders,
        "tags": order["tags"],
        "details": {"incident": order["reference"], "url": permalink(order["incident_id"])},
        "source": SOURCE,
        "priority": order["priority"],
    }
    return {name: value for name, value in body.items() if value}


def _responders(order: dict[str, Any]) -> tuple[list[dict[str, str]], list[str]]:
    """Who is to be told, as Opsgenie names them, and the names of those it does not know."""
    people = list(User.objects.filter(pk__in=order["users"], is_active=True).order_by("name"))
    usernames = usernames_of(people)
    teams = [{"type": "team", **({"id": team} if _is_uuid(team) else {"name": team})} for team in order["teams"]]
    users = [_user(usernames[user.pk]) for user in people if usernames[user.pk]]
    return teams + users, [user.name for user in people if not usernames[user.pk]]


def _user(username: str) -> dict[str, str]:
    """Usernames are addresses; what is none is an ID, as Jira Service Management has them."""
    return {"type": "user", "username" if "@" in username else "id": username}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _attach(order: dict[str, Any], resource_type: ResourceType, alert_id: str) -> None:
    """Show the alert at the incident. Safe to repeat."""
    with suppress(NotFound, Invalid):  # it is there, whatever became of the hub's
        attach(Actor(**order["by"]), order["incident_id"], Resource(resource_type, external_id=alert_id))


# ---- changing it


def _plan_change(doing: Doing, args: Args) -> Sequence[Call]:
    incident = incident_of(doing, args)
    account_of(TOOL)
    return [Call(TOOL, json.dumps({"incident_id": incident.id}))]


def close(values: Mapping[str, str], incident_id: str, seconds: float) -> Attempt:
    """Close the incident's alert, if one is open."""
    return _change_alert(values, incident_id, "close", _CLOSED, _nothing_to_close, seconds)


def _change_alert(
    values: Mapping[str, str], incident_id: str, action: str, did: str, excuse: Callable[[str], str], seconds: float
) -> Attempt:
    call = request(values, "POST", f"/{incident_id}/{action}", {"source": SOURCE}, query=BY_ALIAS, does_once=True)
    return do(values, call, did, seconds, excuse)


def _change(action: str, did: str, excuse: Callable[[str], str]) -> Callable[[Sent], Attempt]:
    """One attempt of an action that ends the same however often it is done."""

    def make(sent: Sent) -> Attempt:
        incident_id = json.loads(sent.body)["incident_id"]
        return _change_alert(account_of(TOOL).values, incident_id, action, did, excuse, sent.seconds)

    return make


def _nothing_to_close(status: str) -> str:
    """An alias names the alert that is open: where there is none, what was wanted is so."""
    said = status.casefold()
    return "There is no open alert at Opsgenie" if "not exist" in said or "already closed" in said else ""


def _acknowledged_already(status: str) -> str:
    return "The alert at Opsgenie was acknowledged already" if "already ack" in status.casefold() else ""


CREATE = Step(
    "opsgenie.create_alert",
    "Create an alert in Opsgenie",
    (
        INCIDENT_PARAM,
        Param("message", "Message", TEMPLATED_TEXT),
        Param("description", "Description", TEMPLATED_TEXT),
        Param("priority", "Priority (P1 to P5)", STRING),
        Param("users", "User(s)", USER, array=True),
        Param("teams", "Teams, by name", STRING, array=True),
        Param("tags", "Tags", STRING, array=True),
        PRIVATE_TOO,
    ),
    plan=_plan_alert,
    make=_make_alert,
)
ACKNOWLEDGE = Step(
    "opsgenie.acknowledge_alert",
    "Acknowledge the alert in Opsgenie",
    (INCIDENT_PARAM,),
    plan=_plan_change,
    make=_change("acknowledge", "Acknowledged the alert at Opsgenie", _acknowledged_already),
)
CLOSE = Step(
    "opsgenie.close_alert",
    "Close the alert in Opsgenie",
    (INCIDENT_PARAM,),
    plan=_plan_change,
    make=_change("close", _CLOSED, _nothing_to_close),
)
