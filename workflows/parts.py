"""The parts things have, read at a moment: what `references.py` and `world.py` name, as closures over facts.

Nothing is asked of the database unless a part is one that only a `Lookup` knows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.actors import ActorKind
from incidentio.core.ids import is_id
from incidentio.core.mail import is_address
from incidentio.core.vocabulary import Meaning
from incidents.links import permalink
from integrations.types import (
    ACTION,
    ALERT,
    ALERT_SOURCE,
    API_KEY,
    CREATOR,
    CUSTOM_FIELD,
    FOLLOW_UP,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    ROLE,
    SEVERITY,
    SLACK_CHANNEL,
    SLACK_MESSAGE,
    STATUS,
    TIMESTAMP,
    TYPE,
    USER,
    WORKFLOW,
)
from workflows.facts import Facts, IncidentState
from workflows.kinds import MOST, shape_of
from workflows.lookup import API_KEYS, PRIORITIES, SOURCES, WORKFLOWS
from workflows.world import WorkflowWords

Reader = Callable[[Facts], Any]
Step = Callable[[Any, Facts], Any]  # from a thing, as it was read, to a part of it

_SEGMENT = re.compile(r'([^.\["]+)(?:\["([^"]*)"\])?')
_COLUMNS = {
    "name": "name",
    "summary": "summary",
    "severity": "severity_id",
    "status": "incident_status_id",
    "incident_type": "incident_type_id",
    "mode": "mode",
    "visibility": "visibility",
    "created_at": "created_at",
    "call_url": "call_url",
    "postmortem_document_url": "postmortem_document_url",
    "slack_channel": "slack_channel_id",
}
# Parts that are one of few words: everything about those is known when a workflow is compiled.
_WORDS = {"severity": "severities", "status": "statuses", "incident_type": "types"}
_KEYED = {
    "custom_field": "custom_field_entries",
    "role": "incident_role_assignments",
    "timestamp": "incident_timestamp_values",
}


def nothing(facts: Facts) -> Any:
    """What is not there."""
    return None


def reader_of(words: WorkflowWords, reference: str) -> Reader:
    """What reads `reference`, which names no expression; of what nobody knows it reads nothing."""
    root = next((name for name in words.given if reference == name or reference.startswith(f"{name}.")), None)
    if root is None or root == ".":
        return nothing
    whole = words.given[root]
    read = _root(root, whole)
    if reference == root:
        shape = shape_of(whole)
        return lambda facts: shape(read(facts))
    return part_of(words, whole, read, reference.removeprefix(f"{root}."))


def part_of(words: WorkflowWords, whole: Meaning, read: Reader, reference: str) -> Reader:
    """What reads the part `reference` of what `read` reads."""
    column = column_of(words, f"incident.{reference}") if read is incident_of else None
    if column is not None and (not column.words or reference in _COLUMNS):
        return _column_reader(column)
    way = way_to(words, whole, reference)
    return lambda facts: way(read(facts), facts)


def way_to(words: WorkflowWords, whole: Meaning, reference: str) -> Step:
    """The way from a thing to its part `reference`; of many things, to the parts of each."""
    steps, meaning = _steps(words, whole, reference)
    shape = shape_of(meaning)
    if not meaning.known:
        return lambda thing, facts: shape(None)
    return lambda thing, facts: shape(_followed(thing, steps, facts))


@dataclass(frozen=True)
class Column:
    """Where in an incident's values something stands. `words` names the words of the snapshot it is one of, where it is
    one of those or a part of one.
    """

    name: str
    meaning: Meaning
    words: str = ""


def column_of(words: WorkflowWords, reference: str) -> Column | None:
    """The column that alone decides what `reference` reads; None if there is none."""
    root, _, part = reference.partition(".")
    incident, meaning = words.given.get(root), words.meaning(reference)
    if root != "incident" or incident is None or incident.type != INCIDENT or not meaning.known:
        return None
    first, _, rest = part.partition(".")
    if first in _WORDS:
        return Column(_COLUMNS[first], meaning, _WORDS[first])
    keyed = _SEGMENT.fullmatch(part)
    if keyed is not None and keyed[1] in _KEYED and keyed[2] is not None:
        return Column(f"{_KEYED[keyed[1]]}.{keyed[2]}", meaning)
    return Column(_COLUMNS[first], meaning) if first in _COLUMNS and not rest else None


def incident_of(facts: Facts) -> IncidentState | None:
    """The incident all is about."""
    return facts.incident


def _root(name: str, meaning: Meaning) -> Reader:
    if name == "incident" and meaning.type == INCIDENT:
        return incident_of
    return lambda facts: facts.given.get(name)


def _column_reader(column: Column) -> Reader:
    shape, name = shape_of(column.meaning), column.name

    def read(facts: Facts) -> Any:
        return shape(None if facts.incident is None else facts.incident.values.get(name))

    return read


def _steps(words: WorkflowWords, whole: Meaning, reference: str) -> tuple[list[Step], Meaning]:
    """The way from a thing to one of its parts, and what that part is."""
    steps, meaning, end = list[Step](), whole, 0
    for segment in _SEGMENT.finditer(reference):
        part = words.part_of(meaning, segment[0])
        step = _step(words, meaning, segment[1], segment[2]) if part.known else None
        if step is None or segment.start() != end:
            return [], replace(whole, known=False)
        steps.append(step)
        meaning, end = replace(part, array=part.array or meaning.array), segment.end() + 1
    return steps, replace(meaning, known=end == len(reference) + 1)


def _followed(thing: Any, steps: list[Step], facts: Facts) -> Any:
    """What lies at the end of `steps`; of a list, what lies there for each."""
    for step in steps:
        if isinstance(thing, list):
            thing = list(_of_each(thing, step, facts))
        elif thing is not None:
            thing = step(thing, facts)
    return thing


def _of_each(things: list[Any], step: Step, facts: Facts) -> Iterator[Any]:
    left = MOST
    for thing in things:
        part = step(thing, facts) if thing is not None else None
        for one in part if isinstance(part, list) else [part]:
            if left > 0 and one is not None:
                left -= 1
                yield one


def _step(words: WorkflowWords, whole: Meaning, name: str, key: str | None) -> Step | None:
    if key is None:
        if name == "name" and whole.type.startswith("CatalogEntry["):
            return _entry_name
        if name == "name" and whole.type.startswith("CustomFieldOption["):
            return _option_name
        return _STEPS.get(whole.type, {}).get(name)
    if name == "catalog_attribute":
        return _attribute(words.part_of(whole, f'{name}["{key}"]'), key)
    return _child(f"{_KEYED[name]}.{key}") if whole.type == INCIDENT and name in _KEYED else None


# ---- incidents


def _of_incident(get: Callable[[IncidentState, Facts], Any]) -> Step:
    """A part of the incident, where the thing is that incident or its id."""

    def step(thing: Any, facts: Facts) -> Any:
        incident = thing if isinstance(thing, IncidentState) else facts.incident
        known = incident is not None and (incident is thing or incident.id == thing)
        return get(incident, facts) if incident is not None and known else None

    return step


def _child(name: str) -> Step:
    return _of_incident(lambda incident, facts: incident.values.get(name))


def reference_of(incident: IncidentState) -> str | None:
    """How people call an incident for short: INC-12."""
    number = incident.values.get("number")
    return None if number is None else f"INC-{number}"


def _reporter(incident: IncidentState, facts: Facts) -> Any:
    role = facts.words.reporter_role
    return None if role is None else incident.values.get(f"incident_role_assignments.{role.id}")


def _minutes_since(moment: Any, facts: Facts) -> Decimal | None:
    if not isinstance(moment, datetime):
        return None
    return Decimal(int((facts.now - moment).total_seconds() // 60))


def _declared_at(incident: IncidentState) -> Any:
    return _as_moment(incident.values.get("created_at"))


_as_moment = shape_of(Meaning("", TIMESTAMP))


def _creator(kind: str) -> Step:
    """The creator, where it is one of this kind."""

    def step(thing: Any, facts: Facts) -> Any:
        values = facts.incident.values if facts.incident is not None else {}
        return values.get("creator_id") if values.get("creator_kind") == kind else None

    return step


# ---- everything else


def _of_state(column: str) -> Step:
    """A column of an action, a follow-up or the like: told by the trigger, or by the incident's events."""

    def step(thing: Any, facts: Facts) -> Any:
        if isinstance(thing, str) and facts.incident is not None:
            thing = facts.incident.others.get(thing)
        return thing.get(column) if isinstance(thing, Mapping) else None

    return step


