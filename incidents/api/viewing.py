"""Who looks, and finding the incident a request speaks of: what the caller may not know of does not exist."""

import re

from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.ids import is_id
from incidents.models import Incident
from incidents.visibility import Viewer, visible_to

NUMBER = re.compile("[1-9][0-9]{0,17}")


def viewer_of(request: Request) -> Viewer:
    """The calling key as one who looks."""
    return Viewer(sees_private=caller_of(request).sees_private)


def find_incident(viewer: Viewer, named: str) -> str:
    """The id of the incident a path names, by its id or its bare number (API behaviour, section 4).

    Raises:
        NotFound: there is none that `viewer` may know of.
    """
    rows = Incident.objects.filter(visible_to(viewer))
    if is_id(named):
        rows = rows.filter(pk=named)
    elif NUMBER.fullmatch(named):
        rows = rows.filter(number=int(named))
    else:
        raise NotFound("incident")
    found: str | None = rows.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("incident")
    return found


def check_parent_in_query(viewer: Viewer, incident_id: str) -> None:
    """Raise `NotFound` unless there is an incident with this id that `viewer` may know of."""
    if not _exists(viewer, incident_id):
        raise NotFound("incident", "incident_id")


def check_parent_in_body(viewer: Viewer, incident_id: str) -> None:
    """Raise `Invalid` unless there is an incident with this id that `viewer` may know of."""
    if not _exists(viewer, incident_id):
        raise Invalid("not_found", f"There is no incident with the ID {incident_id!r}", "incident_id")


def _exists(viewer: Viewer, incident_id: str) -> bool:
    return is_id(incident_id) and Incident.objects.filter(visible_to(viewer), pk=incident_id).exists()
