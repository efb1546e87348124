"""Incident statuses: the stages of a lifecycle (API behaviour, section 7.5).

Teams shape the live and learning stages; the others belong to the system, which needs one of each.
"""

from django.db.models import Max

from catalog.models import IncidentStatus, StatusCategory
from catalog.ordering import make_room, next_rank
from catalog.words import archive, change, configuring, make
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_status"
CREATABLE = (StatusCategory.LIVE, StatusCategory.LEARNING, StatusCategory.CLOSED)
FIXED = (StatusCategory.TRIAGE, StatusCategory.DECLINED)


def _taken(name: str) -> str:
    return f"There already is an incident status called {name!r}; choose another name"


def create_status(actor: Actor, *, name: str, description: str, category: str) -> IncidentStatus:
    """A new status at the end of its category; those of later categories move up.

    Raises:
        Invalid: the name is taken, or the category is the system's.
    """
    if category not in CREATABLE:
        raise Invalid("invalid_value", f"A status can be created in {', '.join(CREATABLE)} only", "category")
    with configuring(_taken(name)):
        last = IncidentStatus.objects.active().filter(category=category).aggregate(Max("rank"))["rank__max"]
        rank = next_rank(IncidentStatus) if last is None else last + 1
        make_room(actor, IncidentStatus, rank)
        status = IncidentStatus(name=name, description=description, category=category, rank=rank)
        return make(actor, SUBJECT, status)


def update_status(actor: Actor, status: IncidentStatus, *, name: str, description: str) -> IncidentStatus:
    """Rename or describe a status.

    Raises:
        Invalid: the name is taken, or the status is triage or declined.
    """
    if status.category in FIXED:
        raise Invalid("invalid_value", f"{status.name!r} belongs to the system and cannot be changed", "id")
    with configuring(_taken(name)):
        status.refresh_from_db()
        return change(actor, SUBJECT, status, name=name, description=description)


def archive_status(actor: Actor, status: IncidentStatus) -> None:
    """Take a status out of use.

    Raises:
        Invalid: it belongs to the system, is the last of its category, or an incident has it now.
    """
    if status.category not in CREATABLE:
        raise Invalid("invalid_value", f"{status.name!r} belongs to the system and cannot be deleted", "id")
    with configuring("It changed meanwhile; try again"):
        others = IncidentStatus.objects.active().filter(category=status.category).exclude(pk=status.pk)
        if not others.exists():
            message = f"{status.name!r} is the last status in {status.category}; create another one first"
            raise Invalid("in_use", message, "id")
        held = status.incidents.count()
        if held:
            message = f"{held} incidents are {status.name!r} now; move them to another status first"
            raise Invalid("in_use", message, "id")
        archive(actor, SUBJECT, status)
