"""What a letter means for alerts.

A thread is one alert. So are letters with the same subject from the same sender, for some hours and while the alert
fires. A letter whose subject says that it is over resolves the alert; whoever answers one changes nothing. What is not
known is a new alert: one too many is better than one that is missed.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidentio.core.ids import is_id
from incidentio.core.times import instant, rfc3339
from incidents.alert_addresses import addressed, is_mail_token
from incidents.alert_events import AlertEvent, receive
from incidents.alert_sources import EMAIL
from incidents.models import Alert, AlertSource, AlertStatus
from integrations.mailbox.account import TOOL, Mailbox
from integrations.mailbox.imap import Fetched
from integrations.mailbox.letters import Letter
from integrations.models import RemoteObject

LETTER, TOPIC = "letter", "topic"
# By how much a sender's clock may differ from the mailbox's.
MOST_OFF = timedelta(days=1)
LONGEST_TOPIC = 500
# What subjects say of how it stands; two that differ in nothing else are about one thing.
_STATES = frozenset({
    "alarm", "alert", "alerting", "closed", "critical", "down", "error", "firing", "major", "minor", "new", "ok",
    "open", "opened", "problem", "recovered", "recovery", "resolved", "triggered", "unknown", "unreachable", "up",
    "warn", "warning",
})  # fmt: skip
_COUNTED = re.compile(r"\[\s*(?:firing|resolved)\s*:\s*\d+(?:\s*,\s*resolved\s*:\s*\d+)?\s*\]", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|sv|vs|antw|rif|odp|fwd?|wg|tr|rv)(?:\[\d+\])?\s*:)+", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:[.:/@-]+\w+)*")
_BRACKETED = re.compile(r"[\[(<{]\s*([^\[\](){}<>]{1,60}?)(?:\s*:\s*\d+)?\s*[\])>}]")


class Meaning(StrEnum):
    """What came of a letter."""

    FIRED = "fired"
    RESOLVED = "resolved"
    NOTHING_TO_RESOLVE = "nothing to resolve"
    ANSWER = "an answer to a letter"
    KNOWN = "known already"
    CIRCLE = "automatic answers and own letters"
    STRANGER = "from somebody who may not write"
    NOBODYS = "to no source's address"


def take(letter: Letter, fetched: Fetched, there: Mailbox, own_address: str) -> set[Meaning]:
    """Let the letter mean what it does, for each source it is addressed to; safe to repeat.

    Raises:
        UndecryptableSecret: whether it may speak for one of them cannot be told now.
    """
    if letter.is_automatic or letter.sender == own_address:
        return {Meaning.CIRCLE}
    if there.senders and not _may_write(letter.sender, there.senders):
        return {Meaning.STRANGER}
    sources = list(_sources(letter, there))
    return {_take(source, letter, fetched, there) for source in sources} or {Meaning.NOBODYS}


def _may_write(sender: str, allowed: Iterable[str]) -> bool:
    return any(sender == one or (one.startswith("@") and sender.endswith(one)) for one in allowed)


def _sources(letter: Letter, there: Mailbox) -> Iterable[AlertSource]:
    """The sources whose own addresses the letter was sent to; else the one all other letters are of."""
    rows, named = AlertSource.objects.active().filter(source_type=EMAIL), addressed(letter.to)
    found = rows.in_bulk([pk for pk, _ in named if is_id(pk)]) if named else {}
    proven = {pk: found[pk] for pk, token in named if pk in found and is_mail_token(found[pk], token)}
    if proven or not is_id(there["source"]):
        return proven.values()
    return rows.filter(pk=there["source"])


def _take(source: AlertSource, letter: Letter, fetched: Fetched, there: Mailbox) -> Meaning:
    digest = _digest(letter.message_id, *([] if letter.message_id else [fetched.content.hex()]))
    # Some senders give all their letters one Message-ID.
    identity = _digest(source.pk, digest, letter.subject, str(letter.at))
    with transaction.atomic():
        row, fresh = RemoteObject.objects.get_or_create(
            tool=TOOL,
            kind=LETTER,
            subject_type=LETTER,
            subject_id=identity,
            defaults={"remote_id": _digest(source.pk, letter.message_id), "state": {"uid": fetched.uid}},
        )
        if not fresh:
            return Meaning.KNOWN
        meaning, key = _mean(source, letter, fetched, there, f"mail:{identity}")
        row.state |= {"alert": key}
        row.save(update_fields=["state"])
    return meaning


def _mean(source: AlertSource, letter: Letter, fetched: Fetched, there: Mailbox, own_key: str) -> tuple[Meaning, str]:
    """What the letter means, and the key of the alert it is about."""
    thread, topic = _thread(source, letter), _topic(source, letter, there)
    if thread and letter.is_reply:
        return Meaning.ANSWER, thread
    known = thread or topic.state.get("alert", "")
    if is_over(letter.subject, there):
        if not known:
            return Meaning.NOTHING_TO_RESOLVE, ""
        receive(source, _event(AlertStatus.RESOLVED, known, letter, fetched))
        return Meaning.RESOLVED, known
    key = thread or (known if _is_fresh(source, topic, there) else own_key)
    receive(source, _event(AlertStatus.FIRING, key, letter, fetched))
    topic.state = {"alert": key, "at": rfc3339(timezone.now())}
    if topic.subject_id:
        topic.save()
    return Meaning.FIRED, key


def _event(status: str, key: str, letter: Letter, fetched: Fetched) -> AlertEvent:
    told: dict[str, Any] = {"from": letter.sender, "subject": letter.subject, "message_id": letter.message_id}
    told |= {"truncated": True} if fetched.truncated else {}
    return AlertEvent(
        status=status,
        title=letter.subject or f"A letter from {letter.sender or 'nobody named'}",
        deduplication_key=key,
        description=letter.text,
        metadata=told,
        payload={**told, "text": letter.text},
        at=_written_at(letter, fetched),
    )


def _written_at(letter: Letter, fetched: Fetched) -> datetime:
    """When the letter was written, unless that is far from when it came."""
    came = fetched.received or timezone.now()
    return letter.at if letter.at is not None and abs(letter.at - came) <= MOST_OFF else came


def _thread(source: AlertSource, letter: Letter) -> str:
    """The key of the alert that the letters before this one are about, where any of them is known."""
    before = [_digest(source.pk, message_id) for message_id in letter.references]
    rows = RemoteObject.objects.filter(tool=TOOL, kind=LETTER, remote_id__in=before).order_by("-pk")
    states = rows.values_list("state", flat=True) if before else []
    return next((str(state["alert"]) for state in states if state.get("alert")), "")


def _topic(source: AlertSource, letter: Letter, there: Mailbox) -> RemoteObject:
    """The row of what the sender's letters with this subject are about; one without an ID where it says nothing."""
    words = topic_of(letter.subject, there)
    if not words:
        return RemoteObject()
    subject: dict[str, Any] = {"tool": TOOL, "kind": TOPIC, "subject_type": TOPIC}
    subject["subject_id"] = _digest(source.pk, letter.sender, words)
    return RemoteObject.objects.select_for_update().filter(**subject).first() or RemoteObject(**subject)


