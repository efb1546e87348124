"""Notes on the alert that stands for an incident at Opsgenie.

Opsgenie has no key by which it would know a note again: before one is sent again, the notes of the alert are looked
through for its mark (docs.opsgenie.com, Alert API, List Alert Notes). Where that is not to be asked, a person decides.
"""

import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from incidentio.core import http
from incidentio.core.times import rfc3339
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, refused
from integrations.connections import account_of
from integrations.opsgenie.account import TOOL, complaint, request, throttled
from integrations.opsgenie.processing import do
from integrations.opsgenie.said import BY_ALIAS, SOURCE, check_told, told_incident
from integrations.told import INCIDENT_PARAM, text_of
from integrations.tracking import PRIVATE_TOO
from integrations.types import TEMPLATED_TEXT

LONGEST_NOTE = 25_000
DID = "Added a note to the alert at Opsgenie"
# A note is shown once its request is processed; before that, not finding it says nothing.
SETTLE_SECONDS = 15.0
MOST_NOTES = "100"


def _plan(doing: Doing, args: Args) -> list[Call]:
    incident = told_incident(doing, args)
    account_of(TOOL)
    note = text_of(args, "note")
    if not note:
        raise StepFailed("Note is not set")
    order = {
        "incident_id": incident.id,
        "note": note,
        "private_too": bool(args.get(PRIVATE_TOO.name)),
        "planned_at": rfc3339(timezone.now()),
    }
    return [Call(TOOL, json.dumps(order, ensure_ascii=False))]


def _mark(key: str) -> str:
    """What our note is known by."""
    return f"[incident hub: {key}]"


def _path(order: dict[str, Any]) -> str:
    return f"/{order['incident_id']}/notes"


def _make(sent: Sent) -> Attempt:
    """Add the note, whether or not the alert is acknowledged; one that is closed has no alias any more."""
    order, values = json.loads(sent.body), account_of(TOOL).values
    check_told(order)
    end = f"\n\n{_mark(sent.key)}"
    body = {"note": order["note"][: LONGEST_NOTE - len(end)] + end, "source": SOURCE}
    return do(values, request(values, "POST", _path(order), body, query=BY_ALIAS), DID, sent.seconds)


def _find(sent: Sent) -> Attempt | None:
    """Our note among the latest of the alert.

    Raises:
        StepFailed: it may not be shown yet.
    """
    order = json.loads(sent.body)
    wait = SETTLE_SECONDS - (timezone.now() - datetime.fromisoformat(order["planned_at"])).total_seconds()
    if wait > 0:
        raise StepFailed("Opsgenie may have the note, and not show it yet", permanent=False, wait_seconds=wait)
    query = BY_ALIAS | {"limit": MOST_NOTES, "order": "desc"}
    call = request(account_of(TOOL).values, "GET", _path(order), query=query)
    found = attempt(TOOL, call, lambda *told: _judge(_mark(sent.key), *told), sent.seconds, first=throttled)
    return None if found.outcome is Outcome.DONE and found.detail is None else found


def _judge(mark: str, answer: http.Answer, told: Any) -> Attempt:
    """That the note is there, or surely is not: then there is no detail to tell."""
    notes = told.get("data") if isinstance(told, dict) else None
    if answer.status != 200 or not isinstance(notes, list):
        return refused(answer, f"Whether the note was added cannot be seen{complaint(told)}")
    if any(isinstance(one, dict) and mark in str(one.get("note")) for one in notes):
        return done(answer, DID)
    return Attempt(Outcome.DONE, status=answer.status, duration_ms=answer.duration_ms)


ADD = Step(
    "opsgenie.add_note",
    "Add a note to the alert in Opsgenie",
    (INCIDENT_PARAM, Param("note", "Note", TEMPLATED_TEXT, required=True), PRIVATE_TOO),
    plan=_plan,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
