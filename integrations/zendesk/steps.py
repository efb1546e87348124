"""Writing back to the ticket that an incident came from."""

import json
from typing import Any

from incidentio.core import http
from incidentio.core.vocabulary import STRING
from incidents.models import Alert, Incident, Visibility
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.calling import attempt, done, refused
from integrations.connections import account_of
from integrations.types import BOOL, TEMPLATED_TEXT
from integrations.zendesk.client import TOOL, request, ticket_path
from integrations.zendesk.inbound import SOURCE_TYPE, key_of

LONGEST_COMMENT = 60_000  # Zendesk takes 65,535 characters
_TRUE = (True, "true", "True")


def _plan(doing: Doing, args: Args) -> list[Call]:
    account_of(TOOL)
    message = str(args.get("message") or "").strip()
    if not message:
        raise StepFailed("Message is not set")
    public = args.get("public") in _TRUE
    if public and _is_private(doing.incident_id):
        raise StepFailed("Of a private incident only internal notes are written, no answers to the requester")
    body = {"message": message[:LONGEST_COMMENT], "public": public, "incident_id": doing.incident_id}
    tickets = _tickets(doing.incident_id, str(args.get("ticket") or "").strip())
    return [Call(TOOL, json.dumps({"ticket_id": ticket_id} | body)) for ticket_id in tickets]


def _tickets(incident_id: str | None, said: str) -> list[str]:
    """The ticket that was named, else those that the incident's alerts are of."""
    if said:
        number = said.removeprefix(key_of("")).lstrip("#")
        if not (number.isascii() and number.isdecimal()):
            raise StepFailed(f"{said[:60]!r} is no number of a ticket")
        return [number]
    alerts = Alert.objects.filter(incident_alerts__incident_id=incident_id, alert_source__source_type=SOURCE_TYPE)
    keys = alerts.order_by("id").values_list("deduplication_key", flat=True)
    tickets = [key.removeprefix(key_of("")) for key in keys if key.startswith(key_of(""))]
    if not tickets:
        raise StepFailed("The incident came from no ticket of Zendesk's, and the step names none")
    return list(dict.fromkeys(tickets))


def _is_private(incident_id: str | None) -> bool:
    return Incident.objects.filter(pk=incident_id or "", visibility=Visibility.PRIVATE).exists()


def _marker(key: str) -> str:
    """What our comment is known by."""
    return f"[incident hub: {key}]"


def _make(sent: Sent) -> Attempt:
    """Add the comment, by an update of the ticket: there is no call for comments alone."""
    call = json.loads(sent.body)
    if call["public"] and _is_private(call["incident_id"]):
        return Attempt(Outcome.REFUSED, "The incident is private now: nothing is told to the requester")
    comment = {"body": f"{call['message']}\n\n{_marker(sent.key)}", "public": call["public"]}
    path = f"{ticket_path(call['ticket_id'])}.json"
    update = request(account_of(TOOL), "PUT", path, {"ticket": {"comment": comment}})

    def judge(answer: http.Answer, told: Any) -> Attempt:
        if answer.status == 409:  # somebody else changed the ticket at the same time
            return Attempt(Outcome.FAILED, "The ticket was being changed (409)", status=409)
        if answer.status == 404:
            return refused(answer, f"There is no ticket {call['ticket_id']}, or the account may not see it")
        if answer.status == 422:
            return refused(answer, f"Zendesk does not change ticket {call['ticket_id']}; closed ones are not changed")
        if not 200 <= answer.status < 300:
            return refused(answer, "Zendesk refused the comment")
        if not isinstance(told, dict) or "ticket" not in told:
            return Attempt(Outcome.UNKNOWN, "What answered is not Zendesk", status=answer.status)
        return done(answer, _did(call), _audit_id(told))

    return attempt(TOOL, update, judge, sent.seconds)


def _did(call: dict[str, Any]) -> str:
    return f"Wrote {'an answer' if call['public'] else 'an internal note'} on ticket {call['ticket_id']} of Zendesk"


def _audit_id(told: dict[str, Any]) -> str:
    audit = told.get("audit")
    return str(audit.get("id", "")) if isinstance(audit, dict) else ""


def _find(sent: Sent) -> Attempt | None:
    """Our comment among the latest of the ticket; without an answer to that nothing is written."""
    call = json.loads(sent.body)
    path = f"{ticket_path(call['ticket_id'])}/comments.json?sort=-created_at&page[size]=100"
    found: list[Attempt] = []

    def judge(answer: http.Answer, told: Any) -> Attempt:
        comments = told.get("comments") if isinstance(told, dict) else None
        if answer.status != 200 or not isinstance(comments, list):
            return refused(answer, "Whether the comment was written cannot be seen")
        mine = [one for one in comments if isinstance(one, dict) and _marker(sent.key) in str(one.get("body"))]
        result = done(answer, _did(call), str(mine[0].get("id", "")) if mine else "")
        found.extend([result] if mine else [])
        return result

    result = attempt(TOOL, request(account_of(TOOL), "GET", path), judge, sent.seconds)
    if result.outcome == Outcome.DONE:
        return found[0] if found else None
    return result


COMMENT = Step(
    "zendesk.comment",
    "Write on the Zendesk ticket",
    (
        Param("message", "Message", TEMPLATED_TEXT, required=True),
        Param("public", "Answer to the requester (else an internal note)", BOOL),
        Param("ticket", "Ticket (else that of the incident's alert)", STRING),
    ),
    plan=_plan,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
    public=True,
)
