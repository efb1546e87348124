"""Incidents that have to do with each other."""

from datetime import datetime

from django.utils import timezone

from events.actors import Actor
from incidentio.core.errors import Invalid
from incidents.changing import changing
from incidents.models import Relationship


def relate(actor: Actor, incident_id: str, other_id: str, moment: datetime | None = None) -> Relationship:
    """Say that two incidents have to do with each other; said twice or the other way round, it stands once.

    Both incidents tell of it, each naming the other: whoever shows one to a person leaves out what that person may
    not see of the other. `moment` is when it was said, where that is not now.

    Raises:
        NotFound: no such incident.
        Invalid: an incident with itself.
    """
    if incident_id == other_id:
        raise Invalid("invalid_value", "An incident cannot be related to itself", "related_incident_id")
    older, newer = sorted((incident_id, other_id))
    moment = moment or timezone.now()
    type = "incident.relationship_added"
    with changing(actor, older, type, moment) as one, changing(actor, newer, type, moment) as two:
        relationship, made = Relationship.objects.get_or_create(
            incident=one.incident,
            related_incident=two.incident,
            defaults={"created_at": moment, "updated_at": moment},
        )
        if made:
            one.note("relationships", relationship.id, None, newer)
            two.note("relationships", relationship.id, None, older)
    return relationship
