"""What templates see: an incident and what a trigger told, as items of mappings that are read when they are named.

Nothing of ours but what is read at a moment can be reached: there are items, and no attributes.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from incidentio.core.vocabulary import Meaning
from integrations.types import INCIDENT, WORDS
from workflows.facts import Facts
from workflows.parts import way_to
from workflows.rendering import LONGEST_OUTPUT, Moment
from workflows.values import reader
from workflows.wording import as_text
from workflows.world import WorkflowWords

_KEYED = ("custom_field", "role", "timestamp")
_LARGEST = 10**15  # whole numbers that are as exact as a template can reckon


def things_in(words: WorkflowWords, facts: Facts) -> dict[str, Any]:
    """Everything a template can name here, under its first name: `incident`, `form` with its fields, `expressions`."""
    now = _moment(facts.now)
    things: dict[str, Any] = {
        "now": now,
        "today": now,
        "expressions": _Keyed(lambda key: _expression(words, facts, key)),
    }
    for reference, meaning in words.given.items():
        if reference == ".":
            continue
        root, _, name = reference.partition(".")
        value = seen(words, facts, reader(words, reference)(facts), meaning)
        if not name:
            things[root] = value
        elif isinstance(things.setdefault(root, {}), dict):
            things[root][name] = value
    return things


def seen(words: WorkflowWords, facts: Facts, value: Any, meaning: Meaning) -> Any:
    """A value as templates see it."""
    match value:
        case None | bool():
            return value
        case list():
            return Many(seen(words, facts, one, meaning) for one in value)
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < _LARGEST else float(value)
        case datetime():
            return _moment(value)
        case _:
            return str(value)[:LONGEST_OUTPUT] if meaning.type in WORDS else Thing(words, facts, value, meaning)


def _moment(value: datetime) -> Moment:
    return Moment(
        value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
    )


def _expression(words: WorkflowWords, facts: Facts, key: str) -> Any:
    reference = f'expressions["{key}"]'
    meaning = words.meaning(reference)
    if not meaning.known:
        raise KeyError(key)
    return seen(words, facts, reader(words, reference)(facts), meaning)


class Thing(Mapping[str, Any]):
    """Something with an id: it reads as people call it, and its items are its parts."""

    __slots__ = ("_facts", "_meaning", "_value", "_words")

    def __init__(self, words: WorkflowWords, facts: Facts, value: str, meaning: Meaning) -> None:
        self._words = words
        self._facts = facts
        self._value = value
        self._meaning = meaning

    def __getitem__(self, name: Any) -> Any:
        part = self._words.part_of(self._meaning, name) if isinstance(name, str) else None
        if part is not None and part.known:
            value = way_to(self._words, self._meaning, name)(self._value, self._facts)
            return seen(self._words, self._facts, value, part)
        if name == "catalog_attribute" or (name in _KEYED and self._meaning.type == INCIDENT):
            return _Keyed(lambda key: self[f'{name}["{key}"]'])
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        return as_text(self._value, self._meaning, self._facts)[:LONGEST_OUTPUT]

    def __eq__(self, other: object) -> bool:
        return str(other) in (self._value, str(self)) if isinstance(other, (str, Thing)) else False

    def __hash__(self) -> int:
        return hash(str(self))

    def __liquid__(self) -> str:
        """What it is compared as."""
        return str(self)


class _Keyed(Mapping[str, Any]):
    """Many parts of one kind, by their keys: `custom_field["ID"]`."""

    __slots__ = ("_get",)

    def __init__(self, get: Any) -> None:
        self._get = get

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            raise KeyError(key)
        return self._get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        return ""

    def __liquid__(self) -> None:
        """Nothing by itself."""


class Many(tuple[Any, ...]):
    """Many values: they read as a list with commas, and a part of them is that part of each."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str) or key in ("size", "first", "last"):
            return super().__getitem__(key)
        parts = [one[key] for one in self if isinstance(one, Mapping)]
        return Many(one for part in parts for one in (part if isinstance(part, tuple) else (part,)) if one is not None)

    def __str__(self) -> str:
        return ", ".join(str(one) for one in self)
