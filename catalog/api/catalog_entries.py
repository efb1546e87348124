"""Entries of the service catalog on the wire (API behaviour, section 8)."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.api.catalog_bindings import (
    CatalogEngineParamBindingPayloadV3,
    CatalogEntryEngineParamBindingV2,
    CatalogEntryEngineParamBindingV3,
    entry_wire,
    value_v2,
    value_v3,
)
from catalog.api.catalog_types import (
    CatalogTypeV2,
    CatalogTypeV3,
    catalog_type_v2,
    catalog_type_v3,
    types_by_name,
)
from catalog.delegation import check_known, find_type
from catalog.entries import (
    EntryState,
    EntryUpdate,
    archive_entry,
    bulk_update,
    create_entry,
    find_by_identifier,
    update_entry,
)
from catalog.entry_reads import Depth, count, page, read
from catalog.models import CatalogEntry, CatalogType
from incidentio.core.bindings import EngineParamBindingPayloadV2
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.fields import Body, Text, Whole
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation

VIEW, CREATE = "catalog_entries.view", "catalog_entries.create"
EDIT, DESTROY = "catalog_entries.edit", "catalog_entries.destroy"
WHAT = "catalog entry"
LARGEST_RANK = 2**31 - 1
MOST_ALIASES = 100
MOST_ENTRIES_AT_ONCE = 250
LONGEST = 500


def _aliases() -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=LONGEST), required=False, max_length=MOST_ALIASES, help_text="Kept in this order"
    )


def _update_attributes() -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=LONGEST),
        required=False,
        help_text="Only these attributes are written: one that is listed and has no value is cleared",
    )


class CatalogUpdateEntryPayloadV2(Body):
    """An entry as it shall be."""

    name = Text(max_length=LONGEST)
    external_id = Text(required=False, allow_blank=True, max_length=LONGEST)
    aliases = _aliases()
    rank = Whole(required=False, min_value=-LARGEST_RANK, max_value=LARGEST_RANK)
    attribute_values = serializers.DictField(child=EngineParamBindingPayloadV2())


class CatalogCreateEntryPayloadV2(CatalogUpdateEntryPayloadV2):
    """An entry to make; one with the same external ID is changed instead."""

    catalog_type_id = Text()


class CatalogEntryPayloadV3(CatalogUpdateEntryPayloadV2):
    """What V3 says of an entry, whatever is done with it."""

    attribute_values = serializers.DictField(child=CatalogEngineParamBindingPayloadV3())


class CatalogCreateEntryPayloadV3(CatalogEntryPayloadV3):
    """An entry to make; one with the same external ID is changed instead."""

    catalog_type_id = Text()


class CatalogUpdateEntryPayloadV3(CatalogEntryPayloadV3):
    """An entry as it shall be."""

    update_attributes = _update_attributes()


class PartialEntryPayloadV3(CatalogEntryPayloadV3):
    """What shall be another than it is; the attributes as they shall be."""

    name = Text(required=False, max_length=LONGEST)
    entry_id = Text()


class CatalogBulkUpdateEntriesPayloadV3(Body):
    """Changes of entries of one type: all are made, or none."""

    catalog_type_id = Text()
    entries = serializers.ListField(child=PartialEntryPayloadV3(), min_length=1, max_length=MOST_ENTRIES_AT_ONCE)
    update_attributes = _update_attributes()


class CatalogEntryShared(serializers.Serializer[Any]):
    """What V2 and V3 say of an entry in the same words."""

    id = serializers.CharField()
    catalog_type_id = serializers.CharField()
    name = serializers.CharField()
    external_id = serializers.CharField(required=False)
    aliases = serializers.ListField(child=serializers.CharField())
    rank = serializers.IntegerField()
    archived_at = serializers.DateTimeField(required=False, help_text="Never there: an archived entry is gone")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CatalogEntryV2(CatalogEntryShared):
    """A thing of a type."""

    attribute_values = serializers.DictField(child=CatalogEntryEngineParamBindingV2())


class CatalogEntryV3(CatalogEntryShared):
    """A thing of a type."""

    attribute_values = serializers.DictField(child=CatalogEntryEngineParamBindingV3())


class CatalogListEntriesQueryV2(serializers.Serializer[Any]):
    """Of which type, and which page."""

    catalog_type_id = serializers.CharField()
    page_size = page_query(250)["page_size"]
    after = page_query(250)["after"]


class CatalogListEntriesQueryV3(CatalogListEntriesQueryV2):
    """Of which type, and which page."""

    identifier = Text(required=False, help_text="An ID, external ID or alias; a name too where the type says so")


class CatalogShowEntryQueryV3(serializers.Serializer[Any]):
    """How far to look."""

    expand = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="true: the entries that link here too; false: only what was written; left out: along paths too",
    )


class PaginationMetaWithTotalV3(PaginationMeta):
    """How to get the next page, and how many rows there are on all pages."""

    total_record_count = serializers.IntegerField(required=False)

    class Meta:
        ref_name = "PaginationMetaResultWithTotalV3"


class CatalogListEntriesResultV2(serializers.Serializer[Any]):
    """A page of a type's entries, oldest first."""

    catalog_type = CatalogTypeV2()
    catalog_entries = CatalogEntryV2(many=True)
    pagination_meta = PaginationMeta()


