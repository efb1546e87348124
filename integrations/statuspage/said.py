"""What Statuspage's steps were told, checked before anything is called."""

import re

from incidentio.core.vocabulary import STRING
from incidents.models import Incident, Visibility
from integrations.base import Args, Doing, Param, StepFailed
from integrations.told import incident_of, text_of

OPEN_STATUSES = ("investigating", "identified", "monitoring")
STATUSES = (*OPEN_STATUSES, "resolved")
IMPACTS = ("none", "minor", "major", "critical")
OPERATIONAL = "operational"
STATES = (OPERATIONAL, "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
COMPONENTS = Param("components", "Components (ID: state, as in ftgks51sfs2d: major_outage)", STRING, array=True)
IMPACT = Param("impact", f"Impact ({', '.join(IMPACTS)})", STRING)
_COMPONENT = re.compile(r"([A-Za-z0-9_-]{1,100})\s*:\s*([a-z_ ]+)")


def public_incident(doing: Doing, args: Args) -> Incident:
    """The incident the step is about, which everybody may know of.

    Raises:
        StepFailed: there is none, or it is private.
    """
    incident = incident_of(doing, args)
    check_public(incident.id)
    return incident


def check_public(incident_id: str) -> None:
    """See that the incident may be told of, as things are now.

    Raises:
        StepFailed: it is private, or gone.
    """
    if not Incident.objects.filter(pk=incident_id, visibility=Visibility.PUBLIC).exists():
        raise StepFailed("A private incident is not told of on a status page")


def one_of(args: Args, name: str, what: str, offered: tuple[str, ...], otherwise: str = "") -> str:
    """What was said for the parameter `name`, as Statuspage spells it; `otherwise` if nothing was.

    Raises:
        StepFailed: it is none of those offered.
    """
    said = text_of(args, name)
    value = said.casefold().replace(" ", "_") or otherwise
    if value and value not in offered:
        raise StepFailed(f"{said[:60]!r} is no {what} on Statuspage; there are {', '.join(offered)}")
    return value


def components_of(args: Args) -> dict[str, str]:
    """The states of components, by their IDs, from texts such as `ftgks51sfs2d: major_outage`.

    Raises:
        StepFailed: one of them says something else.
    """
    said = [part.strip() for text in args.get("components") or () for part in re.split(r"[,;\n]", str(text or ""))]
    components = {}
    for part in filter(None, said):
        match = _COMPONENT.fullmatch(part)
        state = match[2].strip().replace(" ", "_") if match else ""
        if match is None or state not in STATES:
            raise StepFailed(f"{part[:100]!r} is no state of a component; write its ID: one of {', '.join(STATES)}")
        components[match[1]] = state
    return components
