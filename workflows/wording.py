"""Values as people read them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from incidentio.core.ids import is_id
from incidentio.core.vocabulary import Meaning
from integrations.types import (
    ACTION,
    ALERT,
    ALERT_SOURCE,
    API_KEY,
    CUSTOM_FIELD,
    FOLLOW_UP,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    ROLE,
    SEVERITY,
    SLACK_CHANNEL,
    STATUS,
    TYPE,
    USER,
    WORKFLOW,
)
from workflows.facts import Facts
from workflows.kinds import plain_number
from workflows.lookup import API_KEYS, PRIORITIES, SOURCES, WORKFLOWS
from workflows.parts import reference_of
from workflows.world import FIXED

_WORDS = {
    SEVERITY: "severities",
    STATUS: "statuses",
    TYPE: "types",
    ROLE: "roles",
    CUSTOM_FIELD: "fields",
    INCIDENT_TIMESTAMP: "timestamps",
}
_KINDS = {FOLLOW_UP_PRIORITY: PRIORITIES, API_KEY: API_KEYS, WORKFLOW: WORKFLOWS, ALERT_SOURCE: SOURCES}


def as_text(value: Any, meaning: Meaning, facts: Facts) -> str:
    """`value` of this meaning for people: a name for an id, and nothing for nothing. What has no name is what it is."""
    match value:
        case None:
            return ""
        case list():
            return ", ".join(as_text(one, meaning, facts) for one in value)
        case bool():
            return str(value).lower()
        case Decimal():
            return plain_number(value)
        case datetime():
            return as_moment(value)
        case _:
            return _name(str(value), meaning.type, facts) or str(value)


def as_moment(value: datetime) -> str:
    """A time as people read it."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _name(pk: str, type: str, facts: Facts) -> str | None:
    if type in FIXED:
        return FIXED[type].get(pk)
    if type in _WORDS:
        word = getattr(facts.words, _WORDS[type]).get(pk)
        return None if word is None else str(word.name)
    if type.startswith("CustomFieldOption["):
        option = facts.words.options.get(pk)
        return None if option is None else option.value
    if type.startswith("CatalogEntry[") and is_id(pk):
        entry = facts.lookup.entry(pk)
        return None if entry is None else entry.name
    if type in _KINDS and is_id(pk):
        return facts.lookup.name(_KINDS[type], pk)
    return _NAMERS[type](pk, facts) if type in _NAMERS else None


def _incident(pk: str, facts: Facts) -> str | None:
    incident = facts.incident
    return reference_of(incident) if incident is not None and incident.id == pk else None


def _person(pk: str, facts: Facts) -> str | None:
    person = facts.lookup.person(pk) if is_id(pk) else None
    return None if person is None else person.name or person.email


def _alert(pk: str, facts: Facts) -> str | None:
    alert = facts.lookup.alert(pk) if is_id(pk) else None
    return None if alert is None else alert["title"]


def _channel(pk: str, facts: Facts) -> str | None:
    values = facts.incident.values if facts.incident is not None else {}
    name = values.get("slack_channel_name") if values.get("slack_channel_id") == pk else None
    return f"#{name}" if name else None


def _work(pk: str, facts: Facts) -> str | None:
    known: Mapping[str, Any] = facts.incident.others.get(pk, {}) if facts.incident is not None else {}
    given: Iterator[Mapping[str, Any]] = (one for one in facts.given.values() if isinstance(one, Mapping))
    work = known or next((one for one in given if one.get("id") == pk), {})
    return work.get("title") or work.get("description")


_NAMERS: Mapping[str, Callable[[str, Facts], str | None]] = {
    INCIDENT: _incident,
    USER: _person,
    ALERT: _alert,
    SLACK_CHANNEL: _channel,
    ACTION: _work,
    FOLLOW_UP: _work,
}
