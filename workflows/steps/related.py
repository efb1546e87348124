"""Declaring an incident that has to do with another one."""

from catalog.models import IncidentType, StatusCategory
from incidents.declare import Report, declare
from incidents.lifecycle import starting_status
from incidents.memberships import grant
from incidents.models import Incident, Membership, Mode, Visibility
from incidents.relating import relate
from integrations.base import Args, Doing, Param, Step, StepFailed
from integrations.types import SEVERITY, TEMPLATED_TEXT, TYPE
from workflows.steps.arguments import INCIDENT_PARAM, incident_of, text_of, word
from workflows.steps.words import LONGEST_NAME


def _declare_related(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    declared = declare(doing.actor, _report(doing, args, incident), doing.words)
    relate(doing.actor, incident.id, declared.incident_id)
    made = Incident.objects.get(pk=declared.incident_id)
    if made.visibility == Visibility.PRIVATE:  # whoever may see the one may see the other
        for user_id in Membership.objects.filter(incident=incident).values_list("user_id", flat=True):
            grant(doing.actor, made.id, user_id)
    return f"Declared {made.reference}: {made.name}"


def _report(doing: Doing, args: Args, incident: Incident) -> Report:
    name = " ".join(text_of(args, "name").split())
    if len(name) > LONGEST_NAME:
        raise StepFailed(f"A name may have {LONGEST_NAME} characters; this one has {len(name)}")
    said = text_of(args, "incident_type")
    kind = word(doing.words.types, said, "incident type") if said else doing.words.default_type
    mode = Mode.STANDARD if incident.mode == Mode.RETROSPECTIVE else incident.mode
    return Report(
        idempotency_key=doing.key,
        visibility=incident.visibility,
        name=name,
        summary=text_of(args, "summary"),
        mode=mode,
        severity_id=_severity_id(doing, text_of(args, "severity"), kind, incident, mode),
        incident_type_id=kind.id if kind is not None else None,
    )


def _severity_id(doing: Doing, said: str, kind: IncidentType | None, incident: Incident, mode: str) -> str | None:
    """What was said; else that of the incident, unless the new one starts in triage, where there may be none."""
    if said:
        return word(doing.words.severities, said, "severity").id
    starts_in = starting_status(doing.words, kind, None, mode)
    return None if starts_in.category == StatusCategory.TRIAGE else incident.severity_id


DECLARE_RELATED = Step(
    "incident.declare_related",
    "Declare a related incident",
    (
        INCIDENT_PARAM,
        Param("name", "Name", TEMPLATED_TEXT),
        Param("summary", "Summary", TEMPLATED_TEXT),
        Param("severity", "Severity", SEVERITY),
        Param("incident_type", "Incident type", TYPE),
    ),
    do=_declare_related,
)
