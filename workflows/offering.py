"""What a person who builds a workflow can choose from: subjects, their operations, values by type, references, steps.

Pages ask here, so that one in the admin and one in the web app offer the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from apikeys.models import ApiKey
from catalog.models import CatalogEntry, FollowUpPriority, StatusCategory, Word
from catalog.snapshot import active
from incidentio.core.ids import new_id
from incidentio.core.vocabulary import Meaning, Stored
from incidents.models import AlertSource
from integrations.base import Param, Step
from integrations.registry import TOOLS
from integrations.types import (
    ALERT_SOURCE,
    API_KEY,
    CATEGORY,
    CREATOR,
    CUSTOM_FIELD,
    FOLLOW_UP_PRIORITY,
    INCIDENT,
    INCIDENT_TIMESTAMP,
    ROLE,
    SEVERITY,
    STATUS,
    TYPE,
    USER,
    WORDS,
    WORKFLOW,
)
from workflows.models import Workflow
from workflows.operations import Operation, operations_of
from workflows.references import PARTS
from workflows.registry import STEPS
from workflows.triggers import TRIGGERS, Trigger
from workflows.world import WorkflowWords, World

MOST_CHOICES = 30
FEW = 12  # as many as people take in at a glance
ENTRY, OPTION = "CatalogEntry[", "CustomFieldOption["
LOOP_VARIABLE = "loop_variable"
# Things that are called what they are: their name says no more than they do.
_NAMELESS = (SEVERITY, STATUS, TYPE, ROLE, CUSTOM_FIELD, INCIDENT_TIMESTAMP, FOLLOW_UP_PRIORITY)
_STAGES = [str(stage) for stage in StatusCategory]
_NOUNS = {
    "incident": "Incidents",
    "action": "Actions",
    "follow_up": "Follow-ups",
    "alert": "Alerts",
    "escalation": "Escalations",
    "ms_teams": "Microsoft Teams",
    "workflow": "The workflow itself",
    "email": "E-mail",
    "webhook": "Webhooks",
    "manual": "By hand and by the clock",
    "scheduled": "By hand and by the clock",
} | {tool.name: tool.label for tool in TOOLS.values()}


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen."""

    value: str
    label: str


@dataclass(frozen=True)
class Choices:
    """Some of what can be chosen, and whether there is more to search for."""

    rows: list[Choice]
    more: bool = False


@dataclass(frozen=True)
class Subject:
    """Something a workflow can refer to, and what it stands among."""

    reference: str
    meaning: Meaning
    group: str

    @property
    def label(self) -> str:
        return self.meaning.label


@dataclass(frozen=True)
class Interval:
    """What the delay of a workflow is called, and what it does."""

    label: str
    help: str


_DELAYS = {
    "scheduled": Interval("Every", "How often it runs, for each incident that matches, while it matches"),
    "follow_up.overdue": Interval("After", "How long a follow-up has been outstanding when it is overdue"),
}
_DELAY = Interval("Wait", "Between what starts it and its first step. Nothing: at once")


def interval_of(trigger: str) -> Interval:
    """What the delay of workflows with this trigger means."""
    return _DELAYS.get(trigger, _DELAY)


def grouped[T](items: Iterable[tuple[str, T]]) -> list[tuple[str, list[T]]]:
    """Items by their groups, both in the order they came."""
    found: dict[str, list[T]] = {}
    for group, item in items:
        found.setdefault(group, []).append(item)
    return list(found.items())


def _noun(name: str) -> str:
    return _NOUNS.get(name.partition(".")[0], "Other")


def triggers() -> list[tuple[str, list[Trigger]]]:
    """What can start a workflow, by what it happens to."""
    return grouped((_noun(trigger.name), trigger) for trigger in TRIGGERS.values())


def steps() -> list[tuple[str, list[Step]]]:
    """The steps this hub can do, by what they do something to."""
    return grouped((_noun(step.name), step) for step in STEPS.values())


def questions(subject: Meaning, asked: str = "") -> list[Operation]:
    """What can be asked of `subject`, each once by its label; `asked` is the name to keep of several alike."""
    offered = operations_of(subject) or {}
    by_label = {operation.label: operation for operation in reversed(list(offered.values()))}
    if asked in offered:
        by_label[offered[asked].label] = offered[asked]
    kept = set(by_label.values())
    return [operation for operation in offered.values() if operation in kept]


