"""Telling everybody who follows an incident how it goes."""

from incidents.sharing import share_update
from integrations.base import Args, Doing, Param, Step
from integrations.types import SEVERITY, STATUS, TEMPLATED_TEXT
from workflows.steps.arguments import INCIDENT_PARAM, incident_id_of, text_of, word


def _post(doing: Doing, args: Args) -> str:
    status, severity = text_of(args, "status"), text_of(args, "severity")
    shared = share_update(
        doing.actor,
        incident_id_of(doing, args),
        doing.words,
        idempotency_key=doing.key,
        message=text_of(args, "message"),
        incident_status_id=word(doing.words.statuses, status, "status").id if status else None,
        severity_id=word(doing.words.severities, severity, "severity").id if severity else None,
    )
    return "Shared an update before" if shared.replayed else "Shared an update"


POST = Step(
    "incident.post_update",
    "Share an update",
    (
        INCIDENT_PARAM,
        Param("message", "Message", TEMPLATED_TEXT),
        Param("status", "Status", STATUS),
        Param("severity", "Severity", SEVERITY),
    ),
    do=_post,
)
