"""The mailbox: where it is, how it is read, and what its letters mean."""

from dataclasses import dataclass

from integrations.base import CheckFailed, Entered, Setting
from integrations.models import Connection

TOOL = "mailbox"
TLS, STARTTLS, NONE = "tls", "starttls", "none"
PORTS = {TLS: 993, STARTTLS: 143, NONE: 143}
FOLDER = "INBOX"
WORDS = "resolved, recovered, recovery, ok"
HOURS = "24"

SETTINGS = (
    Setting("host", "Server", "Of the mailbox, as in imap.example.com; it speaks IMAP"),
    Setting("port", "Port", "993 with TLS, else 143, unless you say otherwise", required=False),
    Setting(
        "security",
        "Encryption",
        "tls from the start, starttls, or none where the network itself is trusted",
        required=False,
        default=TLS,
        choices=(TLS, STARTTLS, NONE),
    ),
    Setting("user", "User"),
    Setting("password", "Password", "Or the app password, where the provider has such", secret=True),
    Setting("folder", "Folder", "Whose unread letters are taken; INBOX unless you say otherwise", required=False),
    Setting("address", "Address", "Of the mailbox, as in alerts@example.com: the sources' addresses are made of it"),
    Setting(
        "source",
        "Source of all other letters",
        "The ID of the alert source that letters to no source's own address are of; left out, those are left alone",
        required=False,
    ),
    Setting(
        "senders",
        "Senders",
        "Who may write, with commas between, as in @example.com, ada@example.org; left out, everybody",
        required=False,
    ),
    Setting(
        "resolving_words",
        "Words that resolve",
        f"At the start of a subject, or alone in brackets; {WORDS} unless you say otherwise",
        required=False,
    ),
    Setting(
        "same_subject_hours",
        "Hours of the same subject",
        "For so long letters with the subject of an alert that still fires are about that alert; 24 if left out",
        required=False,
        choices=("0", "1", "6", "24", "72", "168"),
    ),
)


@dataclass(frozen=True)
class Mailbox(Entered):
    """A mailbox, as its account sees it."""

    @property
    def security(self) -> str:
        return self["security"] or TLS

    @property
    def port(self) -> int:
        """The port of its server.

        Raises:
            CheckFailed: what was entered is none.
        """
        said = self["port"] or str(PORTS[self.security])
        if not (said.isascii() and said.isdecimal() and 0 < int(said) < 65_536):
            raise CheckFailed(f"The port {said[:20]!r} is none: enter a number such as 993")
        return int(said)

    @property
    def folder(self) -> str:
        return self["folder"] or FOLDER

    @property
    def senders(self) -> list[str]:
        """Who may write: addresses, and domains with an @ in front; nobody named is everybody."""
        return [sender.casefold() for sender in self.listed("senders")]

    @property
    def resolving_words(self) -> frozenset[str]:
        """What a subject says when it is over, in lower case."""
        return frozenset(word.casefold() for word in self.listed("resolving_words", WORDS))

    @property
    def same_subject_hours(self) -> int:
        return int(self["same_subject_hours"] or HOURS)


def own_address() -> str:
    """The address of the mailbox that is connected and switched on; nothing if none is."""
    rows = Connection.objects.active().filter(tool=TOOL, enabled=True)
    known: dict[str, str] = rows.values_list("settings", flat=True).first() or {}
    return known.get("address", "")
