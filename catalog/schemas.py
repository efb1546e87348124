"""Schemas of catalog types: which attributes there may be, and where they lead (API behaviour, section 8)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from catalog.models import CatalogType
from incidentio.core.errors import Gather, Invalid
from incidentio.core.ids import new_id

MOST_ATTRIBUTES = 100
LONGEST_ID = 200  # bytes, so that it fits an index beside a literal
LONGEST_PATH = 10
USER = "User"
# What values may be besides entries of a type: name, label, and what a literal of it looks like.
PRIMITIVES = {
    "String": ("Text on one line", "Any text"),
    "Text": ("Text", "Any text; Markdown is shown as such"),
    "Number": ("Number", 'A decimal, as "123.4"'),
    "Bool": ("Yes or no", '"true" or "false"'),
}
# The same of what the hub keeps outside the catalog.
EXTERNALS = {USER: ("Person", "The ID or e-mail address of a person")}
NO_ENTRIES = PRIMITIVES | EXTERNALS
_ID = re.compile(r'[^"\\\x00-\x1f]+')


class Mode(models.TextChoices):
    """Who says what an attribute's values are."""

    UNSAID = "", "Not said"
    API = "api", "The API"
    DASHBOARD = "dashboard", "The admin"
    EXTERNAL = "external", "Another system"
    INTERNAL = "internal", "The hub"
    DYNAMIC = "dynamic", "Computed from other values"
    BACKLINK = "backlink", "The entries that link here"
    PATH = "path", "What lies at the end of a path of links"


DERIVED = (Mode.BACKLINK, Mode.PATH)
Attribute = dict[str, Any]


def is_derived(attribute: Mapping[str, Any]) -> bool:
    """Whether an attribute's values are computed, never written."""
    return attribute["mode"] in DERIVED


def check_schema(row: CatalogType, attributes: Sequence[Mapping[str, Any]]) -> list[Attribute]:
    """`attributes` as they are kept, each with an id (the caller's or a new one) and a mode.

    Raises:
        Invalid: all mistakes at once.
    """
    if len(attributes) > MOST_ATTRIBUTES:
        raise Invalid(
            "invalid_value", f"At most {MOST_ATTRIBUTES} attributes; this has {len(attributes)}", "attributes"
        )
    problems, checked = Gather(), [_kept(attribute) for attribute in attributes]
    types = {kind.type_name: kind for kind in CatalogType.objects.active()}
    schemas = {name: {attribute["id"]: attribute for attribute in kind.attributes} for name, kind in types.items()}
    schemas[row.type_name] = {attribute["id"]: attribute for attribute in checked}
    seen = set[str]()
    for index, attribute in enumerate(checked):
        with problems:
            _check(attribute, row.type_name, schemas, seen, f"attributes.{index}")
        seen.add(attribute["id"])
    problems.raise_if_any()
    return checked


def _kept(attribute: Mapping[str, Any]) -> Attribute:
    kept: Attribute = {
        "id": attribute.get("id") or new_id(),
        "name": attribute["name"],
        "type": attribute["type"],
        "array": attribute["array"],
        "mode": attribute.get("mode") or "",
    }
    if kept["mode"] == Mode.BACKLINK and attribute.get("backlink_attribute"):
        kept["backlink_attribute"] = attribute["backlink_attribute"]
    if kept["mode"] == Mode.PATH and attribute.get("path"):
        kept["path"] = [step["attribute_id"] for step in attribute["path"]]
    return kept


def _check(
    attribute: Attribute, own_type: str, schemas: dict[str, dict[str, Attribute]], seen: set[str], pointer: str
) -> None:
    check_attribute_words(attribute["id"], attribute["name"], pointer)
    if attribute["id"] in seen:
        raise Invalid("already_exists", "There is another attribute with this ID", f"{pointer}.id")
    if attribute["type"] not in NO_ENTRIES and attribute["type"] not in schemas:
        message = f"There is no type {attribute['type'][:100]!r}; the catalog's resources say which there are"
        raise Invalid("not_found", message, f"{pointer}.type")
    if attribute["mode"] == Mode.BACKLINK:
        _check_backlink(attribute, own_type, schemas, pointer)
    if attribute["mode"] == Mode.PATH:
        _check_path(attribute, own_type, schemas, pointer)


def check_attribute_words(attribute_id: str, name: str, pointer: str) -> None:
    """Refuse what cannot be the id or the name of an attribute.

    Raises:
        Invalid: it cannot.
    """
    if not _ID.fullmatch(attribute_id) or len(attribute_id.encode()) > LONGEST_ID:
        message = f"An ID is text of at most {LONGEST_ID} bytes without quotes, backslashes and line breaks"
        raise Invalid("invalid_value", message, f"{pointer}.id")
    if not name.strip():
        raise Invalid("is_required", "An attribute needs a name", f"{pointer}.name")


def _check_backlink(
    attribute: Attribute, own_type: str, schemas: dict[str, dict[str, Attribute]], pointer: str
) -> None:
    link = schemas.get(attribute["type"], {}).get(attribute.get("backlink_attribute", ""))
    if link is None or link["type"] != own_type or is_derived(link):
        message = f"Name an attribute of {attribute['type']} whose type is {own_type}, and which is not computed"
        raise Invalid("invalid_value", message, f"{pointer}.backlink_attribute")


def _check_path(attribute: Attribute, own_type: str, schemas: dict[str, dict[str, Attribute]], pointer: str) -> None:
    steps: list[str] = attribute.get("path", [])
    if not 1 <= len(steps) <= LONGEST_PATH:
        raise Invalid("invalid_value", f"A path has 1 to {LONGEST_PATH} steps", f"{pointer}.path")
    at = own_type
    for place, attribute_id in enumerate(steps):
        step = schemas.get(at, {}).get(attribute_id)
        if step is None or step["mode"] == Mode.PATH:
            message = f"{at} has no attribute {attribute_id[:100]!r} that a path may go through"
            raise Invalid("not_found", message, f"{pointer}.path.{place}.attribute_id")
        at = step["type"]
    if at != attribute["type"]:
        raise Invalid("invalid_value", f"The path ends at {at}, not at {attribute['type']}", f"{pointer}.type")


def path_names(row: CatalogType, attribute: Attribute, types: Mapping[str, CatalogType]) -> list[str]:
    """The names of the attributes a path goes through; of one that is gone meanwhile, its id."""
    names, at = list[str](), row.type_name
    for attribute_id in attribute.get("path", []):
        kind = types.get(at)
        step = next((one for one in kind.attributes if one["id"] == attribute_id), None) if kind else None
        names.append(step["name"] if step else attribute_id)
        at = step["type"] if step else ""
    return names
