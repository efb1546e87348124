"""Incidents at PagerDuty, made by its REST API: on a service, and for one incident of the hub one that is open.

Their `incident_key` is the incident's id: while one with that key is open on a service, PagerDuty answers 400 to a
second (REST API, Incident Creation API). Then that one is looked up, and stands for the incident.
"""

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from django.db import transaction

from events.actors import Actor
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.http import Answer
from incidentio.core.vocabulary import STRING
from incidents.attachments import Resource, attach
from incidents.links import permalink
from incidents.models import ResourceType
from integrations.asking import Clock, ask
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, Step, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.connections import Account
from integrations.models import RemoteObject
from integrations.pagerduty.account import REST, TOOL, account_with, rest_request
from integrations.pagerduty.said import is_private, shortened, wordless
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.types import TEMPLATED_TEXT

KIND = "incident"
URGENCIES = ("high", "low")
OPEN = ("triggered", "acknowledged")
OPEN_ALREADY = "matching dedup key already exists"


def _plan(doing: Doing, args: Args) -> list[Call]:
    incident, account = incident_of(doing, args), account_with("api_token", "from_email")
    service = text_of(args, "service") or account["service_id"]
    if not service:
        raise StepFailed("Name a service of PagerDuty's, in the step or in the connection")
    urgency = text_of(args, "urgency").casefold()
    if urgency and urgency not in URGENCIES:
        raise StepFailed(f"{urgency[:60]!r} is no urgency of PagerDuty's incidents; there are {', '.join(URGENCIES)}")
    order = {
        "incident_id": incident.id,
        "reference": incident.reference,
        "title": text_of(args, "title") or f"{incident.reference} {incident.name}",
        "details": "\n\n".join(text for text in (incident.summary, permalink(incident.pk)) if text),
        "link": permalink(incident.pk),
        "service": service,
        "escalation_policy": text_of(args, "escalation_policy"),
        "urgency": urgency,
        "by": asdict(doing.actor),
    }
    if is_private(incident.id):
        order |= _wordless(order)
    return [Call(REST, json.dumps(order, ensure_ascii=False))]


def _wordless(order: dict[str, Any]) -> dict[str, Any]:
    return {"title": wordless(order["reference"]), "details": order["link"]}


def _make(sent: Sent) -> Attempt:
    """Make the incident, or find that it is open, and write down that it stands for the hub's."""
    order, account, clock = json.loads(sent.body), account_with("api_token", "from_email"), Clock(sent.seconds)
    if is_private(order["incident_id"]):
        order |= _wordless(order)
    request = rest_request(account, "POST", "/incidents", body={"incident": _body(order)})
    result = attempt(TOOL, request, _judge, clock.left)
    if result.outcome is Outcome.REFUSED and OPEN_ALREADY in result.answer:
        result = _open_one(account, order, clock.left)
    if result.outcome is Outcome.DONE:
        _keep(order, result)
    return result


def _body(order: dict[str, Any]) -> dict[str, Any]:
    body = {
        "type": "incident",
        "title": shortened(order["title"]),
        "service": {"id": order["service"], "type": "service_reference"},
        "incident_key": order["incident_id"],
        "body": {"type": "incident_body", "details": order["details"][:10_000]},
    }
    if order["urgency"]:
        body["urgency"] = order["urgency"]
    if order["escalation_policy"]:
        body["escalation_policy"] = {"id": order["escalation_policy"], "type": "escalation_policy_reference"}
    return body


def _judge(answer: Answer, told: Any) -> Attempt:
    made = told.get("incident") if isinstance(told, dict) else None
    if answer.status == 201 and isinstance(made, dict) and made.get("id"):
        return _stands(answer, made, "Made an incident at PagerDuty")
    if 200 <= answer.status < 300:
        return Attempt(Outcome.UNKNOWN, "What answers is not PagerDuty", answer.status, answer.duration_ms)
    return refused(answer, f"PagerDuty made no incident{_errors(told)}")


def _stands(answer: Answer, remote: dict[str, Any], did: str) -> Attempt:
    return done(answer, did, str(remote["id"]), url=str(remote.get("html_url") or ""))


def _errors(told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return ""
    lines = error["errors"] if isinstance(error.get("errors"), list) else []
    said = "; ".join(str(line) for line in lines or [error.get("message")] if line)
    return f": {said[:500]}" if said else ""


def _open_one(account: Account, order: dict[str, Any], seconds: float) -> Attempt:
    """The incident that is open with our key, as PagerDuty said."""
    query = [("incident_key", order["incident_id"]), ("service_ids[]", order["service"])]
    query += [("statuses[]", status) for status in OPEN]
    answer = ask(TOOL, rest_request(account, "GET", "/incidents", query=query), seconds)
    told = json_of(answer)
    rows = told.get("incidents") if isinstance(told, dict) else None
    found = [row for row in rows or [] if isinstance(row, dict) and row.get("incident_key") == order["incident_id"]]
    if not found:
        raise StepFailed("PagerDuty says that an incident is open, and does not show it", permanent=False)
    return _stands(answer, found[0], "An incident is open at PagerDuty already")


def _keep(order: dict[str, Any], result: Attempt) -> None:
    """Write down which incident stands for the hub's, and show it there. Safe to repeat."""
    url = (result.detail or {}).get("url", "")
    resource = {"url": url} if url.startswith("https://") else {"external_id": result.remote_id}
    with transaction.atomic():
        with suppress(NotFound, Invalid):  # it is there, whatever became of the hub's
            attach(Actor(**order["by"]), order["incident_id"], Resource(ResourceType.PAGER_DUTY_INCIDENT, **resource))
        RemoteObject.objects.update_or_create(
            tool=TOOL,
            kind=KIND,
            subject_type="incident",
            subject_id=order["incident_id"],
            defaults={"remote_id": result.remote_id, "url": url, "state": {"service": order["service"]}},
        )


CREATE = Step(
    "pagerduty.create_incident",
    "Create an incident in PagerDuty",
    (
        INCIDENT_PARAM,
        Param("title", "Title", TEMPLATED_TEXT),
        Param("service", "Service (its ID)", STRING),
        Param("escalation_policy", "Escalation policy (its ID)", STRING),
        Param("urgency", f"Urgency ({', '.join(URGENCIES)})", STRING),
    ),
    plan=_plan,
    make=_make,
)
