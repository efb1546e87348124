"""Filters of lists, as in `status[one_of]=ID&status[one_of]=ID` (API behaviour, section 6.3).

A name, an operator in brackets, values by repeating the key; filters on one of many (fields, roles) name it in brackets
before the operator, as in `custom_field[ID][one_of]=ID`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

VALUES = {"type": "array", "items": {"type": "string"}}
BY_OPERATOR = {"type": "object", "additionalProperties": VALUES}
BY_KEY = {"type": "object", "additionalProperties": BY_OPERATOR}
_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_INSIDE = re.compile(r"\[([^\[\]]*)\]")
_MICROSECOND = timedelta(microseconds=1)


def bracketed(request: Request) -> dict[str, Any]:
    """The query string, with bracketed keys as dicts: `{"status": {"one_of": ["ID", "ID"]}, "page_size": "25"}`.

    Empty values are left out, as everywhere (clients send `after=` for "from the start").
    """
    params: QueryDict = request.query_params
    data: dict[str, Any] = {}
    for key in params:
        values = [value for value in params.getlist(key) if value != ""]
        match = _BRACKETED.fullmatch(key)
        if not values:
            continue
        if match is None:
            data[key] = values[-1]
        else:
            _put(data, [match[1], *_INSIDE.findall(match[2])], values)
    return data


def _put(data: dict[str, Any], path: list[str], values: list[str]) -> None:
    *parents, last = path
    for name in parents:
        inner = data.get(name)
        data[name] = data = inner if isinstance(inner, dict) else {}
    data[last] = values


class FilterQuery(serializers.Serializer[Any]):
    """The query of a list with filters; one that the list does not have is refused, not passed over."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name, value in data.items() if isinstance(value, dict) and name not in self.fields]
        if unknown:
            offered = ", ".join(name for name, field in self.fields.items() if isinstance(field, Operators))
            raise serializers.ValidationError({unknown[0]: [f"There is no such filter; there are: {offered}"]})
        return super().to_internal_value(data)


@extend_schema_field(BY_OPERATOR)
class Operators(serializers.Field[Any, Any, Any, Any]):
    """The operators of one filter, each with its values: `{"one_of": ["ID", "ID"]}`."""

    def __init__(self, *operators: str, **kwargs: Any) -> None:
        self.operators = operators
        super().__init__(required=False, help_text=kwargs.pop("help_text", f"Operators: {', '.join(operators)}"))

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, dict):
            example = f"{self.field_name}[{self.operators[0]}]={data}"
            raise serializers.ValidationError(f"Say how to compare, as in `{example}`")
        for operator, values in data.items():
            if operator not in self.operators:
                raise serializers.ValidationError(
                    {operator: [f"Cannot be compared like this; use one of: {', '.join(self.operators)}"]}
                )
            if not isinstance(values, list):
                raise serializers.ValidationError({operator: ["Nothing more in brackets here"]})
            if any("\0" in value for value in values):
                raise serializers.ValidationError({operator: ["Null characters are not allowed"]})
        return data


@extend_schema_field(BY_KEY)
class KeyedOperators(Operators):
    """The operators of a filter on one of many: `{"ID": {"one_of": ["ID"]}}`."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            example = f"{self.field_name}[ID][{self.operators[0]}]={data}"
            raise serializers.ValidationError(f"Say which one and how to compare, as in `{example}`")
        return {key: self._of(key, inner) for key, inner in data.items()}

    def _of(self, key: str, inner: Any) -> dict[str, list[str]]:
        if not isinstance(inner, dict):
            example = f"{self.field_name}[ID][{self.operators[0]}]"
            raise serializers.ValidationError({key: [f"Say how to compare, as in `{example}`"]})
        try:
            return super().to_internal_value(inner)
        except serializers.ValidationError as refusal:
            raise serializers.ValidationError({key: refusal.detail}) from None


@dataclass(frozen=True)
class Span:
    """From `since` on, and before `until`; None is open."""

    since: datetime | None = None
    until: datetime | None = None


class Instants(Operators):
    """A filter on a time: `gte`, `lte` and `date_range` (`2024-12-02~2024-12-08`), with dates or instants. A date means
    the whole day in UTC: `lte` a date is on that day or before.
    """

    def __init__(self) -> None:
        super().__init__("gte", "lte", "date_range")

    def to_internal_value(self, data: Any) -> Span:  # type: ignore[override]
        given = super().to_internal_value(data)
        starts = [_start(text, "gte") for text in given.get("gte", [])]
        ends = [_end(text, "lte") for text in given.get("lte", [])]
        for text in given.get("date_range", []):
            first, tilde, last = text.partition("~")
            if not tilde:
                raise serializers.ValidationError({"date_range": ["Two dates, as in `2024-12-02~2024-12-08`"]})
            starts.append(_start(first, "date_range"))
            ends.append(_end(last, "date_range"))
        return Span(max(starts, default=None), min(ends, default=None))


def _start(text: str, operator: str) -> datetime:
    day, instant = _moment(text, operator)
    return instant or datetime.combine(day, time(), UTC)


def _end(text: str, operator: str) -> datetime:
    day, instant = _moment(text, operator)
    try:
        return instant + _MICROSECOND if instant else datetime.combine(day + timedelta(days=1), time(), UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _moment(text: str, operator: str) -> tuple[date, datetime | None]:
    """A day, and the instant if `text` is more than a day; without a zone it is UTC."""
    try:
        if len(text) == len("2024-12-02"):
            return date.fromisoformat(text), None
        # a `+` that was not escaped arrives as a space
        instant = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        if instant is None:
            raise ValueError
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"{text[:60]!r} is no date or time; send `2024-12-02` or `2024-12-02T14:03:00Z`"
        raise serializers.ValidationError({operator: [message]}) from None
    return instant.date(), instant
