"""A run tells of no private incident but its own: what its steps say and do is read by whoever may see the run."""

from collections.abc import Sequence

from incidentio.core.ids import is_id
from incidents.models import FollowUp, Incident, Visibility
from integrations.base import Args, Param, StepFailed
from integrations.types import FOLLOW_UP, INCIDENT

OTHERS = (
    "This step names a private incident that the run is not about, and whoever may see the run could read of it: "
    "start the workflow for that incident instead"
)


def check_discreet(params: Sequence[Param], args: Args, incident_id: str | None) -> None:
    """Refuse to tell a step of the run about `incident_id` (None: about none) of another incident that is private.

    Raises:
        StepFailed: a parameter names one, or a follow-up of one.
    """
    incidents, work = _named(params, args, INCIDENT), _named(params, args, FOLLOW_UP)
    if work:
        incidents |= set(FollowUp.objects.filter(pk__in=work).values_list("incident", flat=True))
    others = incidents - {incident_id}
    if others and Incident.objects.filter(pk__in=others, visibility=Visibility.PRIVATE).exists():
        raise StepFailed(OTHERS)


def _named(params: Sequence[Param], args: Args, kind: str) -> set[str | None]:
    """The IDs that parameters of this type were given."""
    given = [args.get(param.name) for param in params if param.type == kind]
    each = (one for value in given for one in (value if isinstance(value, list | tuple) else [value]))
    return {text for one in each if is_id(text := str(one).strip())}
