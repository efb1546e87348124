"""Catalogs compared and applied as a worker does it, but without its waiting."""

from typing import Any

from django.utils import timezone

from catalog.models import CatalogEntry
from integrations.catalog_sync import apply, start, work_on
from integrations.models import CatalogDifference, CatalogSync, Connection
from tests.conftest import SYSTEM


def worked(sync: CatalogSync) -> CatalogSync:
    """The sync, worked on to its end as if its time had come."""
    for _ in range(10):
        CatalogSync.objects.filter(pk=sync.pk).update(due_at=timezone.now())
        work_on(sync.pk)
        sync.refresh_from_db()
        if not sync.is_under_way:
            break
    return sync


def compared(connection: Connection) -> CatalogSync:
    """A comparison of what is there with what is here."""
    return worked(start(SYSTEM, connection))


def applied(connection: Connection, **said: Any) -> CatalogSync:
    """The same, and applied."""
    return worked(apply(SYSTEM, compared(connection), **said))


def counts(sync: CatalogSync) -> dict[str, dict[str, int]]:
    """By type, of what differs: how much."""
    return {told["name"]: {name: n for name, n in told["counts"].items() if n} for told in sync.types}


def differences(sync: CatalogSync, **said: Any) -> list[CatalogDifference]:
    return list(sync.differences.filter(**said))


def entry(external_id: str) -> CatalogEntry:
    """The entry in use with this external id."""
    found: CatalogEntry = CatalogEntry.objects.active().get(external_id=external_id)
    return found


def values(external_id: str) -> dict[str, Any]:
    """What an entry says, by attribute: a text, or texts."""
    return {
        pk: [one["literal"] for one in binding["array_value"]]
        if "array_value" in binding
        else binding["value"]["literal"]
        for pk, binding in entry(external_id).attribute_values.items()
    }
