"""Entries of the service catalog."""

from collections.abc import Collection

from django.db.models import Q

from catalog.models import CatalogAlias, CatalogEntry, CatalogType
from incidentio.core.ids import is_id


def find_by_identifier(catalog_type: CatalogType, identifiers: Collection[str]) -> dict[str, CatalogEntry]:
    """The entries of the type that `identifiers` name, by id, external id, alias, or name where the type says so; where
    one names several, the first of these ways wins. Two statements.
    """
    ways = Q(pk__in=[text for text in identifiers if is_id(text)]) | Q(external_id__in=identifiers)
    if catalog_type.use_name_as_identifier:
        ways |= Q(name__in=identifiers)
    entries = list(CatalogEntry.objects.active().filter(ways, catalog_type=catalog_type))
    aliases = CatalogAlias.objects.filter(catalog_type=catalog_type, value__in=identifiers).select_related("entry")
    by_name = {entry.name: entry for entry in entries} if catalog_type.use_name_as_identifier else {}
    by_alias = {alias.value: alias.entry for alias in aliases}
    by_external_id = {entry.external_id: entry for entry in entries if entry.external_id is not None}
    known = by_name | by_alias | by_external_id | {entry.id: entry for entry in entries}
    return {text: known[text] for text in identifiers if text in known}
