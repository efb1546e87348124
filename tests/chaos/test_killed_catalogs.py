"""Workers killed with -9 while a catalog is read and applied: every entry is made, and made once."""

import os
import random
from collections.abc import Iterator

import pytest

from catalog.models import CatalogEntry
from events.models import Event
from integrations.backstage.account import SETTINGS
from integrations.catalog_sync import apply, start
from integrations.connections import connect
from integrations.models import CatalogSync, Connection, RemoteObject, SyncState
from tests.chaos.workers import Workers, wait_until, workers
from tests.conftest import SYSTEM
from tests.integrations.backstage.site import TOKEN, BackstageSite, many
from tests.integrations.standing_in import standing

ENTRIES = int(os.environ.get("CHAOS_ENTRIES", "2000"))
QUICK = {"LEASE_SECONDS": "2", "SWEEP_SECONDS": "0.1"}


@pytest.fixture
def site() -> Iterator[BackstageSite]:
    with standing(BackstageSite()) as site:
        site.entities = many(ENTRIES)
        yield site


@pytest.fixture
def connection(hub: None, site: BackstageSite) -> Connection:
    values = {"base_url": site.url, "token": TOKEN, "kinds": "Component"}
    return connect(SYSTEM, "backstage", SETTINGS, name="Backstage", values=values)


def killed_in_the_middle(group: Workers, sync: CatalogSync, state: SyncState) -> None:
    """All workers die once some of it is done, and are started again; it is not over yet by then."""

    def some_is_done() -> bool:
        sync.refresh_from_db()
        return sync.done > 0 or sync.state != state

    wait_until(some_is_done, f"some of {state}")
    group.kill_all(random.Random())
    sync.refresh_from_db()
    print(f"killed while {sync.state}: {sync.done} of {sync.total}")


def sync_state(sync: CatalogSync) -> str:
    sync.refresh_from_db()
    return sync.state


def over(sync: CatalogSync) -> bool:
    sync.refresh_from_db()
    return not sync.is_under_way


def each_was_made_once(sync: CatalogSync) -> None:
    """The sync is over, and every entry is there, with one event and one remote object."""
    assert (sync.state, sync.error, sync.done) == (SyncState.APPLIED, "", ENTRIES)
    assert not sync.differences.exclude(outcome="done").exists()
    assert CatalogEntry.objects.active().filter(external_id__startswith="component:").count() == ENTRIES
    assert RemoteObject.objects.filter(tool="backstage").count() == ENTRIES
    events = Event.objects.filter(subject_type="catalog_entry", changes__external_id__1__startswith="component:")
    assert set(events.values_list("type", flat=True)) == {"catalog_entry.created"}
    assert events.count() == ENTRIES


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_every_entry_is_made_once(connection: Connection) -> None:
    with workers(**QUICK) as group:
        sync = start(SYSTEM, connection)
        killed_in_the_middle(group, sync, SyncState.READING)
        wait_until(lambda: over(sync), "the catalog to be compared")
        assert (sync.state, sync.differences.count()) == (SyncState.COMPARED, ENTRIES)
        apply(SYSTEM, sync)
        killed_in_the_middle(group, sync, SyncState.APPLYING)
        assert (sync.state, 0 < sync.done < ENTRIES) == (SyncState.APPLYING, True)
        wait_until(lambda: over(sync), "the catalog to be applied")
    each_was_made_once(sync)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_sync_that_began_by_itself_is_one_sync(connection: Connection) -> None:
    connection.settings |= {"sync_every": "every hour"}
    connection.save()
    with workers(**QUICK) as group:
        wait_until(CatalogSync.objects.exists, "a sync to begin")
        sync = CatalogSync.objects.get()
        killed_in_the_middle(group, sync, SyncState.READING)
        wait_until(lambda: sync_state(sync) != SyncState.READING, "the catalog to be read")
        killed_in_the_middle(group, sync, SyncState.APPLYING)
        assert (sync.state, 0 < sync.done < ENTRIES) == (SyncState.APPLYING, True)
        wait_until(lambda: over(sync), "the catalog to be applied")
    assert CatalogSync.objects.get().by_itself
    each_was_made_once(sync)
