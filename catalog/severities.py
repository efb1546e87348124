"""Severities: how bad it is."""

from catalog.models import Severity
from catalog.ordering import insert_at_rank, place
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor

SUBJECT = "severity"


def create_severity(actor: Actor, *, name: str, description: str, rank: int | None = None) -> Severity:
    """A new severity: at `rank` (what stands there moves up), or above all others.

    Raises:
        Invalid: the name is blank, too long or taken, or the rank too large.
    """
    with configuring():
        severity = Severity(name=name, description=description)
        check_name(severity, name)
        place(actor, severity, rank)
        return make(actor, SUBJECT, severity)


def update_severity(
    actor: Actor, severity: Severity, *, name: str, description: str, rank: int | None = None
) -> Severity:
    """Change a severity; without `rank` it stays where it is, at a taken one it moves the others up.

    Raises:
        Invalid: the name is blank, too long or taken, or the rank too large.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(severity, SUBJECT)
        check_name(severity, name)
        rank = severity.rank if rank is None else rank
        insert_at_rank(actor, severity, rank)
        return change(actor, SUBJECT, severity, name=name, description=description, rank=rank)


def archive_severity(actor: Actor, severity: Severity) -> None:
    """Take a severity out of use; incidents that have it keep it.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(severity, SUBJECT)
        archive(actor, SUBJECT, severity)
