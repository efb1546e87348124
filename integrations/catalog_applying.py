"""Making the hub's catalog what a comparison said, a batch at a time. What changed here since is left alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from catalog.entries import EntryState, archive_entries, put_entries
from catalog.models import CatalogType
from catalog.types import archive_type, create_type, update_schema, update_type
from catalog.words import configuring
from events.actors import Actor
from incidentio.core.errors import Conflict, DomainError, Invalid
from integrations.catalog_comparing import (
    ENTRY,
    GONE,
    HERE,
    NEW,
    ROWS,
    SOURCE,
    EntryHere,
    bindings,
    entries_here,
    entry_changes,
    ours_of,
    schema,
    why_not,
)
from integrations.catalog_feed import FeedAttribute, FeedEntry, FeedType
from integrations.models import CatalogDifference, DifferenceKind, DifferenceOutcome, RemoteObject

AT_ONCE = 200
OPEN, DONE = DifferenceOutcome.OPEN, DifferenceOutcome.DONE
MOVED, REFUSED = DifferenceOutcome.MOVED, DifferenceOutcome.REFUSED
Verdict = tuple[DifferenceOutcome, str]
MADE_HERE = "Somebody made it here meanwhile: compare again"
CHANGED_HERE = "Somebody changed it here meanwhile: compare again"
GONE_HERE = "It was taken out of the catalog here meanwhile: compare again"


def type_of(told: Mapping[str, Any]) -> FeedType:
    """The type a comparison tells of, without its entries."""
    attributes = tuple(FeedAttribute(**attribute) for attribute in told["attributes"])
    return FeedType(told["type_name"], told["name"], told["description"], attributes)


def make_types(actor: Actor, tool: str, types: Iterable[Mapping[str, Any]], *, with_deletion: bool) -> None:
    """Make the types that are new, and give all of them their attributes; what is so already changes nothing.

    All types are made before the first schema: they may lead to each other.

    Raises:
        DomainError: a type cannot be what is wanted; says which.
    """
    kinds = [type_of(told) for told in types if told["standing"] in (NEW, HERE)]
    for kind in kinds:
        with _said_of(kind), configuring():
            _make_type(actor, tool, kind)
    for kind in kinds:
        with _said_of(kind), configuring():
            row = CatalogType.objects.active().get(type_name=kind.type_name)
            attributes = schema(row, kind, tool, with_deletion=with_deletion)
            update_schema(actor, row, version=row.schema_version, attributes=attributes)


def apply_differences(actor: Actor, tool: str, kind: FeedType, differences: Sequence[CatalogDifference]) -> None:
    """Make the entries of one type what these differences, all new or changed ones, say; at most AT_ONCE. Their
    outcomes are written in the same transaction, which is the caller's.
    """
    row = _held(kind.type_name)
    if row is None:
        _settle(dict.fromkeys([one.pk for one in differences], (MOVED, GONE_HERE)))
        return
    named = [one.external_id for one in differences]
    here = {one.external_id: one for one in entries_here(ROWS.filter(catalog_type=row, external_id__in=named)).values()}
    verdicts = {one.pk: _again(kind, one, here.get(one.external_id)) for one in differences}
    due = [one for one in differences if verdicts[one.pk] is None]
    put, refused = _put(actor, row, kind, due, here)
    made = [(put[one.pk], one.external_id) for one in due if one.pk in put and one.external_id not in here]
    _own(tool, made)
    settled = {pk: verdict for pk, verdict in verdicts.items() if verdict is not None}
    _settle(settled | dict.fromkeys(put, (DONE, "")) | refused)


def delete_gone(actor: Actor, tool: str, type_name: str, differences: Sequence[CatalogDifference]) -> None:
    """Take entries of the tool's own, which it has no more, out of the catalog; at most AT_ONCE."""
    row, ids = _held(type_name), [one.entry_id for one in differences]
    here = entries_here(ours_of(tool).filter(pk__in=ids)) if row is not None else {}
    verdicts: dict[str, Verdict] = {}
    for one in differences:
        found = here.get(one.entry_id)
        moved = found is not None and found.updated_at != one.seen_at
        verdicts[one.pk] = (MOVED, CHANGED_HERE) if moved else (DONE, "")
    gone = [one.entry_id for one in differences if one.entry_id in here and verdicts[one.pk][0] is DONE]
    if row is not None and gone:
        archive_entries(actor, row, gone)
    RemoteObject.objects.filter(tool=tool, kind=ENTRY, subject_type=ENTRY, subject_id__in=gone).delete()
    _settle(verdicts)


