"""Priorities of follow-ups: how pressing each is (API behaviour, section 6.10)."""

from catalog.models import FollowUpPriority
from catalog.ordering import place
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor

SUBJECT = "follow_up_priority"


def create_priority(actor: Actor, *, name: str, description: str = "", rank: int | None = None) -> FollowUpPriority:
    """A new priority: at `rank` (what stands there moves up), or more pressing than all others.

    Raises:
        Invalid: the name is blank, too long or taken, or the rank too large.
    """
    with configuring():
        priority = FollowUpPriority(name=name, description=description)
        check_name(priority, name)
        place(actor, priority, rank)
        return make(actor, SUBJECT, priority)


def update_priority(actor: Actor, priority: FollowUpPriority, *, name: str, description: str) -> FollowUpPriority:
    """Change a priority's words.

    Raises:
        Invalid: the name is blank, too long or taken.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(priority, SUBJECT)
        check_name(priority, name)
        return change(actor, SUBJECT, priority, name=name, description=description)


def archive_priority(actor: Actor, priority: FollowUpPriority) -> None:
    """Take a priority out of use; follow-ups that have it keep it.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(priority, SUBJECT)
        archive(actor, SUBJECT, priority)
