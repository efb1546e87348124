"""What a catalog in a file says: types and entries in a form of the hub's own, or entities as Backstage writes them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from incidentio.core.errors import Gather, Invalid
from integrations.catalog_entities import KINDS, feed_of, is_entity
from integrations.catalog_feed import MOST_PROBLEMS, Feed, FeedAttribute, FeedEntry, FeedType

TYPE_KEYS = ("name", "type_name", "description", "attributes", "entries")
ATTRIBUTE_KEYS = ("id", "name", "type", "array")
ENTRY_KEYS = ("external_id", "name", "aliases", "values")
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")  # null characters, and halves of characters, which JSON can write
FORM = "A catalog is a mapping with the key `types`, or entities with `apiVersion` and `kind`"


def feed_in(documents: Sequence[Any]) -> Feed:
    """The catalog in these documents.

    Raises:
        Invalid: the first mistakes, each with where it is.
    """
    said = [document for document in documents if document is not None]
    entities = [document for document in said if is_entity(document)]
    if not said:
        raise Invalid("invalid_value", f"The file is empty. {FORM}", "file")
    reading = _Reading()
    for document in said:
        if not is_entity(document):
            reading.document(document)
    del reading.problems.problems[MOST_PROBLEMS:]
    reading.problems.raise_if_any()
    found = {str(entity["kind"]) for entity in entities}
    described = feed_of(entities, [kind for kind in KINDS if kind in found])
    strange = sorted(found - {*KINDS})
    notes = [f"Entities of these kinds were left out: {', '.join(strange)}"] if strange else []
    return Feed((*reading.types, *described.types), (*described.notes, *notes))


class _Reading:
    """Reads types, and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.types: list[FeedType] = []
        self.problems = Gather()

    def document(self, document: Any) -> None:
        with self.problems:
            if not isinstance(document, dict) or set(document) != {"types"}:
                raise Invalid("invalid_value", FORM, "file")
            for place, said in enumerate(_list(document["types"], "types")):
                with self.problems:
                    self.types.append(self._type(said, f"types.{place}"))

    def _type(self, said: Any, at: str) -> FeedType:
        _check_keys(said, TYPE_KEYS, at)
        name = _text(said, "name", at, required=True)
        attributes = [
            self._attribute(one, f"{at}.attributes.{place}")
            for place, one in enumerate(_list(said.get("attributes"), f"{at}.attributes"))
        ]
        arrays = {attribute.id: attribute.array for attribute in attributes}
        entries = []
        for place, one in enumerate(_list(said.get("entries"), f"{at}.entries")):
            with self.problems:
                entries.append(self._entry(one, arrays, f"{at}.entries.{place}"))
        type_name = _text(said, "type_name", at) or f'Custom["{"".join(filter(str.isalnum, name.title()))}"]'
        return FeedType(type_name, name, _text(said, "description", at), tuple(attributes), tuple(entries))

    def _attribute(self, said: Any, at: str) -> FeedAttribute:
        _check_keys(said, ATTRIBUTE_KEYS, at)
        array = said.get("array")
        if array not in (None, True, False, "true", "false"):
            raise Invalid("invalid_value", f"{at}.array is true or false", f"{at}.array")
        pk = _text(said, "id", at, required=True)
        kind = _text(said, "type", at) or "String"
        return FeedAttribute(pk, _text(said, "name", at) or pk, kind, array in (True, "true"))

    def _entry(self, said: Any, arrays: Mapping[str, bool], at: str) -> FeedEntry:
        _check_keys(said, ENTRY_KEYS, at)
        external_id = _text(said, "external_id", at, required=True)
        aliases = tuple(_literal(one, f"{at}.aliases") for one in _list(said.get("aliases"), f"{at}.aliases"))
        values = said.get("values") or {}
        if not isinstance(values, dict):
            raise Invalid("invalid_value", f"{at}.values is a mapping of attributes to values", f"{at}.values")
        literals = {str(pk): _literals(pk, value, arrays, f"{at}.values") for pk, value in values.items()}
        known = {pk: found for pk, found in literals.items() if found}
        return FeedEntry(external_id, _text(said, "name", at) or external_id, aliases, known)


def _literals(pk: Any, value: Any, arrays: Mapping[str, bool], at: str) -> tuple[str, ...]:
    if pk not in arrays:
        raise Invalid("not_found", f"{at}: the type has no attribute {str(pk)[:100]!r}", f"{at}.{pk}")
    if isinstance(value, list) and not arrays[pk]:
        raise Invalid("invalid_value", f"{at}.{pk} takes one value; its attribute says no `array: true`", f"{at}.{pk}")
    several = value if isinstance(value, list) else [value]
    return tuple(literal for one in several if one is not None and (literal := _literal(one, f"{at}.{pk}")))


def _literal(value: Any, at: str) -> str:
    if isinstance(value, bool):  # of JSON
        return "true" if value else "false"
    if not isinstance(value, str) or _UNKEEPABLE.search(value):
        raise Invalid("invalid_value", f"{at}: a value is a text, a number, true or false", at)
    return value


def _text(said: Mapping[str, Any], key: str, at: str, *, required: bool = False) -> str:
    value = said.get(key)
    if value is None and not required:
        return ""
    if value is None or value == "":
        raise Invalid("is_required", f"{at} needs {key!r}", f"{at}.{key}")
    return _literal(value, f"{at}.{key}")


def _list(value: Any, at: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("invalid_value", f"{at} is a list", at)
    return value


def _check_keys(said: Any, known: Sequence[str], at: str) -> None:
    if not isinstance(said, dict):
        raise Invalid("invalid_value", f"{at} is a mapping with the keys {', '.join(known)}", at)
    for key in said:
        if key not in known:
            raise Invalid("not_found", f"{at} has an unknown key {str(key)[:100]!r}; known are {', '.join(known)}", at)
