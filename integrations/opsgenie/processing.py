"""Requests that Opsgenie accepts first and does later: made, and asked after.

A valid request is answered 202 with its ID; what became of it is told at `requests/<ID>`, 404 until it is processed
(docs.opsgenie.com, Alert API, Get Request Status).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from incidentio.core import http
from integrations.asking import Clock
from integrations.base import Attempt, Outcome
from integrations.calling import Request, attempt, done, json_of, note, refused, send
from integrations.opsgenie.account import TOOL, complaint, is_opsgenies, request, throttled

# Most requests are processed within a second or two; a worker is not kept for longer than this.
SETTLE_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.2
REQUEST_ID = "request_id"
NO_ALERT = "Alert does not exist"


@dataclass(frozen=True)
class Processed:
    """What became of a request, in Opsgenie's words."""

    well: bool
    status: str
    alert_id: str


# What a request that failed there means, if not that it is refused.
Excuse = Callable[[str], str]


def none(status: str) -> str:
    """No failure is as good as done."""
    return ""


def do(values: Mapping[str, str], call: Request, did: str, seconds: float, excuse: Excuse = none) -> Attempt:
    """Make the call, and wait within `seconds` for what becomes of it. `did` tells people what is done then. `excuse`
    is asked about a failure there: what it answers is told as done.

    What is not settled in time is done, with a note: it was accepted, and to say it again would only be said twice.
    """
    clock = Clock(seconds)
    result = attempt(TOOL, call, lambda *told: _judge(did, excuse, *told), clock.left, first=throttled)
    request_id = (result.detail or {}).get(REQUEST_ID, "")
    if not request_id:
        return result
    became = _wait(values, request_id, Clock(min(clock.left, SETTLE_SECONDS)))
    if became is None:
        return replace(result, detail={"did": f"{did}: accepted, and not heard of yet what became of it"})
    if became.well:
        return replace(result, remote_id=became.alert_id, detail={"did": did})
    return _failed(result, became.status, excuse)


def _judge(did: str, excuse: Excuse, answer: http.Answer, told: Any) -> Attempt:
    """202 with the request's ID is all that is well. Something else that answers well is not Opsgenie."""
    request_id = told.get("requestId") if isinstance(told, dict) else None
    if answer.status == 202 and isinstance(request_id, str) and request_id:
        return done(answer, did, request_id=request_id)
    if 200 <= answer.status < 300:
        return Attempt(Outcome.UNKNOWN, "What answers is not Opsgenie", answer.status, answer.duration_ms)
    if answer.status == 404 and is_opsgenies(told) and excuse(NO_ALERT):
        return done(answer, excuse(NO_ALERT))
    return refused(answer, f"Opsgenie refused it{complaint(told)}")


def _failed(accepted: Attempt, status: str, excuse: Excuse) -> Attempt:
    if excuse(status):
        return replace(accepted, detail={"did": excuse(status)})
    error = f"Opsgenie accepted it, and did not do it: {status[:500] or 'it does not say why'}"
    result = replace(accepted, outcome=Outcome.REFUSED, error=error, detail=None)
    note(TOOL, result)
    return result


def _wait(values: Mapping[str, str], request_id: str, clock: Clock) -> Processed | None:
    """What became of the request, as soon as Opsgenie tells; None if it does not in time."""
    pause = FIRST_PAUSE_SECONDS
    became = _ask(values, request_id, clock.left)
    while became is None and pause < clock.left:
        time.sleep(pause)
        pause *= 2
        became = _ask(values, request_id, clock.left)
    return became


def _ask(values: Mapping[str, str], request_id: str, seconds: float) -> Processed | None:
    """What became of the request. A key may not be allowed to ask; that is as if nothing were known yet."""
    try:
        answer = send(request(values, "GET", f"/requests/{quote(request_id, safe='')}"), seconds)
    except http.NoAnswer:
        return None
    told = json_of(answer)
    data = told.get("data", told) if isinstance(told, dict) else None
    if answer.status != 200 or not isinstance(data, dict):
        return None
    well = data.get("isSuccess", data.get("success"))
    if not isinstance(well, bool):
        return None
    return Processed(well, str(data.get("status") or ""), str(data.get("alertId") or ""))
