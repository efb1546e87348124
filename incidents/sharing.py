"""Sharing an update: a message, a new status, a new severity, or any of them together, once per key."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.snapshot import Snapshot
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidents.changing import lock
from incidents.edit import Edit, edit_incident
from incidents.models import IncidentUpdate


@dataclass(frozen=True)
class Shared:
    """The update of a key; `replayed` if it was shared before."""

    update_id: str
    replayed: bool


def share_update(
    actor: Actor,
    incident_id: str,
    words: Snapshot,
    *,
    idempotency_key: str,
    message: str = "",
    incident_status_id: str | None = None,
    severity_id: str | None = None,
    may_skip_flow: bool = True,
    moment: datetime | None = None,
) -> Shared:
    """Share an update of the incident, unless its key already shared one, of whatever incident: that one is returned
    then, and nothing is changed, whatever the number of callers. What an edit does to status and severity, this does.

    `moment` is when it was shared, where that is not now; `may_skip_flow` as for `edit_incident`.

    Raises:
        NotFound: no such incident.
        Invalid: neither message nor status nor severity, an unknown id, a move the lifecycle does not know.
        Forbidden: it skips the post-incident flow.
    """
    if not message.strip() and incident_status_id is None and severity_id is None:
        raise Invalid("is_required", "An update needs a message, a new status or a new severity", "message")
    edit = Edit(
        severity_id=severity_id,
        incident_status_id=incident_status_id,
        message=message,
        update_key=idempotency_key,
    )
    of_key = IncidentUpdate.objects.filter(idempotency_key=idempotency_key)
    try:
        with transaction.atomic():
            lock(incident_id)
            replayed = of_key.exists()
            if not replayed:
                edit_incident(actor, incident_id, edit, words, moment, may_skip_flow=may_skip_flow)
    except IntegrityError:  # a rival used the key for another incident meanwhile; for this one it waits for the lock
        replayed = of_key.exists()
        if not replayed:
            raise
    return Shared(of_key.get().id, replayed)
