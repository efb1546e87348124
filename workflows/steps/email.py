"""Writing to people, and to addresses."""

import re

from django.db.models import Q

from accounts.models import User
from incidentio.core.ids import is_id
from incidentio.core.mail import is_address
from incidentio.core.vocabulary import STRING
from integrations.base import Args, Call, Doing, Param, Repeat, Step
from integrations.types import TEMPLATED_TEXT
from workflows.steps.arguments import all_needed, needed, text_of
from workflows.steps.letters import letters, make

_RECIPIENTS = Param("recipients", "Recipient(s)", STRING, array=True, required=True)
_SUBJECT = Param("subject", "Subject", TEMPLATED_TEXT, required=True)


def _plan(doing: Doing, args: Args) -> list[Call]:
    said = [one for text in all_needed(args, _RECIPIENTS) for one in _separate(text)]
    addresses, left_out = [], []
    for recipient in dict.fromkeys(said):
        address = _address_of(recipient)
        if address is None:
            left_out.append(f"{recipient[:100]!r}, which is neither an address nor one active person")
        else:
            addresses.append(address)
    return letters(addresses, needed(args, _SUBJECT), text_of(args, "body"), doing.incident_id, left_out)


def _separate(text: str) -> list[str]:
    """Addresses that somebody wrote one after the other."""
    parts = re.split(r"[,;\s]+", text.strip()) if "@" in text else [text.strip()]
    return [part for part in parts if part]


def _address_of(said: str) -> str | None:
    """The address that was said, or that of the active person with this id or name."""
    if "@" in said:
        return said if is_address(said) else None
    named = Q(pk=said) if is_id(said) else Q(name__iexact=said)
    found = list(User.objects.filter(named, is_active=True).values_list("email", flat=True)[:2])
    return found[0] if len(found) == 1 and is_address(found[0]) else None


SEND = Step(
    "email.send",
    "Send an e-mail",
    (_RECIPIENTS, _SUBJECT, Param("body", "Body", TEMPLATED_TEXT)),
    plan=_plan,
    make=make,
    repeats=Repeat.ASK,
)