class Offering:
    """What can be chosen in one workflow; inside a loop, with what it goes through."""

    def __init__(self, words: WorkflowWords) -> None:
        self.words = words
        self.world: World = words.world
        self._lists: dict[tuple[str, str], Choices] = {}

    def inside(self, for_each: str) -> "Offering":
        """The same in a step that is done for each of what `for_each` refers to."""
        inner = Offering(self.words.with_one_of(LOOP_VARIABLE, self.words.meaning(for_each)))
        inner._lists = self._lists
        return inner

    @cached_property
    def subjects(self) -> list[Subject]:
        """Everything there is to refer to, by groups."""
        return list(_subjects(self.words))

    @cached_property
    def askable(self) -> list[tuple[str, list[Subject]]]:
        """Subjects of conditions, by groups."""
        return grouped((one.group, one) for one in self.subjects if operations_of(one.meaning))

    @cached_property
    def many(self) -> list[tuple[str, list[Subject]]]:
        """What a step can be done for each of, by groups."""
        return grouped((one.group, one) for one in self.subjects if one.meaning.array)

    @cached_property
    def insertable(self) -> list[tuple[str, list[Subject]]]:
        """What can stand in a text, by groups."""
        return grouped((one.group, one) for one in self.subjects if one.meaning.type not in (INCIDENT, CREATOR))

    def fitting(self, param: Param) -> list[tuple[str, list[Subject]]]:
        """What may be given as `param`, by groups."""
        return grouped((one.group, one) for one in self.subjects if _fits(param, one.meaning))

    def choices(self, type: str, chosen: Collection[str] = (), query: str = "") -> Choices | None:
        """Values of a type that `query` finds; None where people have to write them down.

        Those `chosen` are among them whatever it finds, and first where there are more than a few.
        """
        if (type, query) not in self._lists:
            listed = _listed(self.world, type, query)
            if listed is None:
                return None
            self._lists[type, query] = listed
        known = self._lists[type, query]
        labels = {choice.value: choice.label for choice in known.rows}
        if len(known.rows) <= FEW and not known.more and set(chosen) <= labels.keys():
            return known
        labels |= self._labels(type, [value for value in chosen if value not in labels])
        first = [Choice(value, labels[value]) for value in chosen]
        return Choices(first + [row for row in known.rows if row.value not in chosen], known.more)

    def _labels(self, type: str, values: Collection[str]) -> dict[str, str]:
        """What people call values that are not on the list: not yet, or not any more."""
        labels = {value: self.world.label(type, value) for value in values}
        if values and type in _SEARCHED:
            labels |= _SEARCHED[type]().model._default_manager.filter(pk__in=values).values_list("pk", "name")
        elif not type.startswith(ENTRY):
            labels = {value: f"{label} (not offered any more)" for value, label in labels.items()}
        return labels

    def params(self, step: Stored) -> tuple[Param, ...]:
        """What a step is told: the values of a custom field are of the type of the field that was chosen."""
        known = STEPS.get(step["name"])
        params = known.params if known is not None else ()
        field = next((place for place, param in enumerate(params) if param.type == CUSTOM_FIELD), None)
        if field is None or field >= len(step["param_bindings"]):
            return params
        meaning = self._field_of(step["param_bindings"][field])
        return tuple(
            replace(param, type=meaning.type) if meaning is not None and param.name in ("value", "values") else param
            for param in params
        )

    def _field_of(self, binding: Stored) -> Meaning | None:
        value = binding.get("value")
        literal = value.get("literal") if isinstance(value, dict) else None
        meaning = self.words.meaning(f'incident.custom_field["{literal}"]') if literal else None
        return meaning if meaning is not None and meaning.known else None


def new_step(name: str) -> dict[str, Any]:
    """A step as it is when it was just chosen: about the incident, the rest to be said."""
    known = STEPS.get(name)
    params = known.params if known is not None else ()
    bindings: list[dict[str, Any]] = [
        {"value": {"reference": "incident"}} if param.type == INCIDENT and not param.array else {} for param in params
    ]
    return {"id": new_id(), "name": name, "param_bindings": bindings}


def new_condition() -> dict[str, Any]:
    """A condition nobody has said anything of yet."""
    return {"subject": "", "operation": "", "param_bindings": []}


# ---- references


def _subjects(words: WorkflowWords) -> Iterator[Subject]:
    for root in words.given:
        if root != ".":
            yield from _from(words, root, 2)
    for name in words.expressions:
        reference = f'expressions["{name}"]'
        meaning = words.meaning(reference)
        if meaning.known:
            yield Subject(reference, meaning, "Expressions")


