"""What a new installation finds: workflows as drafts, to be read, changed and switched on."""

from collections.abc import Sequence
from typing import Any

from catalog import snapshot
from catalog.models import RoleType
from catalog.snapshot import Snapshot, active
from catalog.words import configuring
from events.actors import Actor
from incidentio.core.ids import new_id
from workflows.models import Workflow
from workflows.triggers import SCHEDULED
from workflows.workflows import WorkflowText, create_workflow

FOLDER = "Shipped with the hub"
REMIND_MINUTES = 30
PAGER_BODY = """{
  "routing_key": "YOUR-INTEGRATION-KEY",
  "event_action": "trigger",
  "dedup_key": {{ incident.reference | json }},
  "payload": {
    "summary": {{ incident.name | json }},
    "source": "incidentio",
    "severity": "critical",
    "custom_details": {"link": {{ incident.url | json }}, "summary": {{ incident.summary | json }}}
  }
}"""
REMINDER = """Nobody has told how **{{ incident.name }}** is going for {{ incident.minutes_since_update }} minutes.

Share an update, even if it says that nothing is new: {{ incident.url }}"""
TO_STAKEHOLDERS = """{{ update.message }}

Severity: {{ incident.severity }}. Status: {{ incident.status }}. Follow along: {{ incident.url }}"""
TO_AGENT = (
    """{{ incident.reference }} was declared from your ticket. You are told of what happens: {{ incident.url }}"""
)


def seed_workflows(actor: Actor) -> int:
    """Give the installation the shipped workflows, unless it ever had a workflow; how many. Safe to repeat."""
    with configuring():
        if Workflow.objects.exists():
            return 0
        texts = _texts(snapshot.current())
        for trigger, text in texts:
            create_workflow(actor, trigger, text)
        return len(texts)


def _texts(words: Snapshot) -> list[tuple[str, WorkflowText]]:
    by_rank = sorted(active(words.severities.values()), key=lambda severity: severity.rank)
    worst, bad = by_rank[-1:], by_rank[-2:][:1]
    leads = [role for role in active(words.roles.values()) if role.role_type == RoleType.LEAD]
    lead = f'incident.role["{leads[0].id}"]' if leads else "incident.reporter"
    return [
        ("incident.updated", _page(worst[0].id if worst else None)),
        (SCHEDULED, _remind(lead)),
        ("incident.status-changed", _summarise(lead)),
        ("incident.update_shared", _tell(bad[0].id if bad else None)),
        ("incident.created", _add_agent()),
    ]


def _page(severity_id: str | None) -> WorkflowText:
    call = _step(
        "webhook.send",
        _literal("https://events.pagerduty.com/v2/enqueue"),
        _literal("POST"),
        _literals("Content-Type: application/json"),
        _literal(PAGER_BODY),
    )
    conditions = [_at_least(severity_id), _asked("incident.status.category", "one_of", "triage", "live")]
    return _text("Page the on-call for critical incidents", conditions, [call], once_for=["incident"])


def _remind(lead: str) -> WorkflowText:
    conditions = [
        _asked("incident.status.category", "one_of", "live"),
        _asked("incident.minutes_since_update", "gte", str(REMIND_MINUTES), many=False),
        _asked(lead, "is_set"),
    ]
    mail = _step("email.send", _many(lead), _literal("{{ incident.reference }}: an update is due"), _literal(REMINDER))
    delay = {"for_seconds": REMIND_MINUTES * 60, "conditions_apply_over_delay": False}
    return _text("Remind the lead of updates", conditions, [mail], delay=delay)


def _summarise(lead: str) -> WorkflowText:
    conditions = [_asked("incident.status.category", "one_of", "closed"), _asked("incident.summary", "is_blank")]
    ask = _step(
        "incident.create_follow_ups",
        _one("incident"),
        _literals("Write what happened into the summary of {{ incident.reference }}"),
        _one(lead),
    )
    return _text("Ask for a summary when an incident closes", conditions, [ask], once_for=["incident"])


def _tell(severity_id: str | None) -> WorkflowText:
    mail = _step(
        "email.send",
        _literals("stakeholders@example.com"),
        _literal("{{ incident.reference }} {{ incident.name }}"),
        _literal(TO_STAKEHOLDERS),
    )
    return _text("Tell stakeholders of updates by e-mail", [_at_least(severity_id)], [mail])


def _add_agent() -> WorkflowText:
    """The mission's example. Which key is Zendesk's only the team knows: the condition is to be narrowed to it."""
    conditions = [_asked("incident.creator.api_key", "is_set"), _asked("incident.reporter", "is_set")]
    steps = [
        _step("incident.subscribe_user_to_incident", _one("incident"), _many("incident.reporter")),
        _step("incident.notify_reporter", _one("incident"), _literal(TO_AGENT)),
    ]
    return _text("Add the Zendesk agent to the incident", conditions, steps, once_for=["incident"])


def _text(
    name: str, conditions: Sequence[dict[str, Any] | None], steps: Sequence[dict[str, Any]], **said: Any
) -> WorkflowText:
    definition: dict[str, Any] = {
        "once_for": [],
        "condition_groups": [{"conditions": [condition for condition in conditions if condition]}],
        "steps": list(steps),
        "expressions": [],
        "runs_on_incidents": "newly_created",
        "runs_on_incident_modes": ["standard"],
        "continue_on_step_error": True,
    }
    return WorkflowText(name=name, folder=FOLDER, definition=definition | said)


def _step(name: str, *bindings: dict[str, Any]) -> dict[str, Any]:
    return {"id": new_id(), "name": name, "param_bindings": list(bindings)}


def _asked(subject: str, operation: str, *literals: str, many: bool = True) -> dict[str, Any]:
    values = [{"literal": literal} for literal in literals]
    bindings = [{"array_value": values}] if many and values else [{"value": value} for value in values]
    return {"subject": subject, "operation": operation, "param_bindings": bindings}


def _at_least(severity_id: str | None) -> dict[str, Any] | None:
    return _asked("incident.severity", "gte", severity_id, many=False) if severity_id else None


def _literal(text: str) -> dict[str, Any]:
    return {"value": {"literal": text}}


def _literals(*texts: str) -> dict[str, Any]:
    return {"array_value": [{"literal": text} for text in texts]}


def _one(reference: str) -> dict[str, Any]:
    return {"value": {"reference": reference}}


def _many(reference: str) -> dict[str, Any]:
    return {"array_value": [{"reference": reference}]}
