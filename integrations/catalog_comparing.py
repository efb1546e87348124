"""What a catalog that is kept elsewhere has, beside what the hub has. Nothing is written here.

A tool's own are the types it made, which say so in an annotation, and the entries it made, each of which is a remote
object. Only what is its own can be gone; what people or others made stays whatever the tool says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from catalog.entry_values import check_values
from catalog.links import literals_of
from catalog.models import CatalogAlias, CatalogEntry, CatalogType
from catalog.schemas import Attribute, Mode
from incidentio.core.errors import Gather, within
from integrations.catalog_feed import MOST_PROBLEMS, Feed, FeedAttribute, FeedEntry, FeedType
from integrations.models import DifferenceKind, RemoteObject

ENTRY = "catalog_entry"  # the kind of remote object an entry of a tool's own is
SOURCE = "incidentio/catalog-source"  # the annotation of a type that a tool made
IMPORTER = "incident.io/catalog-importer/sync-id"
NEW, HERE, REFUSED, GONE = "new", "here", "refused", "gone"
Change = list[Any]  # what people call it, what is here, what is there

ROWS = CatalogEntry.objects.active().order_by()


@dataclass(frozen=True)
class EntryHere:
    """An entry as the hub has it."""

    entry_id: str
    external_id: str
    name: str
    rank: int
    updated_at: datetime
    aliases: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Difference:
    """An entry that is not here as it is there; `wanted` is None if it is gone there, `here` if it is new."""

    kind: DifferenceKind
    wanted: FeedEntry | None
    here: EntryHere | None
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class TypeCompared:
    """A type: how it stands between there and here, what of it changes, and its entries that differ. What is there no
    more, `lost` of the type itself and `emptied` of what entries say, is told in words.
    """

    kind: FeedType
    standing: str
    why: str = ""
    changes: list[Change] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    same: int = 0
    lost: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """The type in the words of the row that keeps the comparison."""
        counts = {kind.value: sum(one.kind is kind for one in self.differences) for kind in DifferenceKind}
        return {
            "type_name": self.kind.type_name,
            "name": self.kind.name,
            "description": self.kind.description,
            "attributes": [asdict(attribute) for attribute in self.kind.attributes],
            "standing": self.standing,
            "why": self.why,
            "changes": self.changes,
            "counts": {**counts, "same": self.same},
            "lost": self.lost,
            "emptied": self.emptied,
        }


@dataclass(frozen=True)
class Compared:
    """All of it; `ours` is how many entries there are that the tool made."""

    types: list[TypeCompared]
    ours: int

    @property
    def gone(self) -> int:
        """How many of those it has no more."""
        return sum(one.kind is DifferenceKind.GONE for compared in self.types for one in compared.differences)


def compare(feed: Feed, tool: str) -> Compared:
    """What would be another if the hub had the feed as it is. Some statements for each type, however many entries.

    Raises:
        Invalid: the first values that the attributes of their types do not allow.
    """
    _check_entries(feed)
    rows = {row.type_name: row for row in CatalogType.objects.active()}
    ours = ours_of(tool)
    gone = _gone(feed, ours)
    compared = [_compared(kind, rows.get(kind.type_name), tool, gone.pop(kind.type_name, [])) for kind in feed.types]
    named = {kind.type_name for kind in feed.types}
    made = [name for name, row in rows.items() if row.annotations.get(SOURCE) == tool and name not in named]
    for name in sorted({*made, *gone}):
        kind = FeedType(name, rows[name].name, rows[name].description)
        standing, lost = GONE if name in made else HERE, [f"The type {kind.name} is there no more"]
        compared.append(TypeCompared(kind, standing, differences=_all_gone(gone.get(name, [])), lost=lost))
    return Compared(compared, ours.count())


def ours_of(tool: str) -> "QuerySet[CatalogEntry]":
    """The active entries that a tool made; those of types that are archived are nobody's to take out."""
    made = RemoteObject.objects.filter(tool=tool, kind=ENTRY, subject_type=ENTRY).values("subject_id")
    return ROWS.filter(pk__in=made, catalog_type__archived_at=None)


