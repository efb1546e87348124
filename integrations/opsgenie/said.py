"""What may be told of an incident at Opsgenie, and how much of it."""

from collections.abc import Mapping
from typing import Any

from incidents.models import Incident, Visibility
from integrations.base import Args, Doing, StepFailed
from integrations.told import incident_of
from integrations.tracking import PRIVATE_TOO

SOURCE = "incidentio"
BY_ALIAS = {"identifierType": "alias"}


def told_incident(doing: Doing, args: Args) -> Incident:
    """The incident the step is about.

    Raises:
        StepFailed: there is none, or it is a private one that was not asked for.
    """
    incident = incident_of(doing, args)
    check_told({"incident_id": incident.id, "private_too": bool(args.get(PRIVATE_TOO.name))})
    return incident


def check_told(order: Mapping[str, Any]) -> None:
    """Check that the incident of an order may be told of, as things are now.

    Raises:
        StepFailed: it is private, and the order does not say that private ones are told of, too.
    """
    public = Incident.objects.filter(pk=order["incident_id"], visibility=Visibility.PUBLIC)
    if not order["private_too"] and not public.exists():
        raise StepFailed("The incident is private, and this step does not say that private ones are told of, too")


def shortened(text: str, longest: int) -> str:
    """`text` on one line of at most so many characters; that it went on is shown."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
