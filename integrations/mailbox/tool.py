"""A mailbox, as the hub knows it."""

from collections.abc import Mapping

from incidentio.core.ids import is_id
from incidents.alert_sources import EMAIL
from incidents.models import AlertSource
from integrations.base import CheckFailed, Integration
from integrations.mailbox.account import NONE, SETTINGS, TOOL, Mailbox
from integrations.mailbox.imap import MailboxFailed, reading
from integrations.mailbox.polling import wake_due

CHECK_SECONDS = 2.0


def check(values: Mapping[str, str]) -> str:
    """Sign in and open the folder, without reading anything.

    Raises:
        CheckFailed: that does not work, or a setting means nothing.
    """
    there = Mailbox(values)
    if there["address"].count("@") != 1:
        raise CheckFailed(f"{there['address'][:100]!r} is no address: enter one such as alerts@example.com")
    sources = AlertSource.objects.active().filter(source_type=EMAIL)
    if there["source"] and not (is_id(there["source"]) and sources.filter(pk=there["source"]).exists()):
        raise CheckFailed("Source of all other letters: there is no alert source of type email with this ID")
    try:
        with reading(there, CHECK_SECONDS) as session:
            count = len(session.unread())
    except MailboxFailed as failure:
        raise CheckFailed(str(failure)) from failure
    warnings = "; nothing is encrypted on the way" if there.security == NONE else ""
    if there["source"] and not there.senders:
        warnings += "; everybody who knows the address can raise alerts: name the senders"
    return f"Connected; {count} letters are unread in {there.folder}{warnings}"


INTEGRATION = Integration(
    name=TOOL,
    label="Mailbox",
    settings=SETTINGS,
    check=check,
    wake_forgotten=wake_due,
    docs="docs/integrations/email.md",
    also="letters become alerts",
)
