"""What actions and follow-ups share: a life beside their incident, under its lock, told by events of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from events.actors import Actor
from events.record import changed, created, record, state_of
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.ids import is_id
from incidents.changing import lock, touch
from incidents.models import Action, FollowUp, WorkStatus
from incidents.people import PersonReference, find_people

SUBJECT: dict[type[Action | FollowUp], str] = {Action: "action", FollowUp: "follow_up"}


def own_state(row: Action | FollowUp) -> dict[str, Any]:
    """The columns of `row` as its events tell them; when it last changed is the time of its latest event."""
    return {name: value for name, value in state_of(row).items() if name != "updated_at"}


def add(actor: Actor, row: Action | FollowUp, moment: datetime | None) -> None:
    """Write the new `row`, made by `actor` at `moment` (None: now), with its first event.

    Raises:
        NotFound: there is no such incident.
    """
    moment = moment or timezone.now()
    with transaction.atomic():
        incident = lock(row.incident_id)
        row.creator_kind, row.creator_id, row.creator_label = actor.kind, actor.id, actor.label[:300]
        row.created_at = row.updated_at = moment
        row.save(force_insert=True)
        subject = SUBJECT[type(row)]
        record(
            actor,
            f"{subject}.created",
            subject,
            row.id,
            created(own_state(row)),
            number=1,
            incident_id=row.incident_id,
            moment=moment,
        )
        touch(incident, moment)


@contextmanager
def changing_work[W: (Action, FollowUp)](
    actor: Actor, model: type[W], pk: str, verb: str, moment: datetime | None
) -> Iterator[W]:
    """Lock the incident of the row `pk`, let the block change the row, and record what it did as one event.

    Whatever the block sets, `completed_at` follows the status.

    Raises:
        NotFound: there is no such row, or it was deleted.
    """
    subject, moment = SUBJECT[model], moment or timezone.now()
    with transaction.atomic():
        rows = model.objects.exclude(status=WorkStatus.DELETED)
        known = rows.filter(pk=pk).first() if is_id(pk) else None
        incident = lock(known.incident_id) if known is not None else None
        row = rows.filter(pk=pk).first() if incident is not None else None
        if incident is None or row is None:
            raise NotFound(subject.replace("_", "-"))
        before = own_state(row)
        yield row
        if row.status != before["status"]:
            row.completed_at = moment if row.status == WorkStatus.COMPLETED else None
        changes = changed(before, own_state(row))
        if not changes:
            return
        row.updated_at = moment
        row.save()
        record(actor, f"{subject}.{verb}", subject, row.id, changes, incident_id=incident.id, moment=moment)
        touch(incident, moment)


def set_status(row: Action | FollowUp, status: str | None) -> None:
    """Move `row` to `status`, unless that is None.

    Raises:
        Invalid: no such status; or `deleted`, which is for the verbs that delete.
    """
    if status is None:
        return
    if status == WorkStatus.DELETED:
        raise Invalid("invalid_value", "To delete it, use the delete call, not the status", "status")
    if status not in WorkStatus.values:
        raise Invalid("invalid_value", f"There is no status {status!r}", "status")
    row.status = status


def find_assignee(assignee_id: str | None) -> User | None:
    """The active person with this id; None for nobody.

    Raises:
        Invalid: there is no such person.
    """
    return find_people([PersonReference("assignee_id", id=assignee_id)])[0] if assignee_id else None


def assign(row: Action | FollowUp, assignee_id: str | None) -> None:
    """Give `row` to a person, or with an empty id to nobody, unless that is None; who has it may have left meanwhile.

    Raises:
        Invalid: there is no such active person.
    """
    if assignee_id is not None and assignee_id != row.assignee_id:
        row.assignee = find_assignee(assignee_id)


def require_text(text: str, what: str, pointer: str) -> str:
    """`text`, byte for byte.

    Raises:
        Invalid: it says nothing.
    """
    if not text.strip():
        raise Invalid("is_required", f"{what} cannot be empty", pointer)
    return text
