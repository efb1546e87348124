"""Opening an incident on the status page, once for an incident of the hub's."""

import json
from dataclasses import asdict
from typing import Any

from incidentio.core.http import Answer
from incidentio.core.vocabulary import STRING
from integrations.asking import Clock, ask
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.connections import Account, note_success
from integrations.statuspage.account import TARGET, TOOL, connected, hurried, request
from integrations.statuspage.said import (
    COMPONENTS,
    IMPACT,
    IMPACTS,
    OPEN_STATUSES,
    check_public,
    components_of,
    one_of,
    public_incident,
)
from integrations.statuspage.standing import (
    RESOLVED,
    Said,
    claim,
    give_up,
    keep_opened,
    mark_of,
    marked,
    open_for,
)
from integrations.told import INCIDENT_PARAM, text_of
from integrations.types import TEMPLATED_TEXT

NEWEST = 20  # it was opened a moment ago, if it was
LONGEST_NAME, LONGEST_BODY = 250, 25_000


def _plan(doing: Doing, args: Args) -> list[Call]:
    incident = public_incident(doing, args)
    connected()
    name = " ".join(text_of(args, "name").split())
    if not name:
        # what an incident is called in the hub is not for the public to read
        raise StepFailed("Name is not set: say what the public is to read")
    order = {
        "incident_id": incident.id,
        "name": name[:LONGEST_NAME],
        "status": one_of(args, "status", "status of an open incident", OPEN_STATUSES, OPEN_STATUSES[0]),
        "body": text_of(args, "body")[:LONGEST_BODY],
        "components": components_of(args),
        "impact": one_of(args, "impact", "impact", IMPACTS),
        "by": asdict(doing.actor),
    }
    return [Call(TARGET, json.dumps(order, ensure_ascii=False))]


def _make(sent: Sent) -> Attempt:
    """Open it, unless it is open already, somebody else is opening it, or it may not be told of any more."""
    order, account, clock = json.loads(sent.body), connected(), Clock(sent.seconds)
    check_public(order["incident_id"])
    known = _known(order)
    if known is not None:
        return known
    if claim(order["incident_id"], sent.key):
        found = _search(account, order, sent.key, clock.left / 2)
        if found is not None:
            return found
    body = {"incident": body_of(order, sent.key, list(order["components"]))}
    call = request(account.values, "POST", "/incidents", body)
    result = attempt(TOOL, call, lambda *told: _judge(order, *told), clock.left, first=hurried)
    if result.outcome in (Outcome.FAILED, Outcome.REFUSED):
        give_up(order["incident_id"])
    return result


def _find(sent: Sent) -> Attempt | None:
    """What an earlier attempt opened, if it arrived."""
    order = json.loads(sent.body)
    return _known(order) or _search(connected(), order, sent.key, sent.seconds)


def _known(order: dict[str, Any]) -> Attempt | None:
    row = open_for(order["incident_id"])
    if row is None:
        return None
    return Attempt(Outcome.DONE, remote_id=row.remote_id, detail={"did": "It is on the status page already"})


def _search(account: Account, order: dict[str, Any], key: str, seconds: float) -> Attempt | None:
    """The incident on the page that this call opened, or that another one did and that is open.

    Raises:
        StepFailed: the page does not say.
    """
    answer = ask(TOOL, request(account.values, "GET", f"/incidents?limit={NEWEST}"), seconds, first=hurried)
    rows = json_of(answer)
    if answer.status != 200 or not isinstance(rows, list):
        raise StepFailed(f"Statuspage does not show its incidents ({answer.status})", permanent=False)
    note_success(TOOL)
    ours = [row for row in rows if marked(row, "incident_id") == order["incident_id"] and row.get("id")]
    found = [row for row in ours if marked(row, "key") == key or row.get("status") != RESOLVED]
    if not found:
        return None
    remote_id = keep_opened(Said.of(order), found[0])
    return Attempt(Outcome.DONE, remote_id=remote_id, detail={"did": "Found it on the status page"})


def body_of(order: dict[str, Any], key: str, affected: list[str]) -> dict[str, Any]:
    """What is said of an incident and of its `affected` components; what is empty is left out."""
    body = {
        "name": order["name"],
        "status": order["status"],
        "body": order["body"],
        "impact_override": order["impact"],
        "components": order["components"],
        "component_ids": affected,
        "metadata": mark_of(order["incident_id"], key),
    }
    return {name: value for name, value in body.items() if value}


def _judge(order: dict[str, Any], answer: Answer, told: Any) -> Attempt:
    if answer.status in (200, 201) and isinstance(told, dict) and told.get("id"):
        return done(answer, "Opened an incident on the status page", keep_opened(Said.of(order), told))
    if 200 <= answer.status < 300:
        return Attempt(Outcome.UNKNOWN, "What answers is not Statuspage", answer.status, answer.duration_ms)
    return refused(answer, f"Statuspage opened no incident{errors_of(told)}")


def errors_of(told: Any) -> str:
    """What Statuspage says is wrong: a text, or a list of them."""
    error = told.get("error") if isinstance(told, dict) else None
    lines = error if isinstance(error, list) else [error]
    said = "; ".join(str(line) for line in lines if line)
    return f": {said[:500]}" if said else ""


OPEN = Step(
    "statuspage.open",
    "Open an incident on Statuspage",
    (
        INCIDENT_PARAM,
        Param("name", "Name", TEMPLATED_TEXT, required=True),
        Param("status", f"Status ({', '.join(OPEN_STATUSES)})", STRING),
        Param("body", "Message", TEMPLATED_TEXT),
        COMPONENTS,
        IMPACT,
    ),
    plan=_plan,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
    public=True,
)
