"""Conditions as closures: what an operation asks of a value, prepared once with what it compares with.

How references are read is told from outside (`Read`), since expressions are made of conditions too. Nothing here
raises, whatever the literals and the facts are: what cannot be compared does not hold.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import re2

from catalog.models import StatusCategory
from catalog.snapshot import Snapshot
from incidentio.core.vocabulary import NUMBER, Meaning, Stored
from integrations.types import BOOL, CATEGORY, FOLLOW_UP_PRIORITY, SEVERITY, STATUS, TIMESTAMP, WORDS
from workflows.facts import Facts, IncidentState
from workflows.kinds import MOST, first, listed, shaped
from workflows.lookup import Lookup
from workflows.operations import operations_of
from workflows.parts import Column, Reader, column_of
from workflows.wording import as_text
from workflows.world import WorkflowWords

Read = Callable[[WorkflowWords, str], Reader]
Test = Callable[[Facts], bool]
Holds = Callable[[Any, Any], bool]

NO_VALUES: Mapping[str, Any] = {}
_UNKNOWN = "what no word is called"
PATTERNS = ("matches", "does_not_match")
LONGEST_PATTERN = 1_000
LONGEST_SEARCHED = 100_000
_PATTERN_MEMORY = 1 << 20


@dataclass(frozen=True)
class Comparison:
    """`prepare` makes of the values to compare with what `holds` takes beside the value looked at; `by_name` looks at
    ids with the names of what they stand for; `negated` asks the opposite.
    """

    holds: Holds
    prepare: Callable[[list[Any]], Any] = frozenset
    by_name: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """The commonest condition: whether what stands in a column of the incident is as usual, where `unusual` is not."""

    name: str
    unusual: frozenset[Any]
    usual: bool = False
    share: float = 0.5  # of what may stand there, for how much it holds

    def __call__(self, facts: Facts) -> bool:
        told = NO_VALUES if facts.incident is None else facts.incident.values
        try:
            return (told.get(self.name) in self.unusual) is not self.usual
        except TypeError:  # a list, where no event of ours tells one
            return False


# ---- what is compared with


def values_of(read: Read, words: WorkflowWords, binding: Stored, type: str) -> Callable[[Facts], list[Any]]:
    """What reads the values of a binding where `type` is expected; a reference to many gives all of them."""
    readers = [_value_of(read, words, value, type) for value in _bound(binding)]
    return lambda facts: [one for reader in readers for one in listed(reader(facts))][:MOST]


def literals_of(binding: Stored, type: str) -> list[Any] | None:
    """The values of a binding that holds nothing but literals; None if it refers to something."""
    values = _bound(binding)
    if any("reference" in value for value in values):
        return None
    read = (shaped(type, value.get("literal")) for value in values)
    return [value for value in read if value is not None]


def _bound(binding: Stored) -> list[Stored]:
    return [*([binding["value"]] if "value" in binding else []), *binding.get("array_value", [])]


def _value_of(read: Read, words: WorkflowWords, value: Stored, type: str) -> Reader:
    if "reference" not in value:
        literal = shaped(type, value.get("literal"))
        return lambda facts: literal
    reader, meaning = read(words, value["reference"]), words.meaning(value["reference"])
    if type in WORDS and meaning.type not in WORDS:
        return lambda facts: [as_text(one, meaning, facts) for one in listed(reader(facts))]
    return lambda facts: [one for one in (shaped(type, one) for one in listed(reader(facts))) if one is not None]


# ---- one condition, many conditions


def never(facts: Facts) -> bool:
    """What nobody can tell does not hold."""
    return False


def always(facts: Facts) -> bool:
    """Without conditions, everything holds."""
    return True


def any_group(read: Read, words: WorkflowWords, groups: Iterable[Stored]) -> Test:
    """Whether all conditions of one of the groups hold."""
    tests = [_all([condition(read, words, one) for one in _cheapest_first(words, group)]) for group in groups]
    if len(tests) < 2:
        return tests[0] if tests else always

    def holds(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  a generator would cost as much as the tests
            if test(facts):
                return True
        return False

    return holds


def _all(tests: list[Test]) -> Test:
    """Whether all of `tests` hold. What is asked of columns is asked here and now: a call each would cost more."""
    if len(tests) < 2:
        return tests[0] if tests else always
    strictest_first = sorted((test for test in tests if isinstance(test, Among)), key=lambda test: test.share)
    columns = [(test.name, test.unusual, test.usual) for test in strictest_first]
    others = [test for test in tests if not isinstance(test, Among)]

    def holds(facts: Facts) -> bool:
        incident = facts.incident
        value_of = (NO_VALUES if incident is None else incident.values).get
        try:
            for name, unusual, usual in columns:
                if (value_of(name) in unusual) is usual:
                    return False
        except TypeError:  # a list, where no event of ours tells one
            return False
        for test in others:  # noqa: SIM110
            if not test(facts):
                return False
        return True

    return holds


def _cheapest_first(words: WorkflowWords, group: Stored) -> list[Stored]:
    """The conditions of a group, those last that may have to ask the database."""

    def cost(asked: Stored) -> int:
        reference = asked["subject"]
        column = column_of(words, reference)
        if column is None:
            return 100 if reference.startswith("expressions") else 10 + reference.count(".")
        return 2 if column.meaning.type in WORDS else 0 if column.words else 1

    return sorted(group["conditions"], key=cost)


def condition(read: Read, words: WorkflowWords, asked: Stored) -> Test:
    """Whether one condition holds. One nobody here understands does not."""
    subject = words.meaning(asked["subject"])
    comparison = comparison_of(words, subject, asked["operation"]) if subject.known else None
    if comparison is None:
        return never
    test = _positive(read, words, asked, subject, comparison)
    if not comparison.negated:
        return test
    if isinstance(test, Among):
        return replace(test, usual=not test.usual, share=1 - test.share)
    return lambda facts: not test(facts)


def _positive(read: Read, words: WorkflowWords, asked: Stored, subject: Meaning, comparison: Comparison) -> Test:
    holds, prepare = comparison.holds, comparison.prepare
    binding: Stored = next((one for one in asked["param_bindings"] if one), {})
    fixed, value = literals_of(binding, subject.type), read(words, asked["subject"])
    if comparison.by_name:
        value = _with_names(value, subject)
    if fixed is None:
        expected = values_of(read, words, binding, subject.type)
        return lambda facts: holds(value(facts), prepare(expected(facts)))
    needle, column = prepare(fixed), column_of(words, asked["subject"])
    if column is not None and column.words:
        return _of_words(words.world.words, column, fixed, lambda facts: holds(value(facts), needle))
    short = None if column is None else _of_column(column, holds, needle)
    return short or (lambda facts: holds(value(facts), needle))


def _with_names(read: Reader, subject: Meaning) -> Reader:
    return lambda facts: [(pk, as_text(pk, subject, facts)) for pk in listed(read(facts))]


# ---- the commonest conditions, without detours: they are asked thousands of times for each event


def _of_words(snapshot: Snapshot, column: Column, fixed: list[Any], test: Test) -> Test:
    """Of which words `test` holds is known beforehand, whatever it asks about them."""

    def holds_for(pk: Any) -> bool:
        return test(Facts(snapshot, Lookup(), datetime.now(UTC), IncidentState("", {column.name: pk})))

    words = [*getattr(snapshot, column.words), *(one for one in fixed if isinstance(one, str)), "", None]
    usual = holds_for(_UNKNOWN)
    held = [pk for pk in words if holds_for(pk)]
    unusual = frozenset(pk for pk in words if (pk in held) is not usual)
    return Among(column.name, unusual, usual, len(held) / len(words))


def _of_column(column: Column, holds: Holds, needle: Any) -> Test | None:
    """Whether what stands in a column is so; None if there is no short way to tell."""
    type, name = column.meaning.type, column.name
    if type in (CATEGORY, NUMBER, TIMESTAMP, BOOL):
        return None
    if holds is _is_something:
        return lambda facts: facts.incident is not None and bool(facts.incident.values.get(name))
    listed_there = name.startswith("custom_field_entries.")
    if holds is _has_any:
        return _any_is_in(name, needle) if listed_there else None
    if holds is _is_in:
        return _first_is_in(name, needle) if listed_there else Among(name, needle)
    return None


def _first_is_in(name: str, needle: frozenset[Any]) -> Test:
    def holds(facts: Facts) -> bool:
        incident = facts.incident
        values: Any = None if incident is None else incident.values.get(name)
        try:
            return bool(values) and values[0] in needle
        except (TypeError, LookupError):
            return False

    return holds


def _any_is_in(name: str, needle: frozenset[Any]) -> Test:
    def holds(facts: Facts) -> bool:
        incident = facts.incident
        values: Any = None if incident is None else incident.values.get(name)
        try:
            return bool(values) and not needle.isdisjoint(values)
        except TypeError:
            return False

    return holds


# ---- operations


def comparison_of(words: WorkflowWords, subject: Meaning, name: str) -> Comparison | None:
    """What the operation of this name compares; None if the type does not have it."""
    if subject.type.startswith("CatalogEntry["):
        return _of_entries(many=subject.array).get(name)
    if subject.array:
        return _MANY.get(name)
    own = _OF_TYPE.get(subject.type)
    if own is not None:
        return own(words).get(name)
    if subject.type in WORDS or operations_of(subject) is None:
        return _TEXTS.get(name)
    return _CHOICES.get(name)


def _is_in(value: Any, needle: Any) -> bool:
    return value in needle


def _has_any(values: Any, needle: Any) -> bool:
    return not needle.isdisjoint(values)


def _is_something(value: Any, needle: Any) -> bool:
    return value is not None and value != []


def _not(comparison: Comparison) -> Comparison:
    return replace(comparison, negated=True)


_AMONG = Comparison(_is_in)
_SET = Comparison(_is_something)
_PRESENCE = {"is_set": _SET, "is_blank": _not(_SET)}
_CHOICES = {"one_of": _AMONG, "not_in": _not(_AMONG), **_PRESENCE}
_ORDERS: Mapping[str, Holds] = {"gte": operator.ge, "lte": operator.le, "gt": operator.gt, "lt": operator.lt}


def _orderly(compare: Holds) -> Comparison:
    """Compares numbers, or times; nothing is neither more nor less than anything."""
    return Comparison(
        lambda value, needle: value is not None and needle is not None and compare(value, needle), prepare=first
    )


_ORDERED = _CHOICES | {name: _orderly(compare) for name, compare in _ORDERS.items()}
_TRUTHS = _CHOICES | {
    "is_true": Comparison(lambda value, _: value is True),
    "is_false": Comparison(lambda value, _: value is False),
}


def _ranked(ranks: Mapping[str, int]) -> dict[str, Comparison]:
    """Compares things that have a rank, as the set of those the operation lets through."""

    def let_through(compare: Holds) -> Callable[[list[Any]], frozenset[str]]:
        def prepare(expected: list[Any]) -> frozenset[str]:
            bound = ranks.get(first(expected))
            return frozenset(pk for pk, rank in ranks.items() if bound is not None and compare(rank, bound))

        return prepare

    return _CHOICES | {name: Comparison(_is_in, let_through(compare)) for name, compare in _ORDERS.items()}


def _active(live: frozenset[str]) -> dict[str, Comparison]:
    is_live = Comparison(_is_in, lambda _: live)
    return _CHOICES | {"is_active": is_live, "is_not_active": _not(is_live)}


def _severities(words: WorkflowWords) -> dict[str, Comparison]:
    return _ranked({pk: severity.rank for pk, severity in words.world.words.severities.items()})


def _priorities(words: WorkflowWords) -> dict[str, Comparison]:
    return _ranked(words.world.priority_ranks)


def _statuses(words: WorkflowWords) -> dict[str, Comparison]:
    rows = words.world.words.statuses.items()
    return _active(frozenset(pk for pk, status in rows if status.category == StatusCategory.LIVE))


_OF_TYPE: Mapping[str, Callable[[WorkflowWords], Mapping[str, Comparison]]] = {
    SEVERITY: _severities,
    FOLLOW_UP_PRIORITY: _priorities,
    STATUS: _statuses,
    CATEGORY: lambda words: _active(frozenset([str(StatusCategory.LIVE)])),
    NUMBER: lambda words: _ORDERED,
    TIMESTAMP: lambda words: _ORDERED,
    BOOL: lambda words: _TRUTHS,
}


# ---- texts


def _folded(expected: list[Any]) -> list[str]:
    return [one.casefold() for one in expected if isinstance(one, str)]


def _worded(compare: Callable[[str, str], bool]) -> Comparison:
    """Compares a text with each of some, whatever the case of their letters; one is enough."""

    def holds(value: Any, needle: list[str]) -> bool:
        if not isinstance(value, str):
            return False
        folded = value.casefold()
        for one in needle:  # noqa: SIM110
            if compare(folded, one):
                return True
        return False

    return Comparison(holds, _folded)


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    return options


def pattern_refusal(pattern: str) -> str | None:
    """Why `pattern` is none that texts can be searched with; None if it is one. They are those of RE2, which needs time
    in proportion to the text, whatever the pattern.
    """
    if len(pattern) > LONGEST_PATTERN:
        return f"A pattern may have {LONGEST_PATTERN} characters; this has {len(pattern)}"
    try:
        re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return f"This is no pattern: {reason.decode() if isinstance(reason, bytes) else reason}"
    except UnicodeEncodeError:
        return "This is no pattern: it is not text"
    return None


@lru_cache(maxsize=1_000)
def pattern_of(pattern: str) -> Any:
    """The pattern, ready to search with; None if it is none."""
    return re2.compile(pattern, _options()) if pattern and pattern_refusal(pattern) is None else None


def _found(pattern: Any, text: str) -> bool:
    try:
        return pattern.search(text[:LONGEST_SEARCHED]) is not None
    except UnicodeEncodeError:
        return False


_CONTAINS = _worded(operator.contains)
_MATCHES = Comparison(
    lambda value, needle: value is not None and needle is not None and _found(needle, value),
    lambda expected: pattern_of(str(first(expected) or "")),
)
_TEXTS = _CHOICES | {
    "contains": _CONTAINS,
    "does_not_contain": _not(_CONTAINS),
    "contains_one_of": _CONTAINS,
    "starts_with": _worded(str.startswith),
    "ends_with": _worded(str.endswith),
    "matches": _MATCHES,
    # A pattern that cannot be read says nothing either way.
    "does_not_match": Comparison(
        lambda value, needle: needle is not None and (value is None or not _found(needle, value)), _MATCHES.prepare
    ),
}


# ---- lists, and entries of the catalog


_ANY = Comparison(_has_any)
_MANY = {
    "one_of": _ANY,
    "not_in": _not(_ANY),
    "contains": _ANY,
    "contains_one_of": _ANY,
    "contains_all_of": Comparison(lambda values, needle: bool(needle) and needle.issubset(values)),
    "contains_none_of": _not(_ANY),
    **_PRESENCE,
}


def _named_so(values: Any, needle: Any) -> bool:
    return any(one == pk or one.casefold() in name.casefold() for pk, name in values for one in needle)


_NAMED = Comparison(_named_so, by_name=True)
_BY_NAME = {"contains": _NAMED, "name_contains": _NAMED}


def _of_entries(*, many: bool) -> Mapping[str, Comparison]:
    return (_MANY if many else _CHOICES) | _BY_NAME
