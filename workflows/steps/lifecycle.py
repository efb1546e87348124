"""Where an incident stands: accepting and declining it, its status and its severity."""

from catalog.models import IncidentStatus, StatusCategory
from incidents.edit import Edit, edit_incident
from integrations.base import Args, Doing, Param, Step, StepFailed
from integrations.types import SEVERITY, STATUS
from workflows.steps.arguments import INCIDENT_PARAM, incident_of, needed, word

_STATUS = Param("status", "Status", STATUS, required=True)
_SEVERITY = Param("severity", "Severity", SEVERITY, required=True)


def _accept(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    status = doing.words.statuses[incident.incident_status_id]
    if status.category != StatusCategory.TRIAGE:
        return f"{incident.reference} is not in triage any more: it is {status.name}"
    live = _first(doing, StatusCategory.LIVE)
    edit_incident(doing.actor, incident.id, Edit(incident_status_id=live.id), doing.words)
    return f"Accepted {incident.reference}: it is {live.name} now"


def _decline(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    status = doing.words.statuses[incident.incident_status_id]
    if status.category == StatusCategory.DECLINED:
        return f"{incident.reference} is {status.name} already"
    declined = _first(doing, StatusCategory.DECLINED)
    edit_incident(doing.actor, incident.id, Edit(incident_status_id=declined.id), doing.words)
    return f"Declined {incident.reference}"


def _first(doing: Doing, category: StatusCategory) -> IncidentStatus:
    statuses = doing.words.statuses_in(category)
    if not statuses:
        raise StepFailed(f"There is no status of the category {category.label!r}")
    return statuses[0]


def _set_status(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    status = word(doing.words.statuses, needed(args, _STATUS), "status")
    if status.id == incident.incident_status_id:
        return f"The status is {status.name} already"
    edit_incident(doing.actor, incident.id, Edit(incident_status_id=status.id), doing.words)
    return f"Set the status to {status.name}"


def _set_severity(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    severity = word(doing.words.severities, needed(args, _SEVERITY), "severity")
    if severity.id == incident.severity_id:
        return f"The severity is {severity.name} already"
    edit_incident(doing.actor, incident.id, Edit(severity_id=severity.id), doing.words)
    return f"Set the severity to {severity.name}"


ACCEPT = Step("incident.accept", "Accept incident", (INCIDENT_PARAM,), do=_accept)
DECLINE = Step("incident.decline", "Decline incident", (INCIDENT_PARAM,), do=_decline)
SET_SEVERITY = Step("incident.set_severity", "Set severity", (INCIDENT_PARAM, _SEVERITY), do=_set_severity)
SET_STATUS = Step("incident.set_status", "Set status", (INCIDENT_PARAM, _STATUS), do=_set_status)
