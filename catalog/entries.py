"""Entries of the service catalog (API behaviour, section 8).

They are not configuration: there are tens of thousands, and what hangs on the configuration version must not notice.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.entry_values import check_values
from catalog.entry_writing import LONGEST, Draft, draft_of, drafts_of, drafts_of_entries, write
from catalog.models import CatalogAlias, CatalogEntry, CatalogType
from catalog.types import check_editable
from events.actors import Actor
from incidentio.core.errors import Gather, Invalid, NotFound
from incidentio.core.ids import is_id

MOST_ENTRIES = 50_000
MOST_AT_ONCE = 250
MOST_NAMED_AT_ONCE = 5_000
Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class EntryUpdate:
    """What a bulk update makes of an entry; None leaves it alone, and no rank is no rank."""

    entry_id: str
    attribute_values: Values
    name: str | None = None
    external_id: str | None = None
    aliases: Sequence[str] | None = None
    rank: int = 0


@dataclass(frozen=True)
class EntryState:
    """An entry as it shall be."""

    name: str
    external_id: str | None = None
    aliases: Sequence[str] = ()
    rank: int = 0
    attribute_values: Values = field(default_factory=dict)


def create_entry(actor: Actor, catalog_type: CatalogType, state: EntryState) -> CatalogEntry:
    """A new entry; if one of the type has the external id, that one is changed, or taken out of the archive.

    Raises:
        Invalid: a value the schema does not allow, an alias of another entry, a type that is full or kept by the hub.
        NotFound: the type was archived meanwhile.
    """
    with _writing(catalog_type):
        entry = _with_external_id(catalog_type, state.external_id) or CatalogEntry(catalog_type=catalog_type)
        draft = draft_of(entry)
        if draft.before is None or not draft.is_active:
            _check_room(catalog_type)
        _replace(draft, catalog_type, state)
        draft.entry.archived_at = None
        write(actor, catalog_type, [draft])
    return draft.entry


def update_entry(
    actor: Actor, entry: CatalogEntry, state: EntryState, update_attributes: Collection[str] | None = None
) -> CatalogEntry:
    """Replace an entry; of its attributes only `update_attributes` if there are any, where what is listed and has no
    value is cleared.

    Raises:
        Invalid: a value the schema does not allow, an external id or alias of another entry.
        NotFound: it or its type was archived meanwhile.
    """
    catalog_type = entry.catalog_type
    with _writing(catalog_type):
        draft = draft_of(_renewed(entry))
        _replace(draft, catalog_type, state, update_attributes)
        write(actor, catalog_type, [draft])
    return draft.entry


def bulk_update(
    actor: Actor,
    catalog_type: CatalogType,
    updates: Sequence[EntryUpdate],
    update_attributes: Collection[str] | None = None,
) -> None:
    """Change up to 250 entries, all or none; a handful of statements.

    Raises:
        Invalid: all mistakes at once: an entry that is not there or stands twice, a value the schema does not allow, an
            external id or alias of another entry.
        NotFound: the type was archived meanwhile.
    """
    _check_count(len(updates))
    with _writing(catalog_type):
        ids = [update.entry_id for update in updates]
        known = {draft.entry.pk: draft for draft in drafts_of(catalog_type, [pk for pk in ids if is_id(pk)])}
        problems, drafts = Gather(), list[Draft]()
        for index, update in enumerate(updates):
            with problems:
                pointer = f"entries.{index}"
                draft = known.pop(update.entry_id, None)
                if draft is None:
                    message = f"There is no entry with the ID {update.entry_id[:60]!r} of this type, or it stands twice"
                    raise Invalid("not_found", message, f"{pointer}.entry_id")
                draft.pointer = f"{pointer}."
                drafts.append(draft)
                _replace(draft, catalog_type, _over(draft, update), update_attributes)
        problems.raise_if_any()
        write(actor, catalog_type, drafts)


def put_entries(
    actor: Actor,
    catalog_type: CatalogType,
    states: Sequence[EntryState],
    update_attributes: Collection[str] | None = None,
) -> list[CatalogEntry]:
    """Make up to 250 entries what `states` say, all or none; a handful of statements. Each is found by its external id;
    where the type has none with it, it is made, or taken out of the archive.

    Raises:
        Invalid: all mistakes at once, as `create_entry`; or one has no external id.
        NotFound: the type was archived meanwhile.
    """
    _check_count(len(states))
    if not all(state.external_id for state in states):
        raise Invalid("is_required", "Each entry needs an external ID", "entries.external_id")
    with _writing(catalog_type):
        known = _by_external_id(catalog_type, [state.external_id or "" for state in states])
        stored = {draft.entry.external_id: draft for draft in drafts_of_entries(known.values())}
        problems, written = Gather(), list[Draft]()
        for index, state in enumerate(states):
            draft = stored.pop(state.external_id, None) or draft_of(CatalogEntry(catalog_type=catalog_type))
            draft.pointer = f"entries.{index}."
            written.append(draft)
            with problems:
                _replace(draft, catalog_type, state, update_attributes)
        problems.raise_if_any()
        _check_room(catalog_type, sum(draft.before is None or not draft.is_active for draft in written))
        for draft in written:
            draft.entry.archived_at = None
        write(actor, catalog_type, written)
    return [draft.entry for draft in written]


def archive_entries(actor: Actor, catalog_type: CatalogType, ids: Collection[str]) -> None:
    """Take up to 250 entries of a type out of the catalog, as `archive_entry`; those that are not there stay so.

    Raises:
        Invalid: too many at once, or the hub keeps entries of the type itself.
        NotFound: the type was archived meanwhile.
    """
    _check_count(len(ids))
    with _writing(catalog_type):
        drafts, now = drafts_of(catalog_type, ids), timezone.now()
        for draft in drafts:
            draft.entry.archived_at = now
        write(actor, catalog_type, drafts)


def archive_entry(actor: Actor, entry: CatalogEntry) -> None:
    """Take an entry out of the catalog; incidents that have it keep showing it. Its aliases are free again.

    Raises:
        Invalid: the hub keeps entries of its type itself.
        NotFound: it was archived meanwhile.
    """
    with _writing(entry.catalog_type):
        draft = draft_of(_renewed(entry))
        draft.entry.archived_at = timezone.now()
        write(actor, entry.catalog_type, [draft])


def find_by_identifier(catalog_type: CatalogType, identifiers: Collection[str]) -> dict[str, CatalogEntry]:
    """The entries of the type that `identifiers` name, by id, external id, alias, or name where the type says so; where
    one names several, the first of these ways wins, and of those with one name the oldest. At most four statements for
    some thousands of them.
    """
    texts = [text for text in identifiers if 0 < len(text) <= LONGEST]
    known: dict[str, CatalogEntry] = {}
    for start in range(0, len(texts), MOST_NAMED_AT_ONCE):
        known |= _named(catalog_type, texts[start : start + MOST_NAMED_AT_ONCE])
    return {text: known[text] for text in texts if text in known}


def _named(catalog_type: CatalogType, identifiers: Collection[str]) -> dict[str, CatalogEntry]:
    """One statement for each way: each has its index, which no database is sure to use if the ways are mixed."""
    rows = CatalogEntry.objects.active().filter(catalog_type=catalog_type).order_by()
    ids = [text for text in identifiers if is_id(text)]
    known = {entry.pk: entry for entry in rows.filter(pk__in=ids)} if ids else {}
    if rest := [text for text in identifiers if text not in known]:
        known |= {entry.external_id: entry for entry in rows.filter(external_id__in=rest)}
    if rest := [text for text in rest if text not in known]:
        aliases = CatalogAlias.objects.filter(catalog_type=catalog_type, value__in=rest).order_by()
        known |= {alias.value: alias.entry for alias in aliases.select_related("entry")}
    rest = [text for text in rest if text not in known]
    if rest and catalog_type.use_name_as_identifier:
        namesakes = sorted(rows.filter(name__in=rest), key=attrgetter("pk"), reverse=True)
        known |= {entry.name: entry for entry in namesakes}
    return known


@contextmanager
def _writing(catalog_type: CatalogType) -> Iterator[None]:
    """One change of entries of a type: a transaction, serial with every other one of that type."""
    with transaction.atomic():
        row = CatalogType.objects.active().select_for_update(no_key=True).filter(pk=catalog_type.pk).first()
        if row is None:
            raise NotFound("catalog type")
        check_editable(row)
        catalog_type.attributes = row.attributes
        yield


def _renewed(entry: CatalogEntry) -> CatalogEntry:
    row: CatalogEntry | None = CatalogEntry.objects.active().filter(pk=entry.pk).first()
    if row is None:
        raise NotFound("catalog entry")
    return row


def _with_external_id(catalog_type: CatalogType, external_id: str | None) -> CatalogEntry | None:
    """The entry in use with the external id; else the youngest of those that were archived."""
    return _by_external_id(catalog_type, [external_id]).get(external_id) if external_id else None


def _by_external_id(catalog_type: CatalogType, external_ids: Collection[str]) -> dict[str, CatalogEntry]:
    """The same for many. One statement."""
    found = CatalogEntry.objects.filter(catalog_type=catalog_type, external_id__in=external_ids).order_by()
    by_worth = sorted(found, key=lambda entry: (entry.archived_at is None, entry.pk))
    return {entry.external_id: entry for entry in by_worth}


def _check_count(count: int) -> None:
    if count > MOST_AT_ONCE:
        raise Invalid("invalid_value", f"At most {MOST_AT_ONCE} entries at once; this has {count}", "entries")


def _check_room(catalog_type: CatalogType, more: int = 1) -> None:
    if more and CatalogEntry.objects.active().filter(catalog_type=catalog_type).count() + more > MOST_ENTRIES:
        raise Invalid("invalid_value", f"A type has at most {MOST_ENTRIES:,} entries", "catalog_type_id")


def _replace(
    draft: Draft, catalog_type: CatalogType, state: EntryState, update_attributes: Collection[str] | None = None
) -> None:
    """Make the drafted entry what `state` says."""
    entry, kept = draft.entry, check_values(catalog_type, state.attribute_values, f"{draft.pointer}attribute_values")
    if update_attributes is not None:
        others = {pk: value for pk, value in entry.attribute_values.items() if pk not in update_attributes}
        kept = others | {pk: value for pk, value in kept.items() if pk in update_attributes}
    entry.name, entry.external_id, entry.rank = state.name, state.external_id or None, state.rank
    entry.attribute_values = kept
    draft.aliases = list(state.aliases)


def _over(draft: Draft, update: EntryUpdate) -> EntryState:
    """The state a bulk update means: what it leaves out stays."""
    entry = draft.entry
    return EntryState(
        name=entry.name if update.name is None else update.name,
        external_id=entry.external_id if update.external_id is None else update.external_id,
        aliases=draft.aliases if update.aliases is None else update.aliases,
        rank=update.rank,
        attribute_values=update.attribute_values,
    )
