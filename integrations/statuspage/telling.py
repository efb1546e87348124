"""Telling on the status page how an incident goes on, and that it is over.

Each change is a message to the public, and mail to subscribers: before it is tried again, the page is asked whether it
says so already.
"""

import json
from dataclasses import asdict
from typing import Any

from incidentio.core.http import Answer
from incidentio.core.vocabulary import STRING
from integrations.asking import ask
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.connections import note_success
from integrations.models import RemoteObject
from integrations.statuspage.account import TARGET, TOOL, connected, hurried, request
from integrations.statuspage.opening import LONGEST_BODY, LONGEST_NAME, body_of, errors_of
from integrations.statuspage.said import (
    COMPONENTS,
    IMPACT,
    IMPACTS,
    OPERATIONAL,
    STATUSES,
    check_public,
    components_of,
    one_of,
    public_incident,
)
from integrations.statuspage.standing import RESOLVED, Said, forget, keep_changed, marked, standing_for
from integrations.told import INCIDENT_PARAM, text_of
from integrations.types import TEMPLATED_TEXT


def _plan_update(doing: Doing, args: Args) -> list[Call]:
    row = _standing(doing, args)
    said = {
        "name": " ".join(text_of(args, "name").split())[:LONGEST_NAME],
        "status": one_of(args, "status", "status of an incident", STATUSES),
        "body": text_of(args, "body")[:LONGEST_BODY],
        "components": components_of(args),
        "impact": one_of(args, "impact", "impact", IMPACTS),
    }
    if not any(said.values()):
        raise StepFailed("Nothing is said: set a status, a message, components, an impact or a name")
    return [_call(doing, row, said)]


def _plan_resolve(doing: Doing, args: Args) -> list[Call]:
    row = _standing(doing, args)
    well_again = dict.fromkeys(row.state.get("components", {}), OPERATIONAL)
    components = well_again | components_of(args)
    said = {"name": "", "status": RESOLVED, "body": text_of(args, "body")[:LONGEST_BODY], "impact": ""}
    return [_call(doing, row, said | {"components": components})]


def _standing(doing: Doing, args: Args) -> RemoteObject:
    incident = public_incident(doing, args)
    connected()
    row = standing_for(incident.id)
    if row is None:
        raise StepFailed(f"{incident.reference} is not on the status page: open it there first")
    return row


def _call(doing: Doing, row: RemoteObject, said: dict[str, Any]) -> Call:
    affected = list(row.state.get("components", {}) | said["components"])
    order = said | {
        "incident_id": row.subject_id,
        "remote_id": row.remote_id,
        "affected": affected if said["components"] else [],
        "by": asdict(doing.actor),
    }
    return Call(TARGET, json.dumps(order, ensure_ascii=False))


def _make(sent: Sent) -> Attempt:
    """Say it once."""
    order, account = json.loads(sent.body), connected()
    check_public(order["incident_id"])
    body = {"incident": body_of(order, sent.key, order["affected"])}
    call = request(account.values, "PATCH", f"/incidents/{order['remote_id']}", body)
    return attempt(TOOL, call, lambda *told: _judge(order, *told), sent.seconds, first=hurried)


def _find(sent: Sent) -> Attempt | None:
    """Whether the page says so already.

    Raises:
        StepFailed: it does not tell.
    """
    order = json.loads(sent.body)
    call = request(connected().values, "GET", f"/incidents/{order['remote_id']}")
    answer = ask(TOOL, call, sent.seconds, first=hurried)
    remote = json_of(answer)
    if answer.status == 404:
        return _gone(order, answer)
    if answer.status != 200 or not isinstance(remote, dict):
        raise StepFailed(f"Statuspage does not show the incident ({answer.status})", permanent=False)
    note_success(TOOL)
    if marked(remote, "key") != sent.key and not _says_so(order, remote):
        return None
    keep_changed(Said.of(order), order["remote_id"])
    return Attempt(Outcome.DONE, remote_id=order["remote_id"], detail={"did": "The status page says so already"})


def _says_so(order: dict[str, Any], remote: dict[str, Any]) -> bool:
    """Whether the latest message on the page is this one."""
    updates = remote.get("incident_updates")
    latest = updates[0] if isinstance(updates, list) and updates and isinstance(updates[0], dict) else {}
    same_status = order["status"] in ("", latest.get("status"))
    return bool(order["body"]) and latest.get("body") == order["body"] and same_status


def _judge(order: dict[str, Any], answer: Answer, told: Any) -> Attempt:
    if answer.status == 200 and isinstance(told, dict) and told.get("id"):
        keep_changed(Said.of(order), order["remote_id"])
        resolved = order["status"] == RESOLVED
        return done(answer, f"{'Resolved' if resolved else 'Told'} it on the status page", order["remote_id"])
    if 200 <= answer.status < 300:
        return Attempt(Outcome.UNKNOWN, "What answers is not Statuspage", answer.status, answer.duration_ms)
    if answer.status == 404:
        return _gone(order, answer)
    return refused(answer, f"Statuspage did not take it{errors_of(told)}")


def _gone(order: dict[str, Any], answer: Answer) -> Attempt:
    forget(order["incident_id"], order["remote_id"])
    return refused(answer, "The incident was deleted on the status page")


UPDATE = Step(
    "statuspage.update",
    "Update an incident on Statuspage",
    (
        INCIDENT_PARAM,
        Param("name", "Name", TEMPLATED_TEXT),
        Param("status", f"Status ({', '.join(STATUSES)})", STRING),
        Param("body", "Message", TEMPLATED_TEXT),
        COMPONENTS,
        IMPACT,
    ),
    plan=_plan_update,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
    public=True,
)
RESOLVE = Step(
    "statuspage.resolve",
    "Resolve an incident on Statuspage",
    (
        INCIDENT_PARAM,
        Param("body", "Message", TEMPLATED_TEXT),
        COMPONENTS,
    ),
    plan=_plan_resolve,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
    public=True,
)
