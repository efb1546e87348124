"""Whose senders speak in words of their own, where it is told how they are set up, and which mailbox is read: the tools
say so at the hub's start.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sender:
    """How a type of source sends: to an address of its type, and signed if `signs`; `help` says where the sender shows
    what it signs with.
    """

    signs: bool = False
    help: str = ""


SENDERS: dict[str, Sender] = {}
SETUP_PAGES: dict[str, Callable[[], str]] = {}  # by the type of source: each tells the page's address in the admin
MAILBOXES: list[Callable[[], str]] = []  # each tells the address of the mailbox it reads, or nothing


def mailbox_address() -> str:
    """The mailbox that letters to alert sources go to, as in alerts@example.com; nothing where none is read."""
    return next(filter(None, (address() for address in MAILBOXES)), "")
