"""Conditions as closures: what an operation asks of a value, prepared once with what it compares with.

How references are read is told from outside (`Read`), since expressions are made of conditions too. Nothing here
raises, whatever the literals and the facts are: what cannot be compared does not hold.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from catalog.models import StatusCategory
from incidentio.core.vocabulary import NUMBER, Meaning, Stored
from integrations.types import BOOL, CATEGORY, FOLLOW_UP_PRIORITY, SEVERITY, STATUS, TIMESTAMP, WORDS
from workflows.facts import Facts
from workflows.kinds import MOST, first, listed, shaped
from workflows.operations import operations_of
from workflows.parts import Reader, column_of
from workflows.wording import as_text
from workflows.world import WorkflowWords

Read = Callable[[WorkflowWords, str], Reader]
Test = Callable[[Facts], bool]
Holds = Callable[[Any, Any], bool]

LONGEST_PATTERN = 1_000
LONGEST_SEARCHED = 100_000
_PATTERN_MEMORY = 1 << 20


@dataclass(frozen=True)
class Comparison:
    """`prepare` makes of the values to compare with what `holds` takes beside the value looked at; `by_name` looks at
    ids with the names of what they stand for.
    """

    holds: Holds
    prepare: Callable[[list[Any]], Any] = frozenset
    by_name: bool = False


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
    if len(tests) < 2:
        return tests[0] if tests else always

    def holds(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(facts):
                return False
        return True

    return holds


def _cheapest_first(words: WorkflowWords, group: Stored) -> list[Stored]:
    """The conditions of a group, those last that may have to ask the database."""

    def cost(asked: Stored) -> int:
        reference = asked["subject"]
        return 0 if column_of(words, reference) else 100 if reference.startswith("expr") else reference.count(".")

    return sorted(group["conditions"], key=cost)


def condition(read: Read, words: WorkflowWords, asked: Stored) -> Test:
    """Whether one condition holds. One nobody here understands does not."""
    subject = words.meaning(asked["subject"])
    comparison = comparison_of(words, subject, asked["operation"]) if subject.known else None
    if comparison is None:
        return never
    holds, prepare = comparison.holds, comparison.prepare
    binding: Stored = next((one for one in asked["param_bindings"] if one), {})
    fixed, value = literals_of(binding, subject.type), read(words, asked["subject"])
    if comparison.by_name:
        value = _with_names(value, subject)
    if fixed is None:
        expected = values_of(read, words, binding, subject.type)
        return lambda facts: holds(value(facts), prepare(expected(facts)))
    needle, column = prepare(fixed), column_of(words, asked["subject"])
    if holds is _is_in and column is not None:
        return _column_is_in(column, needle)
    return lambda facts: holds(value(facts), needle)


def _with_names(read: Reader, subject: Meaning) -> Reader:
    return lambda facts: [(pk, as_text(pk, subject, facts)) for pk in listed(read(facts))]


def _column_is_in(column: str, needle: frozenset[Any]) -> Test:
    """The commonest condition without detours: it is asked thousands of times for each event."""

    def holds(facts: Facts) -> bool:
        incident = facts.incident
        try:
            return incident is not None and incident.values.get(column) in needle
        except TypeError:  # a list, where no event of ours tells one
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


def _not(comparison: Comparison) -> Comparison:
    holds = comparison.holds
    return Comparison(lambda value, needle: not holds(value, needle), comparison.prepare)


_AMONG = Comparison(_is_in)
_SET = Comparison(lambda value, _: value is not None and value != [])
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
        return any(compare(folded, one) for one in needle)

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
