"""Catalogs are synced by themselves, as often as people set it; what is gone there waits for them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import CatalogEntry
from integrations.catalog_feed import Feed, FeedEntry
from integrations.catalog_schedule import begin_due_syncs
from integrations.connections import change_connection, connect
from integrations.models import CatalogSync, Connection, SyncState
from integrations.registry import TOOLS
from tests.conftest import SYSTEM
from tests.integrations.orchard import SERVICE, Orchard, service, services
from tests.integrations.syncing import values, worked

HOUR = timedelta(hours=1)
Begin = Callable[..., CatalogSync | None]


@pytest.fixture
def orchard(monkeypatch: pytest.MonkeyPatch) -> Orchard:
    """The hub knows one more tool."""
    orchard = Orchard(Feed((services(service("apple"), service("pear", "2")),)))
    monkeypatch.setitem(TOOLS, "orchard", orchard.integration)
    return orchard


@pytest.fixture
def connection(hub: None, orchard: Orchard) -> Connection:
    """To be synced every hour."""
    said = {"token": "x", "sync_every": "every hour"}
    return connect(SYSTEM, "orchard", orchard.integration.settings, name="Orchard", values=said)


def set_to(connection: Connection, every: str) -> None:
    said: dict[str, Any] = {"name": connection.name, "values": {"sync_every": every}}
    change_connection(SYSTEM, connection, TOOLS[connection.tool].settings, **said)


def begun(at: datetime | None = None) -> CatalogSync | None:
    """The sync that a sweep at this moment begins, as old as its sweep; None if it begins none."""
    moment, known = at or timezone.now(), set(CatalogSync.objects.values_list("pk", flat=True))
    begin_due_syncs(moment)
    sync: CatalogSync | None = CatalogSync.objects.exclude(pk__in=known).first()
    if sync is not None:
        CatalogSync.objects.filter(pk=sync.pk).update(created_at=moment)
    return sync


def synced() -> CatalogSync:
    """A sync whose time has come, at its end."""
    CatalogSync.objects.update(created_at=timezone.now() - timedelta(days=2))
    sync = begun()
    assert sync is not None
    return worked(sync)


def grown(orchard: Orchard, *entries: FeedEntry, **said: Any) -> None:
    orchard.feed = Feed((services(*entries, **said),))


def active() -> list[str]:
    rows = CatalogEntry.objects.active().filter(catalog_type__type_name=SERVICE)
    return sorted(pk or "" for pk in rows.values_list("external_id", flat=True))


def failure(connection: Connection) -> str:
    """What the page of connections says went wrong last."""
    connection.refresh_from_db()
    wrong = connection.last_error_at is not None and connection.last_error_at >= connection.last_success_at
    return connection.last_error if wrong else ""


def test_what_is_new_or_changed_is_applied(connection: Connection, orchard: Orchard) -> None:
    assert (synced().state, active()) == (SyncState.APPLIED, ["apple", "pear"])
    grown(orchard, service("apple", "5"), service("pear", "2"), service("plum"))
    sync = synced()
    assert (sync.state, active(), values("apple")) == (SyncState.APPLIED, ["apple", "pear", "plum"], {"tier": "5"})
    assert sync.by_itself
