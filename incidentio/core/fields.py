"""Input fields that take what they say and nothing that merely looks like it: no `1` for `"1"`, no `"true"` for true.

`null` counts as absent where a value is optional (API behaviour, section 0, item 9).
"""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from incidentio.core.ids import is_id


class Text(serializers.CharField):
    """A JSON string; kept byte for byte unless `trim_whitespace` is set."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a string")
        return super().to_internal_value(data)


LARGEST_WHOLE = 2**53 - 1  # the largest integer every JSON reader keeps exact (RFC 8259, section 6)


class Whole(serializers.IntegerField):
    """A JSON integer."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", -LARGEST_WHOLE)
        kwargs.setdefault("max_value", LARGEST_WHOLE)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            raise serializers.ValidationError("Must be an integer")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """A JSON boolean."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false")
        return data


class Choice(serializers.ChoiceField):
    """A JSON string out of a list."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"Must be one of: {', '.join(map(str, self.choices))}")
        return data


class Moment(serializers.DateTimeField):
    """An instant as RFC 3339 has it, in a JSON string; without a zone it is UTC."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a string, as in `2024-12-02T14:03:00Z`")
        return super().to_internal_value(data)


class Id(serializers.CharField):
    """The id of something. What is not shaped like an id names nothing that exists."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a string")
        if not is_id(data):
            raise serializers.ValidationError(f"There is nothing with the ID {data[:40]!r}")
        return data


class Body(serializers.Serializer[Any]):
    """A request body or a part of it. Optional fields may be sent as null, which is the same as leaving them out.

    Optional fields that were not sent are not looked at; fields know neither `source` nor `validate_<name>` methods.
    """

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Must be a JSON object")
        validated, problems = {}, {}
        for name, field in self.fields.items():
            value = data.get(name, empty)
            if value is None and not field.required and not field.allow_null:
                value = empty
            if value is empty and not field.required and field.default is empty:
                continue
            try:
                validated[name] = field.run_validation(value)
            except serializers.ValidationError as problem:
                problems[name] = problem.detail
        if problems:
            raise serializers.ValidationError(problems)
        return validated

    def run_validation(self, data: Any = empty) -> Any:
        whole_is_null = data is None and self.parent is None
        if whole_is_null or (data is not empty and data is not None and not isinstance(data, dict)):
            raise serializers.ValidationError({"non_field_errors": ["Must be a JSON object"]})
        return super().run_validation(data)
