"""Liquid templates in a room without doors: they see what they are given, within limits of time and memory.

What is given are texts, numbers, times, lists and `Mapping`s whose items are such again; a template reaches items,
never attributes or methods. What is put in is not read as a template again.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, Undefined
from liquid.builtin.filters.array import join
from liquid.builtin.filters.misc import date
from liquid.builtin.filters.string import replace
from liquid.exceptions import FilterError, LiquidError, LocalNamespaceLimitError, LoopIterationLimitError
from liquid.filter import with_context, with_environment

LONGEST_TEMPLATE = LONGEST_OUTPUT = 100_000
LONGEST_STATEMENT, LONGEST_GAP = 2_000, 100
LONGEST_LIST = 1_000
LONGEST_DATE = 100
MOST_ITERATIONS = 10_000
MOST_NAMES = 100
# A loop goes over what stands in it, so that a long template may loop less: characters times iterations.
MOST_WORK = 5_000_000
_LARGEST = 10**30
_LEFT_OUT_TAGS = ("include", "render", "tablerow")
# Filters for pages and for bytes.
_LEFT_OUT_FILTERS = ("safe", "escapejs", "base64_decode", "base64_url_safe_decode", "strip_html")
# Some filters fail with errors of their own; those are the template's mistakes, too.
_MISTAKES = (
    LiquidError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
_GAP = re.compile(rf"\s{{{LONGEST_GAP}}}")
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_OPENING, _TAG = re.compile(r"\{[{%]"), re.compile(r"-?\s*(#|\w)")
_NOT_CLOSED = "A {} is not closed; close it with {}"


class TemplateFailed(Exception):
    """A template cannot be read or rendered; says why."""


def refusal_of(template: str) -> str | None:
    """Why `template` cannot be read; None if it can."""
    try:
        _read(template)
    except TemplateFailed as failure:
        return str(failure)
    return None


def render(template: str, things: Mapping[str, Any]) -> str:
    """`template` with what it takes from `things`; what it names and is not there is left out.

    Raises:
        TemplateFailed: it is none, or takes more than templates may.
    """
    try:
        return str(_read(template).render(things))
    except _MISTAKES as mistake:
        raise TemplateFailed(_reason(mistake)) from mistake


@lru_cache(maxsize=200)
def _read(template: str) -> "_Template":
    _check_form(template)
    try:
        read: _Template = _ENVIRONMENT.from_string(template)  # type: ignore[assignment]
        unknown = sorted(read.analyze().filters.keys() - _ENVIRONMENT.filters.keys())
    except _MISTAKES as mistake:
        raise TemplateFailed(_reason(mistake)) from mistake
    if unknown:
        raise TemplateFailed(f"There is no filter {unknown[0][:60]!r}")
    read.length = len(template)
    return read


def _check_form(template: str) -> None:
    """Refuse at a glance what the parser would need hours for: it tries every opening against every ending."""
    if len(template) > LONGEST_TEMPLATE:
        raise TemplateFailed(f"A template may have {LONGEST_TEMPLATE} characters; this has {len(template)}")
    for statement in _statements(template):
        if len(statement) > LONGEST_STATEMENT or _GAP.search(statement):
            raise TemplateFailed(f"This is too long to be read as one statement: {statement[:60]!r}")


def _statements(template: str) -> Iterator[str]:
    """What stands between the braces of a template."""
    place = 0
    while start := _OPENING.search(template, place):
        ending = "}}" if start[0] == "{{" else "%}"
        end = template.find(ending, start.end())
        if end < 0:
            raise TemplateFailed(_NOT_CLOSED.format(start[0], ending))
        if start[0] == "{%" and not _TAG.match(template, start.end(), end):
            raise TemplateFailed(f"This is no tag: {template[start.start() : end + 2][:60]!r}")
        yield template[start.end() : end]
        place = end + len(ending)
        verbatim = _VERBATIM.fullmatch(template, start.start(), place)
        if verbatim is not None:
            place = _end_of(verbatim[1], template, place)


def _end_of(tag: str, template: str, place: int) -> int:
    end = re.compile(rf"\{{%-?\s{{0,{LONGEST_GAP}}}end{tag}\s{{0,{LONGEST_GAP}}}-?%\}}").search(template, place)
    if end is None:
        raise TemplateFailed(_NOT_CLOSED.format(f"{{% {tag} %}}", f"{{% end{tag} %}}"))
    return end.end()


def _reason(mistake: Exception) -> str:
    """What is wrong with a template, and where."""
    if not isinstance(mistake, LiquidError):
        return "The template asks for something that cannot be worked out"
    reason = str(mistake.message or "It cannot be read")[:300]
    place = mistake.context()
    return f"{reason[:1].upper()}{reason[1:]}" + (f" (line {place[0]}, column {place[1] + 1})" if place else "")


# ---- limits


class _Context(RenderContext):
    """What a template sees, and how much of its time is used up."""

    __slots__ = ("iterations",)

    def loop(self, namespace: Mapping[str, object], forloop: Any) -> Any:
        """Count every iteration, of loops one after another as of loops in loops."""
        self.iterations = getattr(self, "iterations", 0) + forloop.length
        length = getattr(self.template, "length", LONGEST_TEMPLATE)
        if self.iterations > min(MOST_ITERATIONS, MOST_WORK // max(1, length)):
            raise LoopIterationLimitError("The template loops too often", token=None)
        return super().loop(namespace, forloop)

    def assign(self, key: str, val: Any) -> None:
        """Keep few names: the size of all is added up each time."""
        super().assign(key, val)
        if len(self.locals) > MOST_NAMES:
            raise LocalNamespaceLimitError(f"The template keeps more than {MOST_NAMES} names", token=None)


class _Template(BoundTemplate):
    context_class = _Context
    length = LONGEST_TEMPLATE


class _Environment(Environment):
    template_class = _Template
    loop_iteration_limit = MOST_ITERATIONS
    output_stream_limit = LONGEST_OUTPUT
    local_namespace_limit = 10 * LONGEST_OUTPUT
    context_depth_limit = 20
    block_nesting_limit = 20


def _check_size(value: Any) -> None:
    match value:
        case str():
            fits = len(value) <= LONGEST_OUTPUT
        case list() | tuple() | range():
            fits = _has_at_most(value, LONGEST_LIST)
        case int() | float():
            fits = abs(value) <= _LARGEST
        case _:
            fits = True
    if not fits:
        raise FilterError("A value gets too large", token=None)


def _has_at_most(values: Any, most: int) -> bool:
    try:
        return len(values) <= most
    except OverflowError:  # a range of more than there is to count with
        return False


def _limited(filter: Callable[..., Any]) -> Callable[..., Any]:
    """`filter` that neither takes nor gives what is too large."""

    @wraps(filter)
    def limited(value: Any, *args: Any, **options: Any) -> Any:
        for one in (value, *args):
            _check_size(one)
        result = filter(value, *args, **options)
        _check_size(result)
        return result

    return limited


def _replace(value: Any, old: Any, new: Any = "") -> Any:
    """As Liquid's, but the size of what comes out is known before it is made."""
    text, sought, put = str(value), str(old), str(new)
    if len(text) + text.count(sought) * len(put) > LONGEST_OUTPUT:
        raise FilterError("A value gets too large", token=None)
    return replace(text, sought, put)


