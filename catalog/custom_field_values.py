"""Is this value allowed in this field? (API behaviour, section 6.4.)"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from catalog.models import CustomField, CustomFieldOption, FieldType
from incidentio.core.errors import Gather, Invalid

VALUE_KEY = {
    FieldType.SINGLE_SELECT: "value_option_id",
    FieldType.MULTI_SELECT: "value_option_id",
    FieldType.TEXT: "value_text",
    FieldType.LINK: "value_link",
    FieldType.NUMERIC: "value_numeric",
}
EVERY_KEY = {*VALUE_KEY.values(), "value_catalog_entry_id"}
NEVER_LINKS = {"javascript", "data", "vbscript", "file", "about", "blob"}
WITHOUT_HOST = {"mailto", "tel"}
LONGEST_TEXT = 10_000
LONGEST_NUMBER = 100
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class TypedValue:
    """A value and the column of an incident's values it belongs into."""

    column: str
    value: str


def typed_values(
    custom_field: CustomField,
    options: Mapping[str, CustomFieldOption],
    values: Sequence[dict[str, Any]],
    pointer: str,
) -> list[TypedValue]:
    """The wire's `values` of `custom_field`, typed; none clears the field. `options` are all there are, by id.

    Raises:
        Invalid: each wrong value at `pointer` and its place, as in `custom_field_entries.0.values.1.value_link`.
    """
    if len(values) > 1 and custom_field.field_type != FieldType.MULTI_SELECT:
        raise Invalid("invalid_value", f"{custom_field.name!r} takes one value; {len(values)} were sent", pointer)
    problems, typed = Gather(), list[TypedValue]()
    for index, value in enumerate(values):
        with problems:
            typed.append(_typed(custom_field, options, value, f"{pointer}.{index}"))
    problems.raise_if_any()
    return list(dict.fromkeys(typed))


def _typed(
    custom_field: CustomField, options: Mapping[str, CustomFieldOption], value: dict[str, Any], pointer: str
) -> TypedValue:
    key = VALUE_KEY[FieldType(custom_field.field_type)]
    sent = sorted(name for name in value if name in EVERY_KEY)
    if sent != [key]:
        got = f"{' and '.join(sent)} were sent" if sent else "nothing was sent"
        kind = FieldType(custom_field.field_type).label.lower()
        raise Invalid("invalid_value", f"{custom_field.name!r} is a {kind} field: send `{key}`; {got}", pointer)
    text, place = value[key], f"{pointer}.{key}"
    if not text:
        raise Invalid("is_required", "An empty value; send no value to clear the field", place)
    match key:
        case "value_option_id":
            _check_option(custom_field, options.get(text), text, place)
        case "value_numeric":
            check_number(text, place)
        case "value_link":
            _check_link(text, place)
    if len(text) > LONGEST_TEXT:
        raise Invalid("invalid_value", f"At most {LONGEST_TEXT} characters; this has {len(text)}", place)
    return TypedValue(key, text)


def _check_option(custom_field: CustomField, option: CustomFieldOption | None, pk: str, pointer: str) -> None:
    if option is None or option.archived_at is not None or option.custom_field_id != custom_field.id:
        raise Invalid("not_found", f"{custom_field.name!r} has no option with the ID {pk[:40]!r}", pointer)


def _check_link(text: str, pointer: str) -> None:
    try:
        parts = urlsplit(text)
    except ValueError:  # as of brackets that are no IPv6 address
        parts = urlsplit("")
    scheme = parts.scheme.lower()
    leads_somewhere = parts.netloc and scheme not in NEVER_LINKS if scheme not in WITHOUT_HOST else parts.path
    if not scheme or not leads_somewhere or any(character <= " " or character.isspace() for character in text):
        raise Invalid(
            "invalid_value", f"{text[:100]!r} is not a link; send a URL such as https://example.com/1", pointer
        )


def check_number(text: str, pointer: str) -> None:
    """Refuse what is no decimal.

    Raises:
        Invalid: at `pointer`.
    """
    if len(text) > LONGEST_NUMBER or not _DECIMAL.fullmatch(text):
        message = f'{text[:100]!r} is not a number; send a decimal of at most {LONGEST_NUMBER} characters, as "123.45"'
        raise Invalid("invalid_value", message, pointer)