def _is_fresh(source: AlertSource, topic: RemoteObject, there: Mailbox) -> bool:
    """Whether the alert of the topic still fires, and was spoken of within the last hours."""
    at = instant(topic.state.get("at"))
    if at is None or timezone.now() - at > timedelta(hours=there.same_subject_hours):
        return False
    firing = Alert.objects.filter(alert_source=source, status=AlertStatus.FIRING)
    return firing.filter(deduplication_key=topic.state["alert"]).exists()


def is_over(subject: str, there: Mailbox) -> bool:
    """Whether the subject says, with its first words or alone in brackets, that it is over."""
    plain = _PREFIX.sub("", subject).casefold()
    first, bracketed = _plain(plain), {_plain(found) for found in _BRACKETED.findall(plain)}
    return any(word in bracketed or f"{first} ".startswith(f"{word} ") for word in _over(there))


def topic_of(subject: str, there: Mailbox) -> str:
    """The subject without what says how it stands."""
    said = f" {_plain(_COUNTED.sub(' ', _PREFIX.sub('', subject)).casefold())} "
    for word in _over(there):
        said = said.replace(f" {word} ", " ")
    return " ".join(word for word in said.split() if word not in _STATES)[:LONGEST_TOPIC]


def _over(there: Mailbox) -> list[str]:
    """The words that say that it is over."""
    return [said for word in sorted(there.resolving_words) if (said := _plain(word))]


def _plain(text: str) -> str:
    """The text's words."""
    return " ".join(_WORD.findall(text))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:26]
