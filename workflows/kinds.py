"""The form values have by their type: texts and ids are text, numbers Decimal, times aware, many a list, nothing None.

Whatever stands in an event, in a literal or in an entry of the catalog comes out in this form, or as nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_datetime

from catalog.models import StatusCategory
from incidentio.core.vocabulary import NUMBER, STRING, Meaning
from integrations.types import BOOL, CATEGORY, TIMESTAMP
from workflows.facts import IncidentState

MOST = 10_000  # values in one list: expressions can double lists as often as they like
LONGEST_NUMBER, LARGEST_EXPONENT = 100, 1_000
# What clients call the categories of statuses besides their names (API behaviour, sections 0 and 9.2).
ALIASES = {
    "active": str(StatusCategory.LIVE),
    "open": str(StatusCategory.LIVE),
    "post-incident": str(StatusCategory.LEARNING),
}
Shape = Callable[[Any], Any]


def shape_of(meaning: Meaning) -> Shape:
    """What puts values of this meaning into their form: a list where it is many, else one or None."""
    one: Shape = _SHAPES.get(meaning.type, text)
    if meaning.array:
        return lambda raw: _many(one, raw)
    return lambda raw: one(first(raw)) if isinstance(raw, list) else one(raw)


def shaped(type: str, raw: Any) -> Any:
    """`raw` as one value of `type`."""
    return shape_of(Meaning("", type))(raw)


def first(values: list[Any]) -> Any:
    """The first of `values`; None if there is none."""
    return values[0] if values else None


def listed(value: Any) -> list[Any]:
    """`value` as a list: nothing is an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _many(one: Shape, raw: Any) -> list[Any]:
    values = (one(item) for item in listed(raw)[:MOST])
    return [value for value in values if value is not None]


def text(raw: Any) -> str | None:
    """A text, or the id of a thing; an empty text is nothing."""
    if isinstance(raw, str):
        return raw or None
    match raw:
        case IncidentState():
            return raw.id
        case Mapping():
            return text(raw.get("id"))
        case bool():
            return str(raw).lower()
        case int() | Decimal():
            return plain_number(raw)
        case _:
            return None


def number(raw: Any) -> Decimal | None:
    """A number, if it is one of a size somebody could mean."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, Decimal)):
        return None
    try:
        value = Decimal(raw[:LONGEST_NUMBER] if isinstance(raw, str) else raw)
    except InvalidOperation:
        return None
    usual = value.is_finite() and abs(value.adjusted()) <= LARGEST_EXPONENT
    return value if usual else None


def plain_number(value: int | Decimal) -> str:
    """A number without an exponent and without zeros that say nothing: 4, 0.5."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def moment(raw: Any) -> datetime | None:
    """An instant in UTC; one without a zone is taken to be in UTC."""
    try:
        value = parse_datetime(raw) if isinstance(raw, str) else raw
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def truth(raw: Any) -> bool | None:
    """Yes or no."""
    return raw if isinstance(raw, bool) else {"true": True, "false": False}.get(raw) if isinstance(raw, str) else None


def category(raw: Any) -> str | None:
    """A category of statuses by its one name."""
    name = text(raw)
    return None if name is None else ALIASES.get(name, name)


_SHAPES: Mapping[str, Shape] = {
    NUMBER: number,
    TIMESTAMP: moment,
    BOOL: truth,
    CATEGORY: category,
    STRING: text,
}
