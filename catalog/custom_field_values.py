"""Is this value allowed in this field? (API behaviour, section 6.4.)

A field backed by a catalog type takes any entry of that type: its filters narrow down what forms offer, and like what
is required they are not enforced here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from catalog.decimals import check_number
from catalog.entries import find_by_identifier
from catalog.models import CatalogEntry, CustomField, CustomFieldOption, FieldType
from incidentio.core.errors import Gather, Invalid

VALUE_KEY = {
    FieldType.SINGLE_SELECT: "value_option_id",
    FieldType.MULTI_SELECT: "value_option_id",
    FieldType.TEXT: "value_text",
    FieldType.LINK: "value_link",
    FieldType.NUMERIC: "value_numeric",
}
CATALOG_KEY = "value_catalog_entry_id"
EVERY_KEY = {*VALUE_KEY.values(), CATALOG_KEY}
NEVER_LINKS = {"javascript", "data", "vbscript", "file", "about", "blob"}
WITHOUT_HOST = {"mailto", "tel"}
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class TypedValue:
    """A value and the column of an incident's values it belongs into."""

    column: str
    value: str


@dataclass(frozen=True)
class Choices:
    """What selects can be set to: all `options` there are by id, and the `entries` of each catalog type by what names
    them.
    """

    options: Mapping[str, CustomFieldOption]
    entries: Mapping[str, Mapping[str, CatalogEntry]]


def entries_named(sent: Iterable[tuple[CustomField, Sequence[dict[str, Any]]]]) -> dict[str, dict[str, CatalogEntry]]:
    """The entries that the wire's values `sent` for fields name, by catalog type and by id, external id or alias (or
    name, where the type says so). Fields with options cost nothing, others the same whatever their number of values.
    """
    named: dict[str, set[str]] = defaultdict(set)
    types = {}
    for custom_field, values in sent:
        if custom_field.catalog_type is not None:
            types[custom_field.catalog_type.id] = custom_field.catalog_type
            named[custom_field.catalog_type.id].update(value[CATALOG_KEY] for value in values if value.get(CATALOG_KEY))
    return {pk: find_by_identifier(types[pk], identifiers) for pk, identifiers in named.items() if identifiers}


def typed_values(
    custom_field: CustomField, choices: Choices, values: Sequence[dict[str, Any]], pointer: str
) -> list[TypedValue]:
    """The wire's `values` of `custom_field`, typed; none clears the field.

    Raises:
        Invalid: each wrong value at `pointer` and its place, as in `custom_field_entries.0.values.1.value_link`.
    """
    if len(values) > 1 and custom_field.field_type != FieldType.MULTI_SELECT:
        raise Invalid("invalid_value", f"{custom_field.name!r} takes one value; {len(values)} were sent", pointer)
    problems, typed = Gather(), list[TypedValue]()
    for index, value in enumerate(values):
        with problems:
            typed.append(_typed(custom_field, choices, value, f"{pointer}.{index}"))
    problems.raise_if_any()
    return list(dict.fromkeys(typed))


def _typed(custom_field: CustomField, choices: Choices, value: dict[str, Any], pointer: str) -> TypedValue:
    backed = custom_field.catalog_type_id is not None
    key = CATALOG_KEY if backed else VALUE_KEY[FieldType(custom_field.field_type)]
    sent = sorted(name for name in value if name in EVERY_KEY)
    if sent != [key]:
        got = f"{' and '.join(sent)} were sent" if sent else "nothing was sent"
        kind = f"{'catalog-backed ' if backed else ''}{FieldType(custom_field.field_type).label.lower()}"
        raise Invalid("invalid_value", f"{custom_field.name!r} is a {kind} field: send `{key}`; {got}", pointer)
    text, place = value[key], f"{pointer}.{key}"
    if not text:
        raise Invalid("is_required", "An empty value; send no value to clear the field", place)
    match key:
        case "value_catalog_entry_id":
            return TypedValue(key, _entry(custom_field, choices, text, place).id)
        case "value_option_id":
            _check_option(custom_field, choices.options.get(text), text, place)
        case "value_numeric":
            check_number(text, place)
        case "value_link":
            _check_link(text, place)
    if len(text) > LONGEST_TEXT:
        raise Invalid("invalid_value", f"At most {LONGEST_TEXT} characters; this has {len(text)}", place)
    return TypedValue(key, text)


def _entry(custom_field: CustomField, choices: Choices, identifier: str, pointer: str) -> CatalogEntry:
    found = choices.entries.get(custom_field.catalog_type_id or "", {}).get(identifier)
    if found is None:
        message = f"{custom_field.name!r} offers no catalog entry with the ID, external ID or alias {identifier[:40]!r}"
        raise Invalid("not_found", message, pointer)
    return found


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