def archive_types(actor: Actor, types: Iterable[Mapping[str, Any]]) -> list[str]:
    """Take types that are gone there out of use where no entry is left in them; what could not be, in words."""
    notes = []
    for told in types:
        row = CatalogType.objects.active().filter(type_name=told["type_name"]).first()
        if told["standing"] != GONE or row is None:
            continue
        if ROWS.filter(catalog_type=row).exists():
            notes.append(f"{row.name} stays: it has entries that were not brought from there")
            continue
        try:
            archive_type(actor, row)
        except DomainError as refusal:
            notes.append(f"{row.name} stays: {refusal}")
    return notes


@contextmanager
def _said_of(kind: FeedType) -> Iterator[None]:
    """Whatever is refused in the block was said of this type."""
    try:
        yield
    except (Invalid, Conflict) as refusal:
        raise Invalid("invalid_value", f"{kind.name}: {refusal}", kind.type_name) from refusal


def _make_type(actor: Actor, tool: str, kind: FeedType) -> None:
    row = CatalogType.objects.active().filter(type_name=kind.type_name).first()
    words = {"name": kind.name, "description": kind.description}
    if row is None:
        create_type(actor, type_name=kind.type_name, annotations={SOURCE: tool}, **words)
    elif why := why_not(row, tool):
        raise Invalid("not_editable", why)
    elif row.annotations.get(SOURCE) == tool:
        update_type(actor, row, **words)


def _held(type_name: str) -> CatalogType | None:
    """The type, which nobody else writes to until the transaction is over."""
    row: CatalogType | None = (
        CatalogType.objects.active().select_for_update(no_key=True).filter(type_name=type_name).first()
    )
    return row


def _again(kind: FeedType, difference: CatalogDifference, here: EntryHere | None) -> Verdict | None:
    """Compare again: None if the difference is still what it was."""
    if here is None:
        return None if difference.kind == DifferenceKind.NEW else (MOVED, GONE_HERE)
    changes = entry_changes(kind.attributes, wanted_of(difference), here)
    if not changes:
        return DONE, "It is so already"
    if difference.kind == DifferenceKind.NEW:
        return MOVED, MADE_HERE
    return None if changes == difference.changes else (MOVED, CHANGED_HERE)


def wanted_of(difference: CatalogDifference) -> FeedEntry:
    """The entry as it is there."""
    said = difference.wanted
    values = {pk: tuple(literals) for pk, literals in said["values"].items()}
    return FeedEntry(difference.external_id, said["name"], tuple(said["aliases"]), values)


def _put(
    actor: Actor,
    row: CatalogType,
    kind: FeedType,
    due: Sequence[CatalogDifference],
    here: Mapping[str, EntryHere],
) -> tuple[dict[str, str], dict[str, Verdict]]:
    """Write the entries: all at once, or, where one of them is refused, each by itself. The ids of those that were
    written, by their differences, and why the others were not.
    """
    states = {one.pk: _state(kind, one, here.get(one.external_id)) for one in due}
    attributes = [attribute.id for attribute in kind.attributes]
    try:
        with transaction.atomic():
            written = put_entries(actor, row, list(states.values()), attributes)
        return {pk: entry.pk for pk, entry in zip(states, written, strict=True)}, {}
    except Invalid:
        put, refused = dict[str, str](), dict[str, Verdict]()
    for pk, state in states.items():
        try:
            with transaction.atomic():
                (entry,) = put_entries(actor, row, [state], attributes)
            put[pk] = entry.pk
        except Invalid as refusal:
            refused[pk] = REFUSED, "; ".join(problem.message for problem in refusal.problems)[:2_000]
    return put, refused


def _state(kind: FeedType, difference: CatalogDifference, here: EntryHere | None) -> EntryState:
    wanted = wanted_of(difference)
    return EntryState(
        name=wanted.name,
        external_id=wanted.external_id,
        aliases=wanted.aliases,
        rank=here.rank if here is not None else 0,
        attribute_values=bindings(kind.attributes, wanted),
    )


def _own(tool: str, made: Iterable[tuple[str, str]]) -> None:
    """Note which entries the tool made: only these can ever be gone."""
    rows = [
        RemoteObject(tool=tool, subject_type=ENTRY, subject_id=pk, kind=ENTRY, remote_id=external_id)
        for pk, external_id in made
    ]
    RemoteObject.objects.bulk_create(rows, ignore_conflicts=True)


def _settle(verdicts: Mapping[str, Verdict]) -> None:
    """Write the outcomes, those that are the same in one statement."""
    alike: dict[Verdict, list[str]] = defaultdict(list)
    for pk, verdict in verdicts.items():
        alike[verdict].append(pk)
    for (outcome, told), ids in alike.items():
        CatalogDifference.objects.filter(pk__in=ids).update(outcome=outcome, told=told)
