"""What workflows speak of, as configured: the words of the catalog, people and keys, read once for many workflows."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, models
from django.utils.dateparse import parse_datetime

from accounts.models import User
from apikeys.models import ApiKey
from catalog import snapshot
from catalog.models import (
    SELECTS,
    CatalogEntry,
    CatalogType,
    CustomField,
    FieldType,
    FollowUpPriority,
    StatusCategory,
    Word,
)
from catalog.snapshot import Snapshot
from incidentio.core import sql
from incidentio.core.ids import is_id
from incidentio.core.vocabulary import NUMBER, STRING, Meaning, Stored, Vocabulary, unknown
from incidents.models import AlertStatus, Mode, Visibility, WorkStatus
from integrations.types import (
    ALERT_STATUS,
    API_KEY,
    BOOL,
    CATEGORY,
    CUSTOM_FIELD,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    LINK,
    MODE,
    ROLE,
    SEVERITY,
    STATUS,
    TEXT,
    TIMESTAMP,
    TYPE,
    UNTYPED,
    USER,
    VISIBILITY,
    WORK_STATUS,
    entry_of,
    option_of,
)
from workflows.operations import operation_label
from workflows.references import PARTS
from workflows.triggers import TRIGGERS

_KEYED = re.compile(r'([^\["]+)\["([^"]*)"\]')
_OF_A_TYPE = re.compile(r'(?:CatalogEntry|CustomFieldOption)\["([^"]*)"\]')
_CUSTOM = re.compile(r'Custom\["[^"]*"\]')
# `active` and `open` are what clients call `live` (API behaviour, sections 0 and 9.2).
CATEGORIES = {str(category): category.label for category in StatusCategory} | {"active": "Active", "open": "Active"}
_FIELD_TYPES = {FieldType.TEXT: TEXT, FieldType.LINK: LINK, FieldType.NUMERIC: NUMBER}
FIXED: Mapping[str, Mapping[str, str]] = {
    CATEGORY: CATEGORIES,
    MODE: {str(mode): mode.label for mode in Mode},
    VISIBILITY: {str(visibility): visibility.label for visibility in Visibility},
    WORK_STATUS: {str(status): status.label for status in WorkStatus},
    ALERT_STATUS: {str(status): status.label for status in AlertStatus},
    BOOL: {"true": "True", "false": "False"},
}


@dataclass(frozen=True, eq=False)
class World:
    """Names by id; of people, keys and entries only those somebody spoke of."""

    words: Snapshot
    catalog: Mapping[str, CatalogType]
    priorities: Mapping[str, str]
    people: Mapping[str, str]
    keys: Mapping[str, str]
    entries: Mapping[str, str]
    priority_ranks: Mapping[str, int]

    @cached_property
    def type_ids(self) -> dict[str, str]:
        """The id of the catalog type of each type name."""
        return {row.type_name: row.id for row in self.catalog.values() if row.archived_at is None}

    @cached_property
    def _choices(self) -> Mapping[str, Mapping[str, str]]:
        named: dict[str, Mapping[str, Word]] = {
            SEVERITY: self.words.severities,
            STATUS: self.words.statuses,
            TYPE: self.words.types,
            ROLE: self.words.roles,
            CUSTOM_FIELD: self.words.fields,
            INCIDENT_TIMESTAMP: self.words.timestamps,
        }
        by_type = {type: {pk: row.name for pk, row in rows.items()} for type, rows in named.items()}
        options: dict[str, dict[str, str]] = defaultdict(dict)
        for option in self.words.options.values():
            options[option_of(option.custom_field_id)][option.id] = option.value
        people = {USER: self.people, API_KEY: self.keys, FOLLOW_UP_PRIORITY: self.priorities}
        return {**FIXED, **by_type, **options, **people}

    def choices(self, type: str) -> Mapping[str, str] | None:
        """The values there are of a type, with their labels; None where there is no list of them."""
        if type.startswith("CustomFieldOption["):
            return self._choices.get(type, {})
        return self._choices.get(type)

    def label(self, type: str, literal: str) -> str:
        """What people call `literal` where something of `type` is expected."""
        choices = self.entries if type.startswith("CatalogEntry[") else self.choices(type)
        return (choices or {}).get(literal, literal)

    def refusal(self, type: str, literal: str) -> str | None:
        """Why `literal` cannot be of `type`; None if it can."""
        choices = self.choices(type)
        if choices is not None:
            return None if literal in choices else f"There is no {_in_words(type)} {literal[:60]!r}"
        if type == NUMBER and not _is_number(literal):
            return f"{literal[:60]!r} is not a number"
        if type == TIMESTAMP and not _is_instant(literal):
            return f"{literal[:60]!r} is not a time; send it as in 2024-12-02T14:03:00Z"
        return None


def world_of(definitions: Iterable[Stored]) -> World:
    """The world the workflows of `definitions` speak of. A constant number of statements, however many they are."""
    priorities = list(FollowUpPriority.objects.values_list("pk", "name", "rank"))
    ids = sorted({literal for definition in definitions for literal in _literals(definition) if is_id(literal)})
    return World(
        words=snapshot.current(),
        catalog=CatalogType.objects.defer("annotations", "description").in_bulk(),
        priorities={pk: name for pk, name, _ in priorities},
        priority_ranks={pk: rank for pk, _, rank in priorities},
        people=_names(User, ids),
        keys=_names(ApiKey, ids),
        entries=_names(CatalogEntry, ids),
    )


def _names(model: type[models.Model], ids: list[str]) -> dict[str, str]:
    one_of, given = sql.among(ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, name FROM {model._meta.db_table} WHERE id {one_of}", [given])  # noqa: S608
        return dict(cursor.fetchall())


class WorkflowWords(Vocabulary):
    """What can be said in one workflow."""

    def __init__(self, world: World, trigger: str, definition: Stored) -> None:
        known = TRIGGERS.get(trigger)
        scope = dict(known.scope) if known is not None else {}
        for field in definition.get("form_fields", []):
            scope[f"form.{field['key']}"] = Meaning(f"Form → {field['title']}", field["type"], field["array"])
        super().__init__(definition["expressions"], scope)
        self.world = world
        # Expressions see what the workflow sees, wherever they are referred to; what reads them is made once.
        self.outermost = self
        self.readers: dict[str, Callable[[Any], Any]] = {}

    def part_of(self, whole: Meaning, segment: str) -> Meaning:
        keyed = _KEYED.fullmatch(segment)
        if keyed is None:
            if segment == "name" and whole.type.startswith(("CatalogEntry[", "CustomFieldOption[")):
                return Meaning("Name")
            return PARTS.get(whole.type, {}).get(segment) or unknown(segment)
        name, key = keyed.groups()
        if name == "catalog_attribute":
            return self._attribute(whole, key)
        return self._of_incident(name, key) if whole.type == INCIDENT else unknown(segment)

    def operation_label(self, subject: Meaning, operation: str) -> str:
        return operation_label(subject, operation)

    def literal_label(self, type: str, literal: str) -> str:
        return self.world.label(type, literal)

    def _of_incident(self, name: str, key: str) -> Meaning:
        words = self.world.words
        if name == "custom_field" and key in words.fields:
            return _of_field(words.fields[key])
        if name == "role" and key in words.roles:
            return Meaning(words.roles[key].name, USER)
        if name == "timestamp" and key in words.timestamps:
            return Meaning(words.timestamps[key].name, TIMESTAMP)
        return unknown(name)

    def _attribute(self, whole: Meaning, key: str) -> Meaning:
        match = _OF_A_TYPE.fullmatch(whole.type)
        kind = self.world.catalog.get(match[1]) if match is not None else None
        if kind is None:
            # of people and the like: known to other tools, with attributes nobody published
            return Meaning(key, UNTYPED) if whole.type == USER else unknown(key)
        attribute = next((one for one in kind.attributes if one["id"] == key), None)
        if attribute is None:
            return unknown(key)
        type = attribute["type"]
        if _CUSTOM.fullmatch(type) and type in self.world.type_ids:
            type = entry_of(self.world.type_ids[type])
        return Meaning(attribute["name"], type, attribute["array"])


def _of_field(field: CustomField) -> Meaning:
    type = _FIELD_TYPES.get(FieldType(field.field_type), STRING)
    if field.field_type in SELECTS:
        type = entry_of(field.catalog_type_id) if field.catalog_type_id else option_of(field.id)
    return Meaning(field.name, type, array=field.field_type == FieldType.MULTI_SELECT)


def _literals(stored: Any) -> Iterator[str]:
    """Every literal in what is stored of a workflow."""
    if isinstance(stored, Mapping):
        for name, value in stored.items():
            if name == "literal" and isinstance(value, str):
                yield value
            else:
                yield from _literals(value)
    elif isinstance(stored, list):
        for value in stored:
            yield from _literals(value)


def _in_words(type: str) -> str:
    """`IncidentSeverity` as people say it: incident severity."""
    name = type.partition("[")[0]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("API", "API ").lower().replace("api", "API")


def _is_number(literal: str) -> bool:
    return re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", literal) is not None


def _is_instant(literal: str) -> bool:
    try:
        return parse_datetime(literal) is not None
    except ValueError:
        return False
