"""Reading entries of the catalog with what their attributes say, links resolved and computed values worked out.

However many entries are read, the number of statements depends on the schema alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from catalog.entries import find_by_identifier
from catalog.entry_writing import aliases_of
from catalog.links import literals_of
from catalog.models import CatalogEntry, CatalogLink, CatalogType
from catalog.people import Person, people_named
from catalog.schemas import PRIMITIVES, USER, Attribute, Mode


class Depth(Enum):
    """How far a read looks: at what was written, also along the links, or also back along those that lead here."""

    OWN = 0
    FORWARD = 1
    BOTH = 2


@dataclass(frozen=True)
class Value:
    """A value: its literal as it was written (a computed one: the id of the entry), and how people call it."""

    literal: str
    label: str
    entry: CatalogEntry | None = None
    person: Person | None = None

    @property
    def target_id(self) -> str | None:
        """The id of the entry or person it leads to."""
        target = self.entry or self.person
        return None if target is None else target.id


@dataclass(frozen=True)
class EntryRead:
    """An entry with everything an answer shows of it; attributes without a value are left out."""

    entry: CatalogEntry
    aliases: list[str]
    values: dict[str, list[Value]]


Target = CatalogEntry | Person
Values = dict[str, list[Value]]  # by the entry's id


def page(catalog_type: CatalogType, limit: int, after: str | None = None) -> list[CatalogEntry]:
    """At most `limit` entries of the type, oldest first, beyond the one with the id `after`. One statement."""
    rows = CatalogEntry.objects.active().filter(catalog_type=catalog_type).order_by("id")
    return list(rows.filter(id__gt=after)[:limit] if after is not None else rows[:limit])


def count(catalog_type: CatalogType) -> int:
    """How many entries the type has."""
    return CatalogEntry.objects.active().filter(catalog_type=catalog_type).count()


def read(catalog_type: CatalogType, entries: Sequence[CatalogEntry], depth: Depth = Depth.BOTH) -> list[EntryRead]:
    """`entries`, all of the type, with their aliases and values."""
    return Reader().read(catalog_type, entries, depth)


class Reader:
    """Remembers what it looked up, for one read."""

    def __init__(self) -> None:
        self._named: dict[str, dict[str, CatalogEntry]] = defaultdict(dict)
        self._people: dict[str, Person] = {}
        self._asked: dict[str, set[str]] = defaultdict(set)

    @cached_property
    def types(self) -> dict[str, CatalogType]:
        """The types there are, by their type names."""
        return {row.type_name: row for row in CatalogType.objects.active()}

    def read(self, catalog_type: CatalogType, entries: Sequence[CatalogEntry], depth: Depth) -> list[EntryRead]:
        aliases: dict[str, list[str]] = defaultdict(list)
        for entry_id, alias in aliases_of([entry.pk for entry in entries]):
            aliases[entry_id].append(alias)
        self._look_ahead(catalog_type, entries)
        found: dict[str, dict[str, list[Value]]] = {entry.pk: {} for entry in entries}
        for attribute in catalog_type.attributes:
            for entry_id, values in self._values(catalog_type, attribute, entries, depth).items():
                found[entry_id][attribute["id"]] = values
        return [EntryRead(entry, aliases[entry.pk], found[entry.pk]) for entry in entries]

    def _values(
        self, catalog_type: CatalogType, attribute: Attribute, entries: Iterable[CatalogEntry], depth: Depth
    ) -> Values:
        if attribute["mode"] == Mode.BACKLINK:
            return self._backlinks(catalog_type, attribute, entries) if depth is Depth.BOTH else {}
        if attribute["mode"] == Mode.PATH:
            return self._ends(catalog_type, attribute, entries) if depth is not Depth.OWN else {}
        return self._stored(attribute, entries)

    def _stored(self, attribute: Attribute, entries: Iterable[CatalogEntry]) -> Values:
        literals = {
            entry.pk: literals_of(entry.attribute_values[attribute["id"]])
            for entry in entries
            if attribute["id"] in entry.attribute_values
        }
        named = self._targets(attribute["type"], {text for texts in literals.values() for text in texts})
        return {pk: [_value(literal, named.get(literal)) for literal in texts] for pk, texts in literals.items()}

    def _backlinks(self, catalog_type: CatalogType, attribute: Attribute, entries: Iterable[CatalogEntry]) -> Values:
        """The entries of the attribute's type whose backlink attribute names these, by whatever identifies them."""
        rows = {entry.pk: entry for entry in entries}
        identifiers = {entry.pk for entry in rows.values()} | {alias for _, alias in aliases_of(rows)}
        identifiers |= {entry.external_id for entry in rows.values() if entry.external_id}
        if catalog_type.use_name_as_identifier:
            identifiers |= {entry.name for entry in rows.values()}
        links = CatalogLink.objects.filter(
            target_type_name=catalog_type.type_name,
            literal__in=identifiers,
            attribute_id=attribute.get("backlink_attribute", ""),
            entry__catalog_type__type_name=attribute["type"],
            entry__catalog_type__archived_at=None,
        )
        linked = list(links.select_related("entry").order_by("entry_id", "id"))
        named = self._entries_named(catalog_type.type_name, {link.literal for link in linked})
        found: dict[str, dict[str, Value]] = defaultdict(dict)
        for link in linked:
            target = named.get(link.literal)
            if target is not None and target.pk in rows:
                found[target.pk][link.entry_id] = _value(link.entry_id, link.entry)
        return {pk: list(values.values()) for pk, values in found.items()}

    def _ends(self, catalog_type: CatalogType, attribute: Attribute, entries: Iterable[CatalogEntry]) -> Values:
        """What lies at the end of a path: each of its steps is taken for all entries at once."""
        at: CatalogType | None = catalog_type
        reached: dict[str, list[CatalogEntry]] = {entry.pk: [entry] for entry in entries}
        ends: Values = {}
        for attribute_id in attribute.get("path", []):
            step = next((one for one in at.attributes if one["id"] == attribute_id), None) if at else None
            if at is None or step is None or step["mode"] == Mode.PATH:
                return {}
            here = {entry.pk: entry for ways in reached.values() for entry in ways}
            values = self._values(at, step, here.values(), Depth.BOTH)
            ends = {start: _together(values.get(entry.pk, []) for entry in ways) for start, ways in reached.items()}
            reached = {start: [value.entry for value in found if value.entry] for start, found in ends.items()}
            at = self.types.get(step["type"])
        return {start: found for start, found in ends.items() if found}

    def _targets(self, type_name: str, literals: Collection[str]) -> Mapping[str, Target]:
        """What `literals` of a type lead to."""
        if type_name in PRIMITIVES:
            return {}
        return self._people_named(literals) if type_name == USER else self._entries_named(type_name, literals)

    def _people_named(self, literals: Collection[str]) -> dict[str, Person]:
        """The people `literals` name; asks for those it was not asked for yet."""
        if unasked := set(literals) - self._asked[USER]:
            self._people |= people_named(unasked)
            self._asked[USER] |= unasked
        return self._people

    def _entries_named(self, type_name: str, identifiers: Collection[str]) -> dict[str, CatalogEntry]:
        """The entries of a type that `identifiers` name; asks for those it was not asked for yet."""
        target = self.types.get(type_name)
        unasked = set(identifiers) - self._asked[type_name]
        if target is not None and unasked:
            self._named[type_name] |= find_by_identifier(target, unasked)
            self._asked[type_name] |= unasked
        return self._named[type_name]

    def _look_ahead(self, catalog_type: CatalogType, entries: Sequence[CatalogEntry]) -> None:
        """Look up all that these entries link to at once, type by type."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for attribute in catalog_type.attributes:
            if attribute["type"] not in PRIMITIVES:
                for entry in entries:
                    binding = entry.attribute_values.get(attribute["id"])
                    wanted[attribute["type"]].update(literals_of(binding) if binding else [])
        for type_name, identifiers in wanted.items():
            self._targets(type_name, identifiers)


def _value(literal: str, target: Target | None) -> Value:
    match target:
        case Person():
            return Value(literal, target.name, person=target)
        case CatalogEntry():
            return Value(literal, target.name, entry=target)
        case _:
            return Value(literal, literal)


def _together(found: Iterable[list[Value]]) -> list[Value]:
    """All values, each literal once."""
    return list({value.literal: value for values in found for value in values}.values())