def _from(words: WorkflowWords, reference: str, depth: int, group: str = "") -> Iterator[Subject]:
    """`reference` and its parts: what has no life of its own is looked through, and people always are."""
    meaning = words.meaning(reference)
    if not meaning.known:
        return
    yield Subject(reference, meaning, group or meaning.label)
    inside = depth if meaning.type == CREATOR else depth - 1
    for part, inner_group in _parts(words.world, meaning) if depth > 0 or meaning.type == USER else ():
        yield from _from(words, f"{reference}.{part}", inside, inner_group)


def _parts(world: World, whole: Meaning) -> Iterator[tuple[str, str]]:
    """The segments that name parts of something, each with its group."""
    for name in PARTS.get(whole.type, {}):
        if name != "name" or whole.type not in _NAMELESS:
            yield name, whole.label
    if whole.type == INCIDENT:
        for name, rows in _of_incident(world).items():
            plural = name.replace("_", " ") + "s"
            yield from ((f'{name}["{row.id}"]', f"{whole.label}: {plural}") for row in active(rows))
    if whole.type.startswith(ENTRY):
        kind = world.catalog.get(whole.type.removeprefix(f'{ENTRY}"').removesuffix('"]'))
        for attribute in kind.attributes if kind is not None else ():
            yield f'catalog_attribute["{attribute["id"]}"]', whole.label


def _of_incident(world: World) -> dict[str, Collection[Word]]:
    words = world.words
    return {
        "custom_field": words.fields.values(),
        "role": words.roles.values(),
        "timestamp": words.timestamps.values(),
    }


def _fits(param: Param, meaning: Meaning) -> bool:
    """Whether something of this meaning may be given: text may be anything, one thing is not many."""
    if meaning.array and not param.array:
        return False
    if param.type in WORDS:
        return meaning.type not in (INCIDENT, CREATOR)
    return meaning.type == param.type


# ---- values


def _listed(world: World, type: str, query: str) -> Choices | None:
    """What there is of a type whose name has `query` in it."""
    if type.startswith(ENTRY):
        pk = type.removeprefix(f'{ENTRY}"').removesuffix('"]')
        return _searched(CatalogEntry.objects.active().filter(catalog_type_id=pk), query)
    if type in _SEARCHED:
        return _searched(_SEARCHED[type](), query)
    offered = _offered(world, type)
    if offered is None:
        return None
    found = [row for row in offered if query.casefold() in row.label.casefold()]
    return Choices(found)


def _searched(rows: "QuerySet[Any]", query: str) -> Choices:
    if query:
        by_name = Q(name__icontains=query)
        rows = rows.filter(by_name | Q(email__istartswith=query) if rows.model is User else by_name)
    named = list(rows.order_by("name", "pk").values_list("pk", "name")[: MOST_CHOICES + 1])
    return Choices([Choice(*row) for row in named[:MOST_CHOICES]], more=len(named) > MOST_CHOICES)


_SEARCHED: Mapping[str, Any] = {
    USER: lambda: User.objects.filter(is_active=True),
    API_KEY: lambda: ApiKey.objects.filter(revoked_at=None),
    WORKFLOW: Workflow.objects.active,
    ALERT_SOURCE: AlertSource.objects.active,
    FOLLOW_UP_PRIORITY: FollowUpPriority.objects.active,
}


def _offered(world: World, type: str) -> list[Choice] | None:
    words = world.words
    if type == SEVERITY:
        return _named(reversed(active(words.severities.values())))
    if type == STATUS:
        return _named(status for stage in _STAGES for status in words.statuses_in(stage))
    listed: dict[str, Collection[Word]] = {
        TYPE: words.types.values(),
        ROLE: words.roles.values(),
        CUSTOM_FIELD: words.fields.values(),
        INCIDENT_TIMESTAMP: words.timestamps.values(),
    }
    if type in listed:
        return _named(active(listed[type]))
    if type.startswith(OPTION):
        pk = type.removeprefix(f'{OPTION}"').removesuffix('"]')
        return [Choice(option.id, option.value) for option in words.options_of.get(pk, [])]
    fixed = world.choices(type)
    if fixed is None:
        return None
    names = _STAGES if type == CATEGORY else fixed  # the names clients give categories besides mean the same
    return [Choice(value, fixed[value]) for value in names]


def _named(rows: Iterable[Word]) -> list[Choice]:
    return [Choice(row.id, row.name) for row in rows]
