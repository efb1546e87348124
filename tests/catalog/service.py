"""Types and entries of the service catalog, written by the verbs; and what must hold of them, whatever was done."""

from collections import defaultdict
from typing import Any

from django.db import transaction

from catalog.entries import EntryState, EntryUpdate, create_entry
from catalog.entry_reads import Depth, EntryRead, read
from catalog.entry_writing import draft_of, write
from catalog.links import links_of
from catalog.models import CatalogAlias, CatalogEntry, CatalogLink, CatalogType
from catalog.schemas import is_derived
from catalog.types import create_type, update_schema
from events.models import Event
from events.record import plain
from tests.conftest import SYSTEM

SERVICE, OWNER = 'Custom["Service"]', 'Custom["Owner"]'
STORED = ("id", "catalog_type_id", "name", "external_id", "rank", "archived_at", "created_at")


def attribute(pk: str, type: str = "String", **said: Any) -> dict[str, Any]:
    """An attribute as the wire has it: one value, unless `array` is said."""
    return {"id": pk, "name": pk.title(), "type": type, "array": False} | said


def backlink(pk: str, type: str, by: str) -> dict[str, Any]:
    return attribute(pk, type, array=True, mode="backlink", backlink_attribute=by)


def path(pk: str, type: str, *steps: str, array: bool = False) -> dict[str, Any]:
    return attribute(pk, type, array=array, mode="path", path=[{"attribute_id": step} for step in steps])


def a_type(*attributes: dict[str, Any], name: str = "Service", **columns: Any) -> CatalogType:
    """A type with a schema."""
    row = create_type(SYSTEM, name=name, description="", **columns)
    return with_schema(row, *attributes) if attributes else row


def with_schema(row: CatalogType, *attributes: dict[str, Any]) -> CatalogType:
    """The type, its schema replaced."""
    return update_schema(SYSTEM, row, version=row.schema_version, attributes=attributes)


def bindings(**values: Any) -> dict[str, Any]:
    """Values as the wire has them: `bindings(tier="1", tags=["a"])`."""
    return {
        pk: {"array_value": [{"literal": one} for one in said]}
        if isinstance(said, list)
        else {"value": {"literal": said}}
        for pk, said in values.items()
    }


def a_state(name: str = "Checkout", *, values: dict[str, Any] | None = None, **said: Any) -> EntryState:
    return EntryState(name=name, attribute_values=bindings(**(values or {})), **said)


def an_entry(row: CatalogType, name: str = "Checkout", **said: Any) -> CatalogEntry:
    """An entry; its `values` as `bindings` takes them."""
    return create_entry(SYSTEM, row, a_state(name, **said))


def many(row: CatalogType, count: int, **values: Any) -> list[CatalogEntry]:
    """Entries S0, S1, … with the external ids s0, s1, … and the aliases a0, a1, …, in the statements of one."""
    drafts = []
    for number in range(count):
        entry = CatalogEntry(catalog_type=row, name=f"S{number}", external_id=f"s{number}")
        entry.attribute_values = bindings(**values)
        draft = draft_of(entry)
        draft.aliases = [f"a{number}"]
        drafts.append(draft)
    with transaction.atomic():
        write(SYSTEM, row, drafts)
    return [draft.entry for draft in drafts]


def an_update(entry: CatalogEntry, *, values: dict[str, Any] | None = None, **said: Any) -> EntryUpdate:
    return EntryUpdate(entry.id, bindings(**(values or {})), **said)


def seen(entry: CatalogEntry, depth: Depth = Depth.BOTH) -> EntryRead:
    """The entry with everything an answer shows of it."""
    row = CatalogType.objects.get(pk=entry.catalog_type_id)
    (found,) = read(row, [CatalogEntry.objects.get(pk=entry.pk)], depth)
    return found


def labels(entry: CatalogEntry, depth: Depth = Depth.BOTH) -> dict[str, list[str]]:
    return {pk: [value.label for value in values] for pk, values in seen(entry, depth).values.items()}


def told(entry: CatalogEntry) -> list[str]:
    """What events tell of an entry, in one word each."""
    events = Event.objects.filter(subject_type="catalog_entry", subject_id=entry.id).order_by("number")
    return [event.type.partition(".")[2] for event in events]


def entries_as_told() -> dict[str, dict[str, Any]]:
    """The state of each entry, as events add up to it. One of a type drops the values of what is written no more."""
    states: dict[str, dict[str, Any]] = defaultdict(dict)
    for event in Event.objects.filter(subject_type__in=("catalog_type", "catalog_entry")).order_by("id"):
        if event.subject_type == "catalog_entry":
            states[event.subject_id] |= {name: after for name, (_, after) in event.changes.items()}
        elif "attributes" in event.changes:
            written = {attribute["id"] for attribute in event.changes["attributes"][1] if not is_derived(attribute)}
            for state in states.values():
                if state["catalog_type_id"] == event.subject_id:
                    forget(state, written)
    return dict(states)


def forget(state: dict[str, Any], written: set[str]) -> None:
    """Drop the values of all attributes but those in `written`."""
    for name in list(state):
        kind, _, pk = name.partition(".")
        if kind == "attribute_values" and pk not in written:
            del state[name]


def entries_as_stored() -> dict[str, dict[str, Any]]:
    """The state of each entry, archived ones included, as its rows have it."""
    return {entry.pk: _as_stored(entry) for entry in CatalogEntry.objects.all()}


def _as_stored(entry: CatalogEntry) -> dict[str, Any]:
    aliases = CatalogAlias.objects.filter(entry=entry).order_by("place").values_list("value", flat=True)
    values = {f"attribute_values.{pk}": value for pk, value in entry.attribute_values.items()}
    return {name: plain(getattr(entry, name)) for name in STORED} | {"aliases": list(aliases)} | values


Link = tuple[str, str, str, str]


def links_as_stored() -> set[Link]:
    return set(CatalogLink.objects.values_list("entry_id", "attribute_id", "target_type_name", "literal"))


def links_as_written() -> set[Link]:
    """The links that the values of entries mean."""
    entries = CatalogEntry.objects.active().select_related("catalog_type")
    return {
        (link["entry_id"], link["attribute_id"], link["target_type_name"], link["literal"])
        for entry in entries
        for link in links_of(entry.pk, entry.catalog_type, entry.attribute_values)
    }