def entries_here(rows: "QuerySet[CatalogEntry]") -> dict[str, EntryHere]:
    """Entries by their ids. Two statements."""
    aliases: dict[str, list[str]] = defaultdict(list)
    named = CatalogAlias.objects.filter(entry__in=rows.values("pk")).order_by("entry_id", "place")
    for entry_id, value in named.values_list("entry_id", "value"):
        aliases[entry_id].append(value)
    return {
        row.pk: EntryHere(
            row.pk,
            row.external_id or "",
            row.name,
            row.rank,
            row.updated_at,
            tuple(aliases[row.pk]),
            {pk: tuple(literals_of(binding)) for pk, binding in row.attribute_values.items()},
        )
        for row in rows
    }


def why_not(row: CatalogType, tool: str) -> str:
    """Why a type that is here already is not this tool's to fill; empty if it may."""
    if not row.is_editable:
        return "The hub keeps this type itself"
    if row.source_repo_url:
        return f"It is kept at {row.source_repo_url[:200]}"
    if row.annotations.get(SOURCE, tool) != tool:
        return f"It is filled from {row.annotations[SOURCE]}"
    if IMPORTER in row.annotations:
        return "The catalog importer fills it"
    return ""


def entry_changes(attributes: Iterable[FeedAttribute], wanted: FeedEntry, here: EntryHere) -> list[Change]:
    """What is another there than here, of what the feed speaks of."""
    changes: list[Change] = []
    if wanted.name != here.name:
        changes.append(["Name", [here.name], [wanted.name]])
    if wanted.aliases != here.aliases:
        changes.append(["Aliases", list(here.aliases), list(wanted.aliases)])
    for attribute in attributes:
        before, after = here.values.get(attribute.id, ()), wanted.values.get(attribute.id, ())
        if before != after:
            changes.append([attribute.name, list(before), list(after)])
    return changes


def bindings(attributes: Iterable[FeedAttribute], wanted: FeedEntry) -> dict[str, Any]:
    """The values of an entry as the catalog's verbs take them."""
    arrays = {attribute.id: attribute.array for attribute in attributes}
    return {
        pk: {"array_value": [{"literal": one} for one in literals]}
        if arrays.get(pk) or len(literals) > 1
        else {"value": {"literal": literals[0]}}
        for pk, literals in wanted.values.items()
        if literals
    }


def schema(row: CatalogType | None, kind: FeedType, tool: str, *, with_deletion: bool) -> list[dict[str, Any]]:
    """The attributes the type is to have, as `update_schema` takes them: those that others made stay as they are, and
    of the tool's own those that are gone there, too, unless they are to be deleted.
    """
    stored = {attribute["id"]: attribute for attribute in row.attributes} if row is not None else {}
    wanted = {attribute.id: {**asdict(attribute), "mode": Mode.EXTERNAL.value} for attribute in kind.attributes}
    gone = {pk for pk, _ in _gone_attributes(row, kind, tool)} if with_deletion else set()
    kept = [wanted.get(pk) or _as_sent(attribute) for pk, attribute in stored.items() if pk not in gone]
    return [*kept, *(attribute for pk, attribute in wanted.items() if pk not in stored)]


def _as_sent(attribute: Attribute) -> dict[str, Any]:
    """A stored attribute as it was sent: the steps of a path have a name of their own there."""
    if "path" not in attribute:
        return attribute
    return attribute | {"path": [{"attribute_id": step} for step in attribute["path"]]}


def _gone_attributes(row: CatalogType | None, kind: FeedType, tool: str) -> list[tuple[str, Attribute]]:
    if row is None or row.annotations.get(SOURCE) != tool:
        return []
    wanted = {attribute.id for attribute in kind.attributes}
    stored = ((attribute["id"], attribute) for attribute in row.attributes)
    return [(pk, one) for pk, one in stored if pk not in wanted and one["mode"] == Mode.EXTERNAL]


