"""Incident timestamps: the moments of an incident's life a team records (API behaviour, section 6.7)."""

from catalog.models import IncidentTimestamp, SetOn
from catalog.ordering import place
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "incident_timestamp"


def create_timestamp(
    actor: Actor, *, name: str, rank: int | None = None, set_on: str = SetOn.NEVER
) -> IncidentTimestamp:
    """A new timestamp: at `rank` (what stands there moves up), or after all others.

    Raises:
        Invalid: the name is blank, too long or taken, or the rank too large.
    """
    with configuring():
        stamp = IncidentTimestamp(name=name, set_on=set_on)
        check_name(stamp, name)
        place(actor, stamp, rank)
        return make(actor, SUBJECT, stamp)


def update_timestamp(actor: Actor, stamp: IncidentTimestamp, *, name: str, set_on: str) -> IncidentTimestamp:
    """Change a timestamp.

    Raises:
        Invalid: the name is blank, too long or taken.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(stamp, SUBJECT)
        check_name(stamp, name)
        return change(actor, SUBJECT, stamp, name=name, set_on=set_on)


def archive_timestamp(actor: Actor, stamp: IncidentTimestamp) -> None:
    """Take a timestamp out of use; incidents that have it keep it.

    Raises:
        Invalid: it is the time of reporting, which every incident has.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(stamp, SUBJECT)
        if stamp.set_on == SetOn.REPORTED:
            raise Invalid("system_managed", f"Every incident has {stamp.name!r}: it cannot be deleted")
        archive(actor, SUBJECT, stamp)
