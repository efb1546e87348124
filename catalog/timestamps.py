"""Incident timestamps: the moments of an incident's life a team records (API behaviour, section 6.7)."""

from catalog.models import IncidentTimestamp, SetOn
from catalog.ordering import make_room, next_rank
from catalog.words import archive, change, configuring, make
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_timestamp"


def _taken(name: str) -> str:
    return f"There already is a timestamp called {name!r}; choose another name"


def create_timestamp(
    actor: Actor, *, name: str, rank: int | None = None, set_on: str = SetOn.NEVER
) -> IncidentTimestamp:
    """A new timestamp at `rank`, or after all others.

    Raises:
        Invalid: the name is taken.
    """
    with configuring(_taken(name)):
        if rank is None:
            rank = next_rank(IncidentTimestamp)
        make_room(actor, IncidentTimestamp, rank)
        return make(actor, SUBJECT, IncidentTimestamp(name=name, rank=rank, set_on=set_on))


def update_timestamp(actor: Actor, stamp: IncidentTimestamp, *, name: str, set_on: str) -> IncidentTimestamp:
    """Change a timestamp.

    Raises:
        Invalid: the name is taken.
    """
    with configuring(_taken(name)):
        stamp.refresh_from_db()
        return change(actor, SUBJECT, stamp, name=name, set_on=set_on)


def archive_timestamp(actor: Actor, stamp: IncidentTimestamp) -> None:
    """Take a timestamp out of use; incidents that have it keep it.

    Raises:
        Invalid: it is the time of reporting, which every incident has.
    """
    if stamp.set_on == SetOn.REPORTED:
        raise Invalid("in_use", f"Every incident has {stamp.name!r}; it cannot be deleted", "id")
    with configuring("It changed meanwhile; try again"):
        archive(actor, SUBJECT, stamp)
