"""One change of one incident: under its lock, with its Event, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from events.actors import Actor
from events.record import Changes, changed, plain, record, state_of
from incidentio.core.errors import NotFound
from incidentio.core.ids import is_id
from incidents.models import Incident

# An event has its own number and time; an incident's version and times of change are those of its latest event.
TOLD_BY_THE_EVENT = ("version", "updated_at", "last_activity_at")


def own_state(incident: Incident) -> dict[str, Any]:
    """The incident's columns as its events tell them; children stand beside them under keys of `child()`."""
    return {name: value for name, value in state_of(incident).items() if name not in TOLD_BY_THE_EVENT}


def child(kind: str, pk: str) -> str:
    """The key under which an incident's events tell of something that belongs to it."""
    return f"{kind}.{pk}"


class Change:
    """What is being changed about a locked incident. Set columns on `incident`; `note` what changed beside it."""

    def __init__(self, actor: Actor, incident: Incident, type: str, moment: datetime | None = None) -> None:
        self.actor = actor
        self.incident = incident
        self.type = type
        self.moment = moment or timezone.now()
        self._before = own_state(incident)
        self._notes: Changes = {}

    def note(self, kind: str, pk: str, before: Any, after: Any) -> None:
        """A child changed from `before` to `after` (None: it was not there, or is gone)."""
        if before != after:
            self._notes[child(kind, pk)] = [plain(before), plain(after)]

    def finish(self) -> None:
        """Save the incident and record the event, unless nothing changed."""
        changes = changed(self._before, own_state(self.incident)) | self._notes
        if not changes:
            return
        self.incident.version += 1
        self.incident.updated_at = self.incident.last_activity_at = self.moment
        self.incident.save()
        record(
            self.actor,
            self.type,
            "incident",
            self.incident.id,
            changes,
            number=self.incident.version,
            incident_id=self.incident.id,
            moment=self.moment,
        )


@contextmanager
def changing(
    actor: Actor, incident_id: str, type: str = "incident.updated", moment: datetime | None = None
) -> Iterator[Change]:
    """Lock the incident, let the block change it, and record what it did as one event of `type`.

    `moment` is when it happened, where that is not now (history brought in from elsewhere).

    Raises:
        NotFound: there is no such incident.
    """
    with transaction.atomic():
        change = Change(actor, lock(incident_id), type, moment)
        yield change
        change.finish()


def lock(incident_id: str) -> Incident:
    """The incident, locked until the transaction ends: changes to one incident are serial.

    Raises:
        NotFound: there is no such incident.
    """
    rows = (
        Incident.objects.select_for_update().filter(pk=incident_id) if is_id(incident_id) else Incident.objects.none()
    )
    incident = rows.first()
    if incident is None:
        raise NotFound("incident", "incident_id")
    return incident


def touch(incident: Incident, moment: datetime) -> None:
    """Something that is a subject of its own (an action, a follow-up) changed: exports page by the incident's time."""
    incident.updated_at = incident.last_activity_at = moment
    incident.save(update_fields=["updated_at", "last_activity_at"])
