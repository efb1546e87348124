"""Incident statuses: the stages of a lifecycle (API behaviour, section 7.5).

Teams shape the live and learning stages and what closed means; the others belong to the system.
"""

from catalog.models import IncidentStatus, StatusCategory
from catalog.ordering import insert_at_rank, next_rank
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_status"
CREATABLE = (StatusCategory.LIVE, StatusCategory.LEARNING, StatusCategory.CLOSED)


def create_status(
    actor: Actor, *, name: str, description: str, category: str, rank: int | None = None
) -> IncidentStatus:
    """A new status at `rank`, where others of its category move up; without one at the end of its category, where
    those of later categories move up.

    Raises:
        Invalid: the name is blank, too long or taken, the category is the system's, or the rank is too large.
    """
    if category not in CREATABLE:
        raise Invalid("invalid_value", f"Statuses can be created in {', '.join(CREATABLE)}", "category")
    with configuring():
        status = IncidentStatus(name=name, description=description, category=category)
        check_name(status, name)
        status.rank = next_rank(IncidentStatus, category=category) if rank is None else rank
        insert_at_rank(actor, status, status.rank, **({} if rank is None else {"category": category}))
        return make(actor, SUBJECT, status)


def update_status(
    actor: Actor, status: IncidentStatus, *, name: str, description: str, rank: int | None = None
) -> IncidentStatus:
    """Rename, describe or move a status; without `rank` it stays where it is, at one its category has already it moves
    the others up.

    Raises:
        Invalid: the name is blank, too long or taken, the status is the system's, or the rank is too large.
        NotFound: it was archived meanwhile.
    """
    _check_ours(status, "changed")
    with configuring():
        renew(status, SUBJECT)
        check_name(status, name)
        if rank is not None:
            insert_at_rank(actor, status, rank, category=status.category)
        rank = status.rank if rank is None else rank
        return change(actor, SUBJECT, status, name=name, description=description, rank=rank)


def archive_status(actor: Actor, status: IncidentStatus) -> None:
    """Take a status out of use. An incident that takes it in this very moment keeps it, archived as it is.

    Raises:
        Invalid: it is the system's, the last of its category, or incidents have it now.
        NotFound: it was archived meanwhile.
    """
    _check_ours(status, "deleted")
    with configuring():
        renew(status, SUBJECT)
        _check_unused(status)
        archive(actor, SUBJECT, status)


def _check_ours(status: IncidentStatus, verb: str) -> None:
    if status.category not in CREATABLE:
        raise Invalid(
            "system_managed", f"{status.name!r} ({status.category}) belongs to the system: it cannot be {verb}"
        )


def _check_unused(status: IncidentStatus) -> None:
    if not IncidentStatus.objects.active().filter(category=status.category).exclude(pk=status.pk).exists():
        raise Invalid("in_use", f"{status.name!r} is the last {status.category} status; create another one first")
    if status.incidents.exists():
        raise Invalid("in_use", f"Incidents are {status.name!r} now; move them to another status first")
