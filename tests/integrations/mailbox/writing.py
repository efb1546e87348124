"""Letters as senders write them."""

from email.message import EmailMessage
from itertools import count

from incidents.alert_addresses import mail_address
from incidents.models import AlertSource
from tests.integrations.mailbox.conftest import ADDRESS

_NUMBERS = count(1)


def written(
    source: AlertSource | None, subject: str = "Disk full on db1", text: str = "97% of /var", **headers: str
) -> bytes:
    """A letter to the source's own address; underscores in header names stand for dashes."""
    message = EmailMessage()
    to = mail_address(source, ADDRESS) if source is not None else ADDRESS
    usual = {
        "From": "Monitor <monitor@example.org>",
        "To": to,
        "Subject": subject,
        "Date": "Fri, 20 Nov 2026 15:20:00 +0000",
        "Message-ID": f"<{next(_NUMBERS)}@monitor.example.org>",
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in (usual | given).items():
        if value:
            message[name] = value
    message.set_content(text)
    return message.as_bytes()
