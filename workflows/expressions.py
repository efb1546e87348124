"""Expressions: values that are worked out, from a reference and through operations (API behaviour, section 9.1)."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Context, Decimal
from hashlib import sha256
from typing import Any

import orjson

from incidentio.core.vocabulary import Meaning, Stored, expression_named
from incidents.alert_templates import find
from integrations.types import FOLLOW_UP_PRIORITY, SEVERITY, WORDS
from workflows.comparing import Read, any_group, values_of
from workflows.facts import INPUT, Facts
from workflows.kinds import MOST, first, listed, shape_of
from workflows.parts import Reader, way_to
from workflows.wording import as_text
from workflows.world import WorkflowWords

Change = Callable[[Any, Facts], Any]  # from what came before to what comes out
_SUMS = Context(prec=50, traps=[])


def work_out(read: Read, words: WorkflowWords, expression: Stored) -> Reader:
    """What works out `expression`; it never raises. Its else branch stands in where nothing came out."""
    root = expression["root_reference"]
    meaning, changes = words.meaning(root), list[Change]()
    for operation in expression["operations"]:
        before, meaning = meaning, words.after(meaning, operation)
        changes.append(_change(read, words, operation, before, meaning))
    value, shape = read(words, root), shape_of(meaning)

    def work(facts: Facts) -> Any:
        result = value(facts)
        for change in changes:
            result = change(result, facts)
        return shape(result)

    if "else_branch" not in expression:
        return work
    otherwise = result_of(read, words, expression["else_branch"]["result"], meaning)
    return lambda facts: otherwise(facts) if (result := work(facts)) is None or result == [] else result


def result_of(read: Read, words: WorkflowWords, binding: Stored, meaning: Meaning) -> Reader:
    """What reads a binding as a value of this meaning."""
    values, shape = values_of(read, words, binding, meaning.type), shape_of(meaning)
    return lambda facts: shape(values(facts))


def in_order(expressions: Mapping[str, Stored], name: str) -> Iterator[tuple[str, list[str]]]:
    """The expression of this name and all it waits for, each after those it waits for itself, and with those."""
    waits_for: dict[str, set[str]] = {}
    order = list[str]()
    open_ = [name]
    while open_:
        current = open_[-1]
        if current in waits_for or current not in expressions:
            open_.pop()
            if current in waits_for and current not in order:
                order.append(current)
            continue
        waits_for[current] = {*named_in(expressions[current])}
        open_.extend(waits_for[current] - waits_for.keys())
    for place, current in enumerate(order):
        for other in waits_for[current].intersection(order[:place]):
            waits_for[current] = waits_for[current] | waits_for[other]
        yield current, [other for other in order[:place] if other in waits_for[current]]


def named_in(stored: Any) -> Iterator[str]:
    """The expressions that anything in `stored` refers to."""
    if isinstance(stored, Mapping):
        for inner in stored.values():
            yield from named_in(inner)
    elif isinstance(stored, list):
        for inner in stored:
            yield from named_in(inner)
    elif isinstance(stored, str) and (named := expression_named(stored)) is not None:
        yield named[0]


# ---- operations


def _change(  # noqa: PLR0911  one for each type
    read: Read, words: WorkflowWords, operation: Stored, before: Meaning, after: Meaning
) -> Change:
    kind = operation["operation_type"]
    options: Any = operation.get(kind)
    match kind:
        case "navigate":
            return way_to(words, before, options["reference"])
        case "filter":
            return _filter(any_group(read, words.with_one_of(INPUT, before), options["condition_groups"]))
        case "concatenate":
            return _concatenate(read, words, options["reference"], before)
        case "parse":
            return _parse(options["source"])
        case "branches":
            return _branches(read, words, options["branches"], after)
        case "cast":
            return _cast(before, after)
        case "min" | "max":
            return _extreme(words, before, kind)
        case _:
            return _SIMPLE.get(kind, lambda value, facts: None)


def _filter(keep: Callable[[Facts], bool]) -> Change:
    def change(value: Any, facts: Facts) -> Any:
        kept = [one for one in listed(value) if keep(facts.with_given(**{INPUT: one}))]
        return kept if isinstance(value, list) else first(kept)

    return change


def _concatenate(read: Read, words: WorkflowWords, reference: str, before: Meaning) -> Change:
    more = values_of(read, words, {"value": {"reference": reference}}, before.type)
    return lambda value, facts: [*listed(value), *more(facts)][:MOST]


def _parse(source: str) -> Change:
    """What stands at a path in a JSON document, or in a text that is one."""

    def change(value: Any, facts: Facts) -> Any:
        found = [_found(one, source) for one in listed(value)]
        return found if isinstance(value, list) else first(found)

    return change


def _found(document: Any, source: str) -> Any:
    try:
        return _simple(find(orjson.loads(document), source))
    except ValueError:  # no JSON, or a place no list has
        return None


def _simple(found: Any) -> Any:
    """A part of a JSON document as values are; what has parts itself stays JSON."""
    match found:
        case float():
            return Decimal(str(found))
        case dict():
            return orjson.dumps(found).decode()
        case list():
            return [_simple(one) for one in found[:MOST]]
        case _:
            return found


def _branches(read: Read, words: WorkflowWords, branches: list[Stored], after: Meaning) -> Change:
    choices = [
        (any_group(read, words, branch["condition_groups"]), result_of(read, words, branch["result"], after))
        for branch in branches
    ]

    def change(value: Any, facts: Facts) -> Any:
        return next((result(facts) for holds, result in choices if holds(facts)), None)

    return change


def _cast(before: Meaning, after: Meaning) -> Change:
    """Things become their names where they become texts; what cannot become the other type becomes nothing."""
    shape = shape_of(after)
    if after.type not in WORDS or before.type in WORDS:
        return lambda value, facts: shape(value)

    def change(value: Any, facts: Facts) -> Any:
        return shape([as_text(one, before, facts) for one in listed(value)])

    return change


def _extreme(words: WorkflowWords, before: Meaning, kind: str) -> Change:
    """The least or the most of many; of what has a rank, by that."""
    ranks = _ranks(words, before.type)
    of_all = min if kind == "min" else max

    def change(value: Any, facts: Facts) -> Any:
        values = listed(value)
        return of_all(values, key=lambda one: ranks.get(one, -1) if ranks is not None else one) if values else None

    return change


def _ranks(words: WorkflowWords, type: str) -> Mapping[str, int] | None:
    if type == SEVERITY:
        return {pk: severity.rank for pk, severity in words.world.words.severities.items()}
    return words.world.priority_ranks if type == FOLLOW_UP_PRIORITY else None


def _count(value: Any, facts: Facts) -> Decimal:
    return Decimal(len(listed(value)))


def _sum(value: Any, facts: Facts) -> Decimal:
    total = Decimal(0)
    for one in listed(value):
        total = _SUMS.add(total, one) if isinstance(one, Decimal) else total
    return total


def _random(value: Any, facts: Facts) -> Any:
    """One of many: for an incident always the same one, so that asking again tells the same."""
    values = sorted(listed(value), key=str)
    seed = facts.incident.id if facts.incident is not None else ""
    return values[int.from_bytes(sha256(seed.encode()).digest()[:8]) % len(values)] if values else None


_SIMPLE: Mapping[str, Change] = {
    "count": _count,
    "sum": _sum,
    "random": _random,
    "first": lambda value, facts: first(listed(value)),
}
