"""Mail that steps send: a letter for each person, and of a private incident only to those who may see it."""

import json
from collections.abc import Iterable, Sequence
from time import monotonic

import orjson
from markdown_it import MarkdownIt

from incidentio.core import mail
from incidents.models import Incident, Membership, Visibility
from integrations.base import Attempt, Call, Outcome, Sent, StepFailed
from workflows.steps.arguments import listed

TARGET = "smtp"
_FRAME = '<!doctype html><html><head><meta charset="utf-8"></head><body>{}</body></html>'


def letters(
    addresses: Iterable[str], subject: str, text: str, incident_id: str | None, left_out: Sequence[str] = ()
) -> list[Call]:
    """The calls that write `text`, in Markdown, to each of `addresses`. `left_out` tells of those left out before.

    Raises:
        StepFailed: there is no mail server, or nobody to write to.
    """
    if not mail.is_set_up():
        raise StepFailed("No mail server is set up: set EMAIL_URL")
    wanted = list({address.casefold(): address for address in addresses}.values())
    hidden = _hidden_from(incident_id, wanted)
    told = [*left_out, *(f"{address}, who may not see this private incident" for address in hidden)]
    readers = [address for address in wanted if address not in hidden]
    if not readers:
        raise StepFailed(f"Left out {listed(told)}: nobody is left to write to" if told else "Nobody to write to")
    letter = {"subject": subject, "text": text, "incident_id": incident_id, "left_out": told}
    return [Call(TARGET, orjson.dumps({"to": address} | letter).decode()) for address in readers]


def make(sent: Sent) -> Attempt:
    """Send one letter, unless its reader may not see the incident any more."""
    letter, started = json.loads(sent.body), monotonic()
    address = letter["to"]
    if _hidden_from(letter["incident_id"], [address]):
        return Attempt(Outcome.REFUSED, f"{address} may not see this private incident")
    message = mail.Mail(sent.key, address, letter["subject"], letter["text"], _FRAME.format(_html(letter["text"])))
    outcome, said = Outcome.DONE, ""
    try:
        said = mail.send(message, timeout_seconds=sent.seconds)
    except mail.NotSent as failure:
        outcome, said = _outcome_of(failure), str(failure)
    done = outcome == Outcome.DONE
    return Attempt(
        outcome,
        error="" if done else f"{address}: {said}",
        duration_ms=round((monotonic() - started) * 1000),
        answer=said if done else "",
        detail={"did": _did(address, letter["left_out"])} if done else None,
    )


def _outcome_of(failure: mail.NotSent) -> Outcome:
    match failure:
        case mail.Refused():
            return Outcome.REFUSED
        case mail.Unreachable():
            return Outcome.FAILED
        case _:
            return Outcome.UNKNOWN


def _did(address: str, left_out: list[str]) -> str:
    lines = [f"Wrote to {address}"]
    if left_out:
        lines.append(f"Left out {listed(left_out)}")
    return "\n".join(lines)


def _hidden_from(incident_id: str | None, addresses: Sequence[str]) -> list[str]:
    """Those of `addresses` whose owners may not see the incident."""
    if incident_id is None or not Incident.objects.filter(pk=incident_id, visibility=Visibility.PRIVATE).exists():
        return []
    members = Membership.objects.filter(incident_id=incident_id, user__is_active=True)
    known = {address.casefold() for address in members.values_list("user__email", flat=True)}
    return [address for address in addresses if address.casefold() not in known]


def _html(text: str) -> str:
    """Markdown as HTML; what is HTML in it already is shown, not obeyed."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", "table"])
    return str(parser.render(text))
