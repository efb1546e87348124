"""What PagerDuty's steps were told, and what may be told of an incident there."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from events.actors import Actor
from incidentio.core.ids import is_id
from incidents.models import Incident, Visibility
from integrations.base import Args, Doing, Param, StepFailed
from integrations.types import INCIDENT

INCIDENT_PARAM = Param("incident", "Incident", INCIDENT)
LONGEST_SUMMARY = 1_024  # of an event; of the title of an incident, too


def text_of(args: Args, name: str) -> str:
    """What was said for the parameter `name`, without space around it; nothing if it was left out."""
    value = args.get(name)
    return "" if value is None else str(value).strip()


def incident_of(doing: Doing, args: Args) -> Incident:
    """The incident the step is about, as it is now: the one named, else the run's.

    Raises:
        StepFailed: there is none.
    """
    incident_id = text_of(args, INCIDENT_PARAM.name) or doing.incident_id or ""
    incident = Incident.objects.filter(pk=incident_id).first() if is_id(incident_id) else None
    if incident is None:
        raise StepFailed("There is no incident to do this to")
    return incident


def link_to(incident: Incident) -> str:
    """Where people find the incident."""
    return f"{settings.PUBLIC_URL}/incidents/{incident.id}"


def is_private(incident_id: str) -> bool:
    """Whether only its members may know of the incident, as things are now."""
    return not Incident.objects.filter(pk=incident_id, visibility=Visibility.PUBLIC).exists()


def wordless(reference: str) -> str:
    """What is said of a private incident: whoever is paged may not be one of its members."""
    return f"{reference}: a private incident needs somebody"


def shortened(text: str) -> str:
    """`text` on one line, no longer than PagerDuty takes."""
    return " ".join(text.split())[:LONGEST_SUMMARY]


def told_by(actor: Actor) -> dict[str, Any]:
    """The doer, to be kept with a call."""
    return {"kind": actor.kind, "id": actor.id, "label": actor.label, "cause": actor.cause}


def teller(told: Mapping[str, Any]) -> Actor:
    """The doer that was kept with a call."""
    return Actor(**told)
