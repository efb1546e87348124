"""Paging by PagerDuty's Events API v2: an alert per incident of the hub, triggered, acknowledged and resolved.

Its `dedup_key` is the incident's id: as long as the alert is open, whatever is sent again changes that one alert.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from accounts.models import User
from incidentio.core.http import Answer
from incidentio.core.vocabulary import STRING
from incidents.links import permalink
from incidents.models import Incident
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Sent, Step, StepFailed
from integrations.calling import attempt, done, refused
from integrations.pagerduty.account import EVENTS, TOOL, account_with, event_request
from integrations.pagerduty.said import is_private, shortened, wordless
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.types import ESCALATION_PATH, TEMPLATED_TEXT, USER

# What PagerDuty makes of an event's severity, where the urgency of a service follows it.
SEVERITIES = {"high": "critical", "low": "warning"}
KNOWN_SEVERITIES = ("critical", "error", "warning", "info")


def _plan_page(doing: Doing, args: Args) -> list[Call]:
    incident = incident_of(doing, args)
    return [_page(incident, text_of(args, "message"), _severity(text_of(args, "urgency")))]


def _plan_escalation(doing: Doing, args: Args) -> list[Call]:
    incident, people = incident_of(doing, args), [str(pk) for pk in args.get("users") or ()]
    names = list(User.objects.filter(pk__in=people, is_active=True).order_by("name").values_list("name", flat=True))
    wanted = f"{incident.reference} {incident.name} (asked for: {', '.join(names)})" if names else ""
    return [_page(incident, wanted, SEVERITIES["high"])]


def _severity(urgency: str) -> str:
    said = urgency.casefold() or "high"
    if said not in SEVERITIES and said not in KNOWN_SEVERITIES:
        known = ", ".join((*SEVERITIES, *KNOWN_SEVERITIES))
        raise StepFailed(f"{urgency[:60]!r} is no urgency of PagerDuty's; there are {known}")
    return SEVERITIES.get(said, said)


def _page(incident: Incident, message: str, severity: str) -> Call:
    account_with("routing_key")
    private = is_private(incident.id)
    words = wordless(incident.reference) if private else message or f"{incident.reference} {incident.name}"
    details = {"incident": incident.reference}
    if not private:
        details |= {"name": incident.name, "summary": incident.summary[:10_000]}
    event = {
        "event_action": "trigger",
        "dedup_key": incident.id,
        "client": "incidentio",
        "client_url": permalink(incident.pk),
        "links": [{"href": permalink(incident.pk), "text": incident.reference}],
        "payload": {
            "summary": shortened(words),
            "source": "incidentio",
            "severity": severity,
            "custom_details": details,
        },
    }
    return Call(EVENTS, json.dumps(event, ensure_ascii=False))


def _plan_change(action: str) -> Callable[[Doing, Args], Sequence[Call]]:
    def plan(doing: Doing, args: Args) -> list[Call]:
        incident = incident_of(doing, args)
        account_with("routing_key")
        return [Call(EVENTS, json.dumps({"event_action": action, "dedup_key": incident.id}))]

    return plan


def make(sent: Sent) -> Attempt:
    """Send one event. What became private since it was written is told without its words."""
    account, event = account_with("routing_key"), json.loads(sent.body)
    if "payload" in event and is_private(event["dedup_key"]):
        _take_words(event)
    return attempt(TOOL, event_request(account, event), lambda *told: _judge(event, *told), sent.seconds)


def _take_words(event: dict[str, Any]) -> None:
    reference = event["payload"]["custom_details"]["incident"]
    event["payload"] |= {"summary": wordless(reference), "custom_details": {"incident": reference}}


def _judge(event: dict[str, Any], answer: Answer, told: Any) -> Attempt:
    """202 with `status: success` is all that is well (Events API v2, response codes). Something else that answers well
    is not PagerDuty: nobody knows whether somebody was paged, and it is safe to say it again.
    """
    if 200 <= answer.status < 300:
        if isinstance(told, dict) and told.get("status") == "success":
            return done(answer, _DID[event["event_action"]], str(told.get("dedup_key") or event["dedup_key"]))
        return Attempt(Outcome.UNKNOWN, "What answers is not PagerDuty", answer.status, answer.duration_ms)
    return refused(answer, f"PagerDuty refused the event{_errors(told)}")


def _errors(told: Any) -> str:
    said = told if isinstance(told, dict) else {}
    errors = said["errors"] if isinstance(said.get("errors"), list) else []
    lines = [str(line) for line in errors or [said.get("message")] if line]
    return f": {'; '.join(lines)[:500]}" if lines else ""


_DID = {
    "trigger": "Paged by PagerDuty",
    "acknowledge": "Acknowledged the alert at PagerDuty",
    "resolve": "Resolved the alert at PagerDuty",
}
PAGE = Step(
    "pagerduty.escalate",
    "Escalate in PagerDuty",
    (
        INCIDENT_PARAM,
        Param("message", "Message", TEMPLATED_TEXT),
        Param("urgency", f"Urgency ({', '.join((*SEVERITIES, *KNOWN_SEVERITIES))})", STRING),
    ),
    plan=_plan_page,
    make=make,
)
ACKNOWLEDGE = Step(
    "pagerduty.acknowledge",
    "Acknowledge in PagerDuty",
    (INCIDENT_PARAM,),
    plan=_plan_change("acknowledge"),
    make=make,
)
RESOLVE = Step("pagerduty.resolve", "Resolve in PagerDuty", (INCIDENT_PARAM,), plan=_plan_change("resolve"), make=make)
# The hub has no on-call of its own: who is paged, and who next, are the escalation policies of PagerDuty.
ESCALATE = Step(
    "escalate",
    "Escalate",
    (
        INCIDENT_PARAM,
        Param("escalation_path", "Escalation path", ESCALATION_PATH),
        Param("users", "User(s)", USER, array=True),
    ),
    plan=_plan_escalation,
    make=make,
)
