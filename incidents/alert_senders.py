"""Whose senders speak in words of their own: the tools that know those words say so when the hub starts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sender:
    """How a type of source sends: to an address of its type, and signed if `signs`; `help` says where the sender shows
    what it signs with.
    """

    signs: bool = False
    help: str = ""


SENDERS: dict[str, Sender] = {}