def _of_alert(column: str) -> Step:
    def step(thing: Any, facts: Facts) -> Any:
        alert = thing if isinstance(thing, Mapping) else facts.lookup.alert(thing) if is_id(thing) else None
        return None if alert is None else alert.get(column)

    return step


def _of_person(attribute: str) -> Step:
    def step(thing: Any, facts: Facts) -> Any:
        person = facts.lookup.person(thing) if is_id(thing) else None
        return getattr(person, attribute, None)

    return step


def _address(thing: Any, facts: Facts) -> Any:
    """A person's e-mail address; somebody of the catalog without an account may be known by nothing else."""
    return thing if isinstance(thing, str) and is_address(thing) else _of_person("email")(thing, facts)


def _looked_up(kind: str) -> Step:
    return lambda thing, facts: facts.lookup.name(kind, thing) if is_id(thing) else None


def _word(words: str, attribute: str = "name") -> Step:
    """What is said of a word of the catalog; `words` is where the snapshot keeps its kind."""
    return lambda thing, facts: getattr(_in(getattr(facts.words, words), thing), attribute, None)


def _in(table: Mapping[str, Any], key: Any) -> Any:
    return table.get(key) if isinstance(key, str) else None


def _option_name(thing: Any, facts: Facts) -> Any:
    return getattr(_in(facts.words.options, thing), "value", None)


