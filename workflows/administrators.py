"""Writing to the people who administer the hub, of what they have to see to."""

from collections.abc import Callable

import structlog

from accounts.models import ADMINISTRATORS, User
from incidentio.core import mail

MAIL_SECONDS = 10.0

log = structlog.stdlib.get_logger(__name__)


def tell_administrators(letter: Callable[[str], mail.Mail], about: str) -> bool:
    """Write to each of them, by the letter for their address; whether nobody is left who may still be reached. `about`
    is what the log calls it.
    """
    if not mail.is_set_up():
        log.warning("administrators_untold", about=about, reason="No mail server is set up", again=False)
        return True
    people = User.objects.filter(is_active=True, role__in=ADMINISTRATORS).order_by("pk")
    told = [_told(letter(address), about) for address in people.values_list("email", flat=True)]
    return all(told)


def _told(letter: mail.Mail, about: str) -> bool:
    try:
        mail.send(letter, timeout_seconds=MAIL_SECONDS)
    except mail.Unreachable as failure:
        log.warning("administrators_untold", about=about, reason=str(failure), again=True)
        return False
    except mail.NotSent as failure:
        log.warning("administrators_untold", about=about, reason=str(failure), again=False)
    return True