class CatalogListEntriesResultV3(serializers.Serializer[Any]):
    """A page of a type's entries, oldest first."""

    catalog_type = CatalogTypeV3()
    catalog_entries = CatalogEntryV3(many=True)
    pagination_meta = PaginationMetaWithTotalV3()


class CatalogCreateEntryResultV2(serializers.Serializer[Any]):
    """The entry made."""

    catalog_entry = CatalogEntryV2()


class CatalogCreateEntryResultV3(serializers.Serializer[Any]):
    """The entry made."""

    catalog_entry = CatalogEntryV3()


class CatalogShowEntryResultV2(CatalogCreateEntryResultV2):
    """One entry, and its type."""

    catalog_type = CatalogTypeV2()


class CatalogShowEntryResultV3(CatalogCreateEntryResultV3):
    """One entry, and its type."""

    catalog_type = CatalogTypeV3()


def _find(request: Request, pk: str, scope: str) -> CatalogEntry:
    rows = CatalogEntry.objects.active().filter(catalog_type__archived_at=None).select_related("catalog_type")
    row: CatalogEntry = get_or_404(rows, pk, WHAT)
    check_known(caller_of(request), scope, row.catalog_type, WHAT)
    return row


def _type_named_in_body(request: Request, pk: str, scope: str) -> CatalogType:
    """The type a body names.

    Raises:
        Invalid: there is none.
        Forbidden: the caller may not do this to its entries.
    """
    try:
        return find_type(caller_of(request), pk, scope)
    except NotFound as error:
        message = f"There is no catalog type with the ID {pk[:40]!r}"
        raise Invalid("not_found", message, "catalog_type_id") from error


def _created(request: Request, body: dict[str, Any]) -> CatalogEntry:
    catalog_type = _type_named_in_body(request, body.pop("catalog_type_id"), CREATE)
    return create_entry(caller_of(request).actor, catalog_type, EntryState(**body))


def _page(request: Request, query: dict[str, Any]) -> tuple[CatalogType, Sequence[CatalogEntry]]:
    """The type asked for, and one entry more than the page holds."""
    catalog_type = find_type(caller_of(request), query["catalog_type_id"], VIEW)
    if "identifier" in query:
        found = find_by_identifier(catalog_type, [query["identifier"]]).values()
        return catalog_type, [entry for entry in found if entry.pk > query.get("after", "")]
    return catalog_type, page(catalog_type, query["page_size"] + 1, query.get("after"))


def _rendered_v2(entry: CatalogEntry, depth: Depth = Depth.FORWARD) -> dict[str, Any]:
    (found,) = read(entry.catalog_type, [entry], depth)
    return entry_wire(found, entry.catalog_type, value_v2)


def _rendered_v3(entry: CatalogEntry, depth: Depth = Depth.FORWARD) -> dict[str, Any]:
    (found,) = read(entry.catalog_type, [entry], depth)
    return entry_wire(found, entry.catalog_type, value_v3)