def _compared(kind: FeedType, row: CatalogType | None, tool: str, gone: Sequence[EntryHere]) -> TypeCompared:
    if row is None:
        changes = [["Type", [], [kind.name]], *_schema_changes({}, kind)]
        new = [Difference(DifferenceKind.NEW, wanted, None) for wanted in kind.entries]
        return TypeCompared(kind, NEW, changes=changes, differences=new)
    why = why_not(row, tool)
    if why:
        return TypeCompared(kind, REFUSED, why)
    here = {one.external_id: one for one in entries_here(ROWS.filter(catalog_type=row)).values()}
    found = [_difference(kind.attributes, wanted, here.get(wanted.external_id)) for wanted in kind.entries]
    differences = [difference for difference in found if difference is not None]
    changes = [*_words(row, kind, tool), *_schema_changes({one["id"]: one for one in row.attributes}, kind)]
    without = [one for _, one in _gone_attributes(row, kind, tool)]
    changes += [[f"Attribute {one['name']}", [_shape(one)], []] for one in without]
    return TypeCompared(
        kind,
        HERE,
        "",
        changes,
        [*differences, *_all_gone(gone)],
        same=len(found) - len(differences),
        lost=[f"{kind.name}: the attribute {one['name']} is there no more" for one in without],
        emptied=[f"{kind.name}: no entry says {name} there any more" for name in _emptied(kind, differences)],
    )


def _emptied(kind: FeedType, differences: Iterable[Difference]) -> list[str]:
    """The names of attributes that several entries say here, and none there."""
    said = {pk for entry in kind.entries for pk, literals in entry.values.items() if literals}
    silent = {attribute.name for attribute in kind.attributes if attribute.id not in said}
    changed = Counter(
        what for one in differences for what, *change in one.changes if change[0] and not change[1] and what in silent
    )
    return sorted(name for name, count in changed.items() if count > 1)


def _difference(attributes: Iterable[FeedAttribute], wanted: FeedEntry, here: EntryHere | None) -> Difference | None:
    if here is None:
        return Difference(DifferenceKind.NEW, wanted, None)
    changes = entry_changes(attributes, wanted, here)
    return Difference(DifferenceKind.CHANGED, wanted, here, changes) if changes else None


def _words(row: CatalogType, kind: FeedType, tool: str) -> Iterator[Change]:
    """The name and description of a type of the tool's own; others keep theirs."""
    if row.annotations.get(SOURCE) == tool:
        if row.name != kind.name:
            yield ["Name", [row.name], [kind.name]]
        if row.description != kind.description:
            yield ["Description", [row.description], [kind.description]]


def _schema_changes(stored: Mapping[str, Attribute], kind: FeedType) -> list[Change]:
    changes: list[Change] = []
    for attribute in kind.attributes:
        before, after = stored.get(attribute.id), asdict(attribute) | {"mode": Mode.EXTERNAL.value}
        if before != after:
            changes.append([f"Attribute {attribute.name}", [_shape(before)] if before else [], [_shape(after)]])
    return changes


def _shape(attribute: Mapping[str, Any]) -> str:
    several = "several of " if attribute["array"] else ""
    written = "" if attribute["mode"] == Mode.EXTERNAL else ", written here"
    return f"{attribute['name']}: {several}{attribute['type']}{written}"


def _all_gone(gone: Iterable[EntryHere]) -> list[Difference]:
    return [Difference(DifferenceKind.GONE, None, here) for here in gone]


def _gone(feed: Feed, ours: "QuerySet[CatalogEntry]") -> dict[str, list[EntryHere]]:
    """The tool's own entries that it has no more, by the names of their types."""
    named = {kind.type_name: {entry.external_id for entry in kind.entries} for kind in feed.types}
    types = dict(ours.values_list("pk", "catalog_type__type_name"))
    gone: dict[str, list[EntryHere]] = defaultdict(list)
    for pk, one in entries_here(ours).items():
        if one.external_id not in named.get(types[pk], ()):
            gone[types[pk]].append(one)
    return gone


def _check_entries(feed: Feed) -> None:
    """Refuse values that the verbs would refuse, before anything is shown or written."""
    problems = Gather()
    for kind in feed.types:
        attributes = [asdict(attribute) | {"mode": Mode.EXTERNAL.value} for attribute in kind.attributes]
        row = CatalogType(name=kind.name, type_name=kind.type_name, attributes=attributes)
        for entry in kind.entries:
            with problems, within(f"{kind.type_name}.{entry.external_id}"):
                check_values(row, bindings(kind.attributes, entry), "values")
            if len(problems.problems) > MOST_PROBLEMS:
                del problems.problems[MOST_PROBLEMS:]
                problems.raise_if_any()
    problems.raise_if_any()
