"""Which literals of entries name entries of other types, kept as rows so that backlinks are one index away."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalog.models import CatalogEntry, CatalogLink, CatalogType
from catalog.schemas import NO_ENTRIES, is_derived
from incidentio.core import sql

LONGEST = 500  # longer literals identify nothing
AT_ONCE = 2_000


def literals_of(binding: Mapping[str, Any]) -> list[str]:
    """The literals of a stored binding, in their order."""
    values = binding["array_value"] if "array_value" in binding else [binding["value"]]
    return [value["literal"] for value in values]


def links_of(
    entry_id: str, catalog_type: CatalogType, attribute_values: Mapping[str, Any], only: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows for an entry's values, of all attributes or of those in `only`."""
    for attribute in catalog_type.attributes:
        links = attribute["type"] not in NO_ENTRIES and not is_derived(attribute)
        binding = attribute_values.get(attribute["id"])
        if not links or binding is None or (only is not None and attribute["id"] not in only):
            continue
        for literal in dict.fromkeys(literals_of(binding)):
            if literal and len(literal) <= LONGEST:
                yield {
                    "entry_id": entry_id,
                    "attribute_id": attribute["id"],
                    "target_type_name": attribute["type"],
                    "literal": literal,
                }


def write_links(rows: Iterable[dict[str, Any]]) -> None:
    """Insert the rows, as few statements as fit."""
    batch = list(rows)
    for start in range(0, len(batch), AT_ONCE):
        sql.insert(CatalogLink, batch[start : start + AT_ONCE])


def link_again(catalog_type: CatalogType, attribute_ids: Sequence[str]) -> None:
    """Write the rows of attributes anew whose type is another one now."""
    if not attribute_ids:
        return
    CatalogLink.objects.filter(entry__catalog_type=catalog_type, attribute_id__in=attribute_ids).delete()
    entries = CatalogEntry.objects.active().filter(catalog_type=catalog_type).order_by("id")
    values = entries.values_list("id", "attribute_values").iterator(AT_ONCE)
    write_links(link for pk, stored in values for link in links_of(pk, catalog_type, stored, attribute_ids))