class CatalogEntriesV3(ResourceViewSet):
    """The things of a type. A key with the permission for its teams only keeps to their types."""

    team_scoped = True

    @operation(
        "Catalog V3#ListEntries",
        scope=VIEW,
        query=CatalogListEntriesQueryV3,
        answer=CatalogListEntriesResultV3,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        catalog_type, entries = _page(request, query)
        size = query["page_size"]
        total = len(entries) if "identifier" in query else count(catalog_type)
        return {
            "catalog_type": catalog_type_v3(catalog_type, types_by_name()),
            "catalog_entries": [
                entry_wire(found, catalog_type, value_v3) for found in read(catalog_type, entries[:size], Depth.FORWARD)
            ],
            "pagination_meta": pagination_meta(entries, size, lambda row: row.id) | {"total_record_count": total},
        }

    @operation(
        "Catalog V3#CreateEntry",
        scope=CREATE,
        body=CatalogCreateEntryPayloadV3,
        answer=CatalogCreateEntryResultV3,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"catalog_entry": _rendered_v3(_created(request, body))}

    @operation(
        "Catalog V3#ShowEntry",
        scope=VIEW,
        query=CatalogShowEntryQueryV3,
        answer=CatalogShowEntryResultV3,
    )
    def retrieve(self, request: Request, pk: str, query: dict[str, Any]) -> dict[str, Any]:
        depth = {None: Depth.FORWARD, False: Depth.OWN, True: Depth.BOTH}[query["expand"]]
        return self._shown(_find(request, pk, VIEW), depth)

    @operation(
        "Catalog V3#UpdateEntry",
        scope=EDIT,
        body=CatalogUpdateEntryPayloadV3,
        answer=CatalogShowEntryResultV3,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        only = body.pop("update_attributes", None)
        entry = _find(request, pk, EDIT)
        return self._shown(update_entry(caller_of(request).actor, entry, EntryState(**body), only))

    @operation("Catalog V3#DestroyEntry", scope=DESTROY, status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_entry(caller_of(request).actor, _find(request, pk, DESTROY))

    @operation(
        "Catalog V3#BulkUpdateEntries",
        scope=EDIT,
        body=CatalogBulkUpdateEntriesPayloadV3,
        status=204,
    )
    def bulk_update(self, request: Request, body: dict[str, Any]) -> None:
        catalog_type = _type_named_in_body(request, body["catalog_type_id"], EDIT)
        updates = [EntryUpdate(**entry) for entry in body["entries"]]
        bulk_update(caller_of(request).actor, catalog_type, updates, body.get("update_attributes"))

    def _shown(self, entry: CatalogEntry, depth: Depth = Depth.FORWARD) -> dict[str, Any]:
        wire = _rendered_v3(entry, depth)
        return {"catalog_entry": wire, "catalog_type": catalog_type_v3(entry.catalog_type, types_by_name())}


class CatalogEntriesV2(ResourceViewSet):
    """The things of a type, as V2 has them."""

    team_scoped = True

    @operation(
        "Catalog V2#ListEntries",
        scope=VIEW,
        query=CatalogListEntriesQueryV2,
        answer=CatalogListEntriesResultV2,
        deprecated=True,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        catalog_type, entries = _page(request, query)
        size = query["page_size"]
        return {
            "catalog_type": catalog_type_v2(catalog_type, types_by_name()),
            "catalog_entries": [
                entry_wire(found, catalog_type, value_v2) for found in read(catalog_type, entries[:size], Depth.FORWARD)
            ],
            "pagination_meta": pagination_meta(entries, size, lambda row: row.id),
        }

    @operation(
        "Catalog V2#CreateEntry",
        scope=CREATE,
        body=CatalogCreateEntryPayloadV2,
        answer=CatalogCreateEntryResultV2,
        status=201,
        deprecated=True,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"catalog_entry": _rendered_v2(_created(request, body))}

    @operation("Catalog V2#ShowEntry", scope=VIEW, answer=CatalogShowEntryResultV2, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._shown(_find(request, pk, VIEW), Depth.BOTH)

    @operation(
        "Catalog V2#UpdateEntry",
        scope=EDIT,
        body=CatalogUpdateEntryPayloadV2,
        answer=CatalogShowEntryResultV2,
        deprecated=True,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        entry = _find(request, pk, EDIT)
        return self._shown(update_entry(caller_of(request).actor, entry, EntryState(**body)))

    @operation("Catalog V2#DestroyEntry", scope=DESTROY, status=204, deprecated=True)
    def destroy(self, request: Request, pk: str) -> None:
        archive_entry(caller_of(request).actor, _find(request, pk, DESTROY))

    def _shown(self, entry: CatalogEntry, depth: Depth = Depth.FORWARD) -> dict[str, Any]:
        wire = _rendered_v2(entry, depth)
        return {"catalog_entry": wire, "catalog_type": catalog_type_v2(entry.catalog_type, types_by_name())}
