"""Telling Datadog of incidents: events in its stream, beside the graphs (API: POST /api/v1/events)."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from incidentio.core import http
from incidentio.core.vocabulary import STRING
from incidents.links import permalink
from incidents.models import Incident, Visibility
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, refused
from integrations.connections import account_of
from integrations.datadog.client import TOOL, request
from integrations.types import TEMPLATED_TEXT

LONGEST_TITLE, LONGEST_TEXT, LONGEST_TAG, LONGEST_KEY = 500, 4_000, 200, 100
ALERT_TYPES = ("info", "error", "warning", "success", "user_update", "recommendation", "snapshot")
LOOKS_BACK_SECONDS = 3_600
DID = "Posted an event to Datadog"


def _plan(doing: Doing, args: Args) -> list[Call]:
    account_of(TOOL)
    incident = Incident.objects.filter(pk=doing.incident_id or "").first()
    if incident is not None and incident.visibility == Visibility.PRIVATE:
        raise StepFailed("Everybody at Datadog reads its events: nothing of a private incident is told there")
    title = " ".join(str(args.get("title") or "").split())
    if not title:
        raise StepFailed("Title is not set")
    alert_type = str(args.get("alert_type") or "info").strip().lower()
    if alert_type not in ALERT_TYPES:
        raise StepFailed(f"{alert_type[:40]!r} is no type of event; there are {', '.join(ALERT_TYPES)}")
    event = {
        "title": title[:LONGEST_TITLE],
        "text": _text(str(args.get("text") or ""), incident),
        "aggregation_key": f"incident-{doing.incident_id or doing.key}"[:LONGEST_KEY],
        "alert_type": alert_type,
        "tags": [str(tag).strip()[:LONGEST_TAG] for tag in args.get("tags") or () if str(tag or "").strip()],
    }
    return [Call(TOOL, json.dumps({"event": event, "incident_id": doing.incident_id}))]


def _text(said: str, incident: Incident | None) -> str:
    """What was said, and where people find the incident."""
    link = permalink(incident.pk) if incident is not None else ""
    return f"{said.strip()[: LONGEST_TEXT - len(link) - 2]}\n\n{link}".strip() or "-"


def _mark(sent: Sent) -> str:
    """The tag our event is found by; Datadog's tags are lower case."""
    return f"incidentio_call:{sent.key}".lower()


def _make(sent: Sent) -> Attempt:
    call = json.loads(sent.body)
    if Incident.objects.filter(pk=call["incident_id"] or "", visibility=Visibility.PRIVATE).exists():
        return Attempt(Outcome.REFUSED, "The incident is private now: nothing of it is told to Datadog")
    event = call["event"] | {"tags": [*call["event"]["tags"], _mark(sent)]}

    def judge(answer: http.Answer, told: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, "Datadog refused the event")
        made = told.get("event") if isinstance(told, dict) else None
        if not isinstance(made, dict):
            return Attempt(Outcome.UNKNOWN, "What answered is not Datadog", status=answer.status)
        return done(answer, DID, str(made.get("id_str") or made.get("id") or ""))

    return attempt(TOOL, request(account_of(TOOL), "POST", "/api/v1/events", event), judge, sent.seconds)


def _find(sent: Sent) -> Attempt | None:
    """Our event among those of the last hour; without an application key nobody can look, and a person decides."""
    account = account_of(TOOL)
    if not account["application_key"]:
        return Attempt(Outcome.REFUSED, "Whether the event arrived cannot be seen without an application key")
    now = int(time.time())
    query = {"start": now - LOOKS_BACK_SECONDS, "end": now + 60, "tags": _mark(sent), "unaggregated": "true"}
    asked = request(account, "GET", f"/api/v1/events?{urlencode(query)}")
    headers: Mapping[str, str] = {**asked.headers, "dd-application-key": account["application_key"]}
    found: list[Attempt] = []

    def judge(answer: http.Answer, told: Any) -> Attempt:
        events = told.get("events") if isinstance(told, dict) else None
        if answer.status != 200 or not isinstance(events, list):
            return refused(answer, "Whether the event arrived cannot be seen")
        mine = [one for one in events if isinstance(one, dict) and _mark(sent) in (one.get("tags") or ())]
        result = done(answer, DID, str(mine[0].get("id", "")) if mine else "")
        found.extend([result] if mine else [])
        return result

    result = attempt(TOOL, type(asked)(asked.method, asked.url, headers), judge, sent.seconds)
    if result.outcome == Outcome.DONE:
        return found[0] if found else None
    return result


POST_EVENT = Step(
    "datadog.post_event",
    "Post an event to Datadog",
    (
        Param("title", "Title", TEMPLATED_TEXT, required=True),
        Param("text", "Text", TEMPLATED_TEXT),
        Param("alert_type", "Type of event (info, warning, error, success)", STRING),
        Param("tags", "Tags", STRING, array=True),
    ),
    plan=_plan,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
