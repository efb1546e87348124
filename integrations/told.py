"""What steps are told, as all tools read it."""

from incidentio.core.ids import is_id
from incidents.models import Incident
from integrations.base import Args, Doing, Param, StepFailed
from integrations.types import INCIDENT

INCIDENT_PARAM = Param("incident", "Incident", INCIDENT)


def text_of(args: Args, name: str) -> str:
    """What was said for the parameter `name`, without space around it; nothing if it was left out."""
    value = args.get(name)
    return "" if value is None else str(value).strip()


def texts_of(args: Args, name: str) -> list[str]:
    """All that was said for the parameter `name`, each once, without what says nothing."""
    texts = [str(value).strip() for value in args.get(name) or () if value is not None]
    return [text for text in dict.fromkeys(texts) if text]


def incident_of(doing: Doing, args: Args) -> Incident:
    """The incident the step is about, as it is now: the one named, else the run's.

    Raises:
        StepFailed: it is about none, or there is no such incident.
    """
    incident_id = text_of(args, INCIDENT_PARAM.name) or doing.incident_id or ""
    if not incident_id:
        raise StepFailed("There is no incident to do this to: this run is about none, and the step names none")
    return known(incident_id)


def known(incident_id: str) -> Incident:
    """The incident as it is now.

    Raises:
        StepFailed: there is no such incident.
    """
    incident = Incident.objects.filter(pk=incident_id).first() if is_id(incident_id) else None
    if incident is None:
        raise StepFailed(f"There is no incident with the ID {incident_id[:100]!r}")
    return incident