@with_environment
def _join(values: Any, separator: Any = " ", *, environment: Environment) -> Any:
    count = len(values) if isinstance(values, (list, tuple, range)) else 0
    if count * len(str(separator)) > LONGEST_OUTPUT:
        raise FilterError("A value gets too large", token=None)
    return join(values, str(separator), environment=environment)


def _json(value: Any) -> str:
    """A value as JSON, texts with their quotes: a body of JSON stays one, whatever is put in."""
    if value is None or isinstance(value, Undefined):
        return "null"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_json, value))}]"
    plain = value if isinstance(value, (str, int, float)) else str(value)
    return json.dumps(plain, ensure_ascii=False)


@with_context
def _date(value: Any, format: Any, *, context: RenderContext) -> Any:
    """As Liquid's, but now is when the facts are of."""
    if value in ("now", "today"):
        value = context.resolve("now")
    if isinstance(value, str) and len(value) > LONGEST_DATE:
        return value
    try:
        return date(value, format, environment=context.env)
    except OSError as error:  # a time before or after all that can be told
        raise FilterError("This is no time", token=None) from error


def _environment() -> _Environment:
    environment = _Environment()
    for tag in _LEFT_OUT_TAGS:
        del environment.tags[tag]
    for name in _LEFT_OUT_FILTERS:
        del environment.filters[name]
    environment.filters |= {"replace": _replace, "join": _join, "date": _date, "json": _json}
    for name, filter in environment.filters.items():
        environment.filters[name] = _limited(filter)
    return environment


_ENVIRONMENT = _environment()


class Moment(datetime):
    """A time that reads as people write it where no filter says otherwise."""

    def __str__(self) -> str:
        return f"{self:%Y-%m-%d %H:%M} UTC"
