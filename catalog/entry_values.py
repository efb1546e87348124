"""Is this what an entry of this type may hold? (API behaviour, section 8.)"""

from collections.abc import Mapping
from typing import Any

from catalog.decimals import check_number
from catalog.models import CatalogType
from catalog.schemas import is_derived
from incidentio.core.errors import Gather, Invalid

LONGEST_LITERAL = 100_000
MOST_VALUES = 1_000


def check_values(catalog_type: CatalogType, values: Mapping[str, Mapping[str, Any]], pointer: str) -> dict[str, Any]:
    """`values` as they are kept: by attribute id, literals as they were written, what says nothing left out.

    Raises:
        Invalid: all mistakes at once: an attribute the type does not have, or a value it does not allow.
    """
    attributes = {attribute["id"]: attribute for attribute in catalog_type.attributes}
    problems, kept = Gather(), dict[str, Any]()
    for attribute_id, binding in values.items():
        with problems:
            attribute = attributes.get(attribute_id)
            place = f"{pointer}.{attribute_id}"
            if attribute is None:
                message = f"{catalog_type.name!r} has no attribute with the ID {attribute_id[:100]!r}"
                raise Invalid("not_found", message, place)
            checked = _binding(attribute, binding, place)
            if checked and is_derived(attribute):
                raise Invalid("invalid_value", f"{attribute['name']!r} is computed: it cannot be written", place)
            if checked:
                kept[attribute_id] = checked
    problems.raise_if_any()
    return kept


def _binding(attribute: Mapping[str, Any], binding: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """One value or several, as the attribute has it; nothing if none has a literal."""
    single, several = binding.get("value"), binding.get("array_value") or []
    if len(several) > MOST_VALUES:
        raise Invalid("invalid_value", f"At most {MOST_VALUES} values", f"{pointer}.array_value")
    literal = _said(single or {}, f"{pointer}.value")
    literals = [_said(value, f"{pointer}.array_value.{place}") for place, value in enumerate(several)]
    if literals and not attribute["array"]:
        raise Invalid("invalid_value", f"{attribute['name']!r} takes one value: send `value`", pointer)
    if literal is not None and attribute["array"]:
        raise Invalid("invalid_value", f"{attribute['name']!r} takes a list: send `array_value`", pointer)
    for place, each in enumerate(literals):
        _check_literal(attribute, each, f"{pointer}.array_value.{place}.literal")
    if literals:
        return {"array_value": [{"literal": each} for each in literals]}
    if literal is None:
        return {}
    _check_literal(attribute, literal, f"{pointer}.value.literal")
    return {"value": {"literal": literal}}


def _said(value: Mapping[str, Any], pointer: str) -> str | None:
    """The literal of a value."""
    if value.get("reference"):
        message = "Entries hold literals: send the ID, external ID or an alias of what this is to lead to"
        raise Invalid("invalid_value", message, f"{pointer}.reference")
    literal: str | None = value.get("literal")
    return literal


def _check_literal(attribute: Mapping[str, Any], literal: str | None, pointer: str) -> None:
    if literal is None:
        raise Invalid("is_required", "Each value of a list needs a literal", pointer)
    if len(literal) > LONGEST_LITERAL:
        raise Invalid("invalid_value", f"At most {LONGEST_LITERAL} characters", pointer)
    if attribute["type"] == "Number" and literal:
        check_number(literal, pointer)
    if attribute["type"] == "Bool" and literal not in ("", "true", "false"):
        raise Invalid("invalid_value", 'Must be "true" or "false"', pointer)
