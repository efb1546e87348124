"""What conditions can ask of things of each type (API behaviour, section 9.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from incidentio.core.vocabulary import NUMBER, Meaning
from integrations.types import (
    ALERT,
    ALERT_SOURCE,
    ALERT_STATUS,
    API_KEY,
    BOOL,
    CATEGORY,
    CREATOR,
    CUSTOM_FIELD,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    MODE,
    ROLE,
    SEVERITY,
    SLACK_CHANNEL,
    STATUS,
    TIMESTAMP,
    TYPE,
    USER,
    VISIBILITY,
    WORDS,
    WORK_STATUS,
    WORKFLOW,
)


class Takes(Enum):
    """How many values an operation compares with."""

    NOTHING = 0
    ONE = 1
    MANY = 2


@dataclass(frozen=True)
class Operation:
    """A question about a subject: its name on the wire, how people say it, and what it compares with."""

    name: str
    label: str
    takes: Takes = Takes.NOTHING


_PRESENCE = [Operation("is_set", "is set"), Operation("is_blank", "is not set")]
_AMONG = [Operation("one_of", "is one of", Takes.MANY), Operation("not_in", "is not one of", Takes.MANY)]
_ORDER = [
    Operation("gte", "is at least", Takes.ONE),
    Operation("lte", "is at most", Takes.ONE),
    Operation("gt", "is more than", Takes.ONE),
    Operation("lt", "is less than", Takes.ONE),
]
_WORDS = [
    Operation("contains", "contains", Takes.ONE),
    Operation("does_not_contain", "does not contain", Takes.ONE),
    Operation("contains_one_of", "contains one of", Takes.MANY),
    Operation("starts_with", "starts with", Takes.ONE),
    Operation("ends_with", "ends with", Takes.ONE),
    Operation("matches", "matches", Takes.ONE),
    Operation("does_not_match", "does not match", Takes.ONE),
]
_MOMENTS = [Operation("gte", "is at or after", Takes.ONE), Operation("lte", "is at or before", Takes.ONE)]
_NAMES = [Operation("contains", "name contains", Takes.ONE), Operation("name_contains", "name contains", Takes.ONE)]
_LISTS = [
    Operation("contains", "contains", Takes.ONE),
    Operation("contains_one_of", "contains one of", Takes.MANY),
    Operation("contains_all_of", "contains all of", Takes.MANY),
    Operation("contains_none_of", "contains none of", Takes.MANY),
]
_ACTIVE = [Operation("is_active", "is active"), Operation("is_not_active", "is not active")]
_TRUTH = [Operation("is_true", "is true"), Operation("is_false", "is false")]


def _by_name(*groups: list[Operation]) -> dict[str, Operation]:
    return {operation.name: operation for group in groups for operation in group}


_CHOICES = (
    TYPE, MODE, VISIBILITY, ROLE, CUSTOM_FIELD, INCIDENT_TIMESTAMP, WORK_STATUS, USER, API_KEY, WORKFLOW, ALERT,
    ALERT_SOURCE, ALERT_STATUS, SLACK_CHANNEL,
)  # fmt: skip
_OF_TYPE: Mapping[str, dict[str, Operation]] = (
    dict.fromkeys(WORDS, _by_name(_AMONG, _WORDS, _PRESENCE))
    | dict.fromkeys(_CHOICES, _by_name(_AMONG, _PRESENCE))
    | dict.fromkeys((INCIDENT, CREATOR), _by_name(_PRESENCE))
    | dict.fromkeys((SEVERITY, FOLLOW_UP_PRIORITY, NUMBER), _by_name(_AMONG, _ORDER, _PRESENCE))
    | dict.fromkeys((STATUS, CATEGORY), _by_name(_AMONG, _ACTIVE, _PRESENCE))
    | {TIMESTAMP: _by_name(_MOMENTS, _PRESENCE), BOOL: _by_name(_TRUTH, _AMONG, _PRESENCE)}
)
_OPTIONS = _by_name(_AMONG, _PRESENCE)
_ENTRIES = _by_name(_AMONG, _NAMES, _PRESENCE)
_MANY = _by_name(_AMONG, _LISTS, _PRESENCE)
_LABELS = {
    name: operation.label for table in (*_OF_TYPE.values(), _ENTRIES, _MANY) for name, operation in table.items()
}


def operations_of(subject: Meaning) -> Mapping[str, Operation] | None:
    """What can be asked of `subject`; None where its type is one nobody here knows."""
    if subject.type.startswith("CatalogEntry["):
        return _MANY | _ENTRIES if subject.array else _ENTRIES
    if subject.type.startswith("CustomFieldOption["):
        return _MANY if subject.array else _OPTIONS
    known = _OF_TYPE.get(subject.type)
    return _MANY if known is not None and subject.array else known


def operation_label(subject: Meaning, name: str) -> str:
    """How people say the operation of this name when it is asked of `subject`."""
    operation = (operations_of(subject) or {}).get(name)
    return operation.label if operation is not None else _LABELS.get(name, name.replace("_", " "))