def _entry_name(thing: Any, facts: Facts) -> Any:
    entry = facts.lookup.entry(thing) if is_id(thing) else None
    return None if entry is None else entry.name


def _attribute(meaning: Meaning, key: str) -> Step:
    """The values of an entry's attribute: other entries and people by their ids, whatever names them there."""
    linked = meaning.type == USER or meaning.type.startswith("CatalogEntry[")

    def step(thing: Any, facts: Facts) -> Any:
        attributes = facts.lookup.attributes(thing) if is_id(thing) else None
        values = (attributes or {}).get(key, [])
        return [(value.target_id if linked else None) or value.literal for value in values]

    return step


_NAMES = {
    SEVERITY: "severities",
    STATUS: "statuses",
    TYPE: "types",
    ROLE: "roles",
    CUSTOM_FIELD: "fields",
    INCIDENT_TIMESTAMP: "timestamps",
}
_KINDS = {FOLLOW_UP_PRIORITY: PRIORITIES, API_KEY: API_KEYS, WORKFLOW: WORKFLOWS, ALERT_SOURCE: SOURCES}
_WORK = {"description": "description", "status": "status", "assignee": "assignee_id"}
_STEPS: Mapping[str, Mapping[str, Step]] = {
    **{type: {"name": _word(words)} for type, words in _NAMES.items()},
    **{type: {"name": _looked_up(kind)} for type, kind in _KINDS.items()},
    INCIDENT: {
        **{name: _child(column) for name, column in _COLUMNS.items()},
        "reference": _of_incident(lambda incident, facts: reference_of(incident)),
        "creator": _of_incident(lambda incident, facts: incident.values.get("creator_label")),
        "reporter": _of_incident(_reporter),
        "active_participants": _of_incident(lambda incident, facts: incident.active_participants),
        "updated_at": _of_incident(lambda incident, facts: incident.changed_at),
        "last_update_at": _of_incident(lambda incident, facts: incident.last_update_at),
        "minutes_since_declared": _of_incident(lambda incident, facts: _minutes_since(_declared_at(incident), facts)),
        "minutes_since_update": _of_incident(
            lambda incident, facts: _minutes_since(incident.last_update_at or _declared_at(incident), facts)
        ),
        "url": _of_incident(lambda incident, facts: permalink(incident.id)),
        "ms_teams_channel": lambda thing, facts: None,
    },
    SEVERITY: {
        "name": _word("severities"),
        "rank": lambda thing, facts: getattr(_in(facts.words.severities, thing), "rank", None),
    },
    STATUS: {"name": _word("statuses"), "category": _word("statuses", "category")},
    CREATOR: {
        "api_key": _creator(ActorKind.API_KEY),
        "user": _creator(ActorKind.USER),
        "workflow": _creator(ActorKind.WORKFLOW),
        "alert": _creator(ActorKind.ALERT),
    },
    USER: {"name": _of_person("name"), "email": _address, "slack_user_id": _of_person("slack_user_id")},
    ALERT: {
        **{name: _of_alert(name) for name in ("title", "description", "status", "source_url", "deduplication_key")},
        "alert_source": _of_alert("alert_source_id"),
    },
    ACTION: {name: _of_state(column) for name, column in _WORK.items()},
    FOLLOW_UP: {
        **{name: _of_state(column) for name, column in _WORK.items()},
        "title": _of_state("title"),
        "priority": _of_state("priority_id"),
    },
    SLACK_CHANNEL: {
        "name": lambda thing, facts: (
            facts.incident.values.get("slack_channel_name")
            if facts.incident is not None and facts.incident.values.get("slack_channel_id") == thing
            else None
        )
    },
    SLACK_MESSAGE: {"channel": _of_state("channel"), "author": _of_state("author")},
}
