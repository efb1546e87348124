"""What docs/integrations/README.md says of calls that go wrong and of forgers, read off the marks of the tests.

A test that makes calls meet faults is marked with its cases by the calls' names, `@pytest.mark.faults({call: cases})`;
one that is told lies, with the senders who are tried alike, `@pytest.mark.forgeries(sender, …)`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings

from integrations.base import Outcome, Repeat
from workflows.registry import STEPS

TESTS = Path(__file__).parent.parent
PAGE = Path(settings.BASE_DIR) / "docs" / "integrations" / "README.md"
# What each call meets, by the names of the cases: the table's columns.
COLUMNS = {
    "success": "success",
    "slow": "slow success",
    "error body": "the vendor's own error",
    "401": "401",
    "403": "403",
    "404": "404",
    "422": "400 / 422",
    "429, seconds": "429, seconds",
    "429, date": "429, a date",
    "500": "500",
    "500, done": "500, though done",
    "silence": "silence",
    "silence, done": "silence, though done",
    "reset": "reset in mid-body",
    "reset, done": "reset, though done",
    "not JSON": "not JSON",
}
ENDS = {Outcome.DONE: "done", Outcome.FAILED: "again", Outcome.REFUSED: "refused"}
UNKNOWN_ENDS = {Repeat.HANDLE: "same again", Repeat.LOOKUP: "looked for", Repeat.ASK: "asked"}
Cases = Mapping[str, Any]  # by their names: what is met, how the attempts end, and more


class Marked(NamedTuple):
    """A test with one of our marks: where it is, what the mark says, and the ids it is parametrised with."""

    module: str
    said: Any
    parametrised: list[list[str]]


class Row(NamedTuple):
    """A call, how it ends by the names of the cases, and the test that shows it."""

    call: str
    ends: dict[str, str]
    marked: Marked


def marked(name: str) -> Iterator[Marked]:
    """The tests with this mark."""
    for path in sorted(TESTS.rglob("test_*.py")):
        if f"@pytest.mark.{name}(" in path.read_text():
            parts = path.relative_to(TESTS.parent).with_suffix("").parts
            for value in vars(import_module(".".join(parts))).values():
                yield from _of(value, name, path)


def _of(test: Any, name: str, path: Path) -> Iterator[Marked]:
    marks: list[pytest.Mark] = getattr(test, "pytestmark", []) if callable(test) else []
    ids = [_ids(mark) for mark in marks if mark.name == "parametrize"]
    for mark in marks:
        if mark.name == name:
            yield Marked(path.relative_to(TESTS).as_posix(), mark.args, ids)


def _ids(mark: pytest.Mark) -> list[str]:
    values = list(mark.args[1])
    named: Any = mark.kwargs.get("ids") or [getattr(value, "id", None) or str(value) for value in values]
    return [str(name) for name in named]


def rows() -> list[Row]:
    """Every call that meets faults, in the order of their names."""
    found = [
        Row(call, {case: _end(call, said[1]) for case, said in cases.items()}, test)
        for test in marked("faults")
        for call, cases in test.said[0].items()
    ]
    return sorted(found, key=lambda row: row.call)


def _end(call: str, ended: Any) -> str:
    """How the first attempt ends, in the table's words."""
    first = Outcome(ended if isinstance(ended, str) else ended[0])
    return ENDS[first] if first in ENDS else UNKNOWN_ENDS[STEPS[call].repeats]


def forgeries() -> Counter[str]:
    """In how many ways each sender is forged."""
    count: Counter[str] = Counter()
    for test in marked("forgeries"):
        for sender in test.said:
            count[sender] += prod(len(ids) for ids in test.parametrised) // len(test.said)
    return count


def _table(heads: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *lines))


def fault_table() -> str:
    """The table of faults, and how many cases it is of."""
    found = rows()
    lines = [
        [f"`{row.call}`", *(row.ends[case] for case in COLUMNS), f"`{row.marked.module.removeprefix('integrations/')}`"]
        for row in found
    ]
    cells = len(found) * len(COLUMNS)
    more = sum(len(row.ends) for row in found) - cells
    said = f"{len(found)} calls, {len(COLUMNS)} faults: {cells} cases, and {more} more that only some tools know."
    return f"{_table(['Call', *COLUMNS.values(), 'Shown by'], lines)}\n\n{said}"


def forgery_table() -> str:
    """In how many ways each sender is forged."""
    counts = forgeries()
    table = _table(["Sender", "Forgeries"], [[name, str(count)] for name, count in sorted(counts.items())])
    return f"{table}\n\n{len(counts)} senders, {counts.total()} forgeries."


PARTS: dict[str, Callable[[], str]] = {"faults": fault_table, "forgeries": forgery_table}


def page() -> str:
    """The page with its tables as they are now, each between the comments that name it."""
    text = PAGE.read_text()
    for name, table in PARTS.items():
        begin, end = f"<!-- {name}: written by `make docs` -->", f"<!-- {name} end -->"
        parts = re.fullmatch(f"(.*{re.escape(begin)}\n).*(\n{re.escape(end)}.*)", text, re.DOTALL)
        assert parts is not None, f"{PAGE} has no place for {name}"
        text = f"{parts[1]}\n{table()}\n{parts[2]}"
    return text
