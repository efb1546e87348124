"""What references stand for at a moment: an incident's parts, what a trigger told, and what expressions work out."""

from incidentio.core.vocabulary import expression_named
from workflows.expressions import in_order, work_out
from workflows.facts import Facts
from workflows.parts import Reader, nothing, part_of, reader_of
from workflows.wording import as_text
from workflows.world import WorkflowWords

__all__ = ["Reader", "as_text", "reader"]

# From here on, what an expression waits for is worked out before it, not within it: stacks are finite.
DEEP = 8
_MISSING = object()


def reader(words: WorkflowWords, reference: str) -> Reader:
    """What reads `reference`. Things are their ids, numbers Decimal, times aware, many a list, nothing None; of what
    nobody knows it reads nothing. Asks nothing of the database but through the facts' lookup, and never raises.
    """
    named = expression_named(reference)
    if named is None:
        return reader_of(words, reference)
    name, part = named
    whole = _expression(words.outermost, name)
    return part_of(words, words.outermost.meaning(f'expressions["{name}"]'), whole, part) if part else whole


def _expression(words: WorkflowWords, name: str) -> Reader:
    """What works out the expression of this name; those it waits for are compiled before it."""
    for waiting, needs in in_order(words.expressions, name):
        words.meaning(f'expressions["{waiting}"]')
        if waiting not in words.readers:
            first = [words.readers[one] for one in needs] if len(needs) >= DEEP else []
            words.readers[waiting] = nothing  # of one that waits for itself
            words.readers[waiting] = _once(work_out(reader, words, words.expressions[waiting]), first)
    return words.readers.get(name, nothing)


def _once(work: Reader, first: list[Reader]) -> Reader:
    """`work`, done once for the same facts."""

    def read(facts: Facts) -> object:
        value = facts.worked_out.get(read, _MISSING)
        if value is _MISSING:
            for other in first:
                other(facts)
            value = facts.worked_out[read] = work(facts)
        return value

    return read
