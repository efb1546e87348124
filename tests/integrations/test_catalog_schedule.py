"""Catalogs are synced by themselves, as often as people set it; what is gone there waits for them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.entries import EntryState, create_entry
from catalog.models import CatalogEntry, CatalogType
from events.models import Event
from incidentio.core.errors import Conflict, Invalid
from integrations.base import StepFailed
from integrations.catalog_feed import Feed, FeedEntry, FeedType
from integrations.catalog_schedule import LEFT_TO_PEOPLE, begin_due_syncs, plan_of
from integrations.catalog_sync import apply, start, wake_forgotten, work_on
from integrations.catalog_times import INTERVALS, SYNC_EVERY
from integrations.connections import archive_connection, change_connection, connect, switch
from integrations.models import CatalogSync, Connection, SyncState
from integrations.registry import TOOLS
from tests.catalog.test_words import all_at_once
from tests.conftest import SYSTEM
from tests.integrations.orchard import OWNER, SERVICE, TIER, Orchard, service, services
from tests.integrations.syncing import entry, values, worked
from workflows.sweeper import Sweeper

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
    said: dict[str, Any] = {"name": connection.name, "values": {"token": "x", "sync_every": every}}
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
    long_ago = timezone.now() - timedelta(days=2)
    CatalogSync.objects.update(created_at=long_ago)
    CatalogSync.objects.filter(by_itself=False).update(compared_at=long_ago)
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
    failed, worked = connection.last_error_at, connection.last_success_at
    return connection.last_error if failed and (worked is None or worked < failed) else ""


def test_what_is_new_or_changed_is_applied(connection: Connection, orchard: Orchard) -> None:
    assert (synced().state, active()) == (SyncState.APPLIED, ["apple", "pear"])
    grown(orchard, service("apple", "5"), service("pear", "2"), service("plum"))
    sync = synced()
    assert (sync.state, active(), values("apple")) == (SyncState.APPLIED, ["apple", "pear", "plum"], {"tier": "5"})
    assert sync.by_itself


# ---- when


@pytest.mark.parametrize("every", INTERVALS)
def test_it_begins_as_often_as_is_set(connection: Connection, every: str) -> None:
    set_to(connection, every)
    interval, first = INTERVALS[every], timezone.now()
    sync = begun(first)
    assert sync is not None
    worked(sync)
    assert begun(first + interval - timedelta(seconds=1)) is None
    assert begun(first + interval) is not None


@pytest.mark.parametrize("why", ["never", "off", "archived", "another tool"])
def test_it_does_not_begin_where_nobody_wants_it(connection: Connection, why: str) -> None:
    {
        "never": lambda: set_to(connection, ""),
        "off": lambda: switch(SYSTEM, connection, on=False),
        "archived": lambda: archive_connection(SYSTEM, connection),
        "another tool": lambda: Connection.objects.update(tool="zendesk"),
    }[why]()
    assert begun() is None


def test_a_hub_that_was_down_makes_up_for_it_once(connection: Connection) -> None:
    first, week = begun(), timezone.now() + timedelta(days=7)
    assert first is not None
    worked(first)
    again = begun(week)
    assert again is not None
    worked(again)
    assert begun(week + timedelta(minutes=1)) is None


def test_none_begins_while_one_is_under_way(connection: Connection) -> None:
    start(SYSTEM, connection)
    assert begun() is None
    worked(CatalogSync.objects.get())
    assert begun() is not None


def test_what_a_person_looks_at_is_left_to_them_for_an_hour(connection: Connection, omar: Any) -> None:
    sync = worked(start(omar.actor, connection))
    assert sync.compared_at is not None
    assert begun(sync.compared_at + LEFT_TO_PEOPLE - timedelta(seconds=1)) is None
    assert plan_of(connection, timezone.now()).next_at == sync.compared_at + LEFT_TO_PEOPLE
    assert begun(sync.compared_at + LEFT_TO_PEOPLE) is not None


def test_what_a_person_applied_holds_nothing_up(connection: Connection, omar: Any) -> None:
    worked(apply(omar.actor, worked(start(omar.actor, connection))))
    assert begun() is not None


def test_only_times_that_are_offered_can_be_set(connection: Connection) -> None:
    with pytest.raises(Invalid) as refused:
        set_to(connection, "every second")
    assert refused.value.problems[0].pointer == SYNC_EVERY.name
    connection.refresh_from_db()
    assert connection.settings == {"token": "x", "sync_every": "every hour"}


@pytest.mark.django_db(transaction=True)
def test_one_begins_however_many_sweep(connection: Connection) -> None:
    now = timezone.now()
    all_at_once([lambda: begin_due_syncs(now)] * 4)
    assert CatalogSync.objects.count() == 1
    worked(CatalogSync.objects.get())
    all_at_once([lambda: begin_due_syncs(now + HOUR * 2)] * 4)
    assert CatalogSync.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_it_is_worked_on_once_however_many_work(connection: Connection) -> None:
    begin_due_syncs(timezone.now())
    sync = CatalogSync.objects.get()
    all_at_once([lambda: work_on(sync.pk)] * 4)
    all_at_once([lambda: work_on(sync.pk)] * 4)
    sync.refresh_from_db()
    assert (sync.state, sync.done) == (SyncState.APPLIED, 2)
    created = Event.objects.filter(type="catalog_entry.created", changes__external_id__1__in=["apple", "pear"])
    assert created.count() == 2


# ---- what is gone


def test_what_is_gone_stays_until_a_person_takes_it_out(connection: Connection, orchard: Orchard, omar: Any) -> None:
    grown(orchard, service("apple"), service("pear"), service("plum"))
    synced()
    grown(orchard, service("apple", "5"), service("pear"))
    sync = synced()
    assert (sync.state, sync.gone, sync.may_delete) == (SyncState.APPLIED, 1, True)
    assert (active(), values("apple")) == (["apple", "pear", "plum"], {"tier": "5"})
    sync = worked(apply(omar.actor, sync, with_deletion=True))
    assert (sync.state, sync.may_delete, active()) == (SyncState.APPLIED, False, ["apple", "pear"])
    assert Event.objects.get(type="catalog_entry.archived").actor_id == omar.pk


def test_what_is_gone_alone_is_not_even_applied(connection: Connection, orchard: Orchard) -> None:
    synced()
    grown(orchard, service("apple"))
    told = Event.objects.count()
    assert (synced().state, active()) == (SyncState.COMPARED, ["apple", "pear"])
    assert Event.objects.count() == told + 1  # that it was looked at


def test_what_was_compared_again_since_is_over(connection: Connection, orchard: Orchard) -> None:
    synced()
    grown(orchard, service("apple"))
    old = synced()
    grown(orchard, service("apple"), service("pear", "2"))
    synced()
    with pytest.raises(Conflict, match="compared again since"):
        apply(SYSTEM, old, with_deletion=True)
    assert active() == ["apple", "pear"]


def test_what_is_applied_is_not_applied_again_without_the_tick(connection: Connection, orchard: Orchard) -> None:
    synced()
    grown(orchard, service("apple", "5"))
    with pytest.raises(Conflict, match="tick that"):
        apply(SYSTEM, synced())


# ---- what may mean that something is wrong there


SUDDEN: dict[str, tuple[Feed, str]] = {
    "type": (Feed((FeedType(OWNER, "Owner", entries=(FeedEntry("mo", "Mo"),)),)), "The type Orchard service is there"),
    "all": (Feed(()), "The type Orchard service is there no more"),
    "attribute": (
        Feed((services(service("apple", "5"), service("pear", "2"), attributes=(TIER,)),)),
        "Orchard service: the attribute Needs is there no more",
    ),
    "values": (
        Feed((services(service("apple", values={}), service("pear", values={}), service("plum", values={})),)),
        "Orchard service: no entry says Tier there any more",
    ),
    "entries": (Feed((services(service("plum")),)), "More than half of the entries that were brought from there are"),
}


@pytest.mark.parametrize("what", SUDDEN)
def test_nothing_changes_where_much_is_missing_of_a_sudden(connection: Connection, orchard: Orchard, what: str) -> None:
    synced()
    before, (orchard.feed, said) = Event.objects.count(), SUDDEN[what]
    for _ in range(2):
        sync = synced()
        assert (sync.state, said in sync.error, said in failure(connection)) == (SyncState.COMPARED, True, True)
    assert (active(), values("apple"), entry("apple").name) == (["apple", "pear"], {"tier": "1"}, "Apple")
    assert Event.objects.count() == before + 2  # that it was looked at, twice
    assert not CatalogType.objects.filter(type_name=OWNER).exists()


@pytest.mark.parametrize("with_deletion", [False, True])
@pytest.mark.parametrize("what", SUDDEN)
def test_what_a_person_decided_is_no_news(
    connection: Connection, orchard: Orchard, what: str, with_deletion: bool
) -> None:
    synced()
    orchard.feed, _ = SUDDEN[what]
    sync = synced()
    worked(apply(SYSTEM, sync, with_deletion=with_deletion, confirmed=sync.gone))
    assert (sync.state, sync.error) == (SyncState.APPLIED, "")
    assert (synced().error, failure(connection)) == ("", "")
    assert synced().state == SyncState.COMPARED  # nothing differs that is to be applied


def test_the_source_may_recover(connection: Connection, orchard: Orchard) -> None:
    synced()
    feed, orchard.feed = orchard.feed, Feed(())
    synced()
    orchard.feed = feed
    assert (synced().error, failure(connection)) == ("", "")
    orchard.feed = Feed(())
    assert "no more" in synced().error


def test_one_entry_may_fall_silent(connection: Connection, orchard: Orchard) -> None:
    synced()
    grown(orchard, service("apple", values={}), service("pear", "2"))
    assert (synced().state, values("apple")) == (SyncState.APPLIED, {})


def test_rubbish_changes_nothing_and_is_told(connection: Connection, orchard: Orchard) -> None:
    synced()
    grown(orchard, service("apple", "5"), service("apple", "6"))
    sync = synced()
    assert (sync.state, "two entries" in sync.error, failure(connection)) == (SyncState.FAILED, True, sync.error)
    assert (active(), values("apple")) == (["apple", "pear"], {"tier": "1"})


def test_one_refused_entry_does_not_hold_back_the_others(connection: Connection, orchard: Orchard) -> None:
    synced()
    row = CatalogType.objects.active().get(type_name=SERVICE)
    create_entry(SYSTEM, row, EntryState("By hand", aliases=["malus"]))
    grown(orchard, *orchard.feed.types[0].entries, service("crab", aliases=("malus",)), service("plum"))
    assert (synced().state, active()) == (SyncState.APPLIED, ["", "apple", "pear", "plum"])


# ---- trouble


@pytest.mark.parametrize("permanent", [True, False])
def test_a_dead_tool_is_left_in_peace_until_the_next_time(
    connection: Connection, orchard: Orchard, permanent: bool
) -> None:
    orchard.fails = StepFailed("It failed", permanent=permanent)
    first = timezone.now()
    sync = begun(first)
    assert sync is not None
    assert (worked(sync).state, failure(connection)) == (SyncState.FAILED, "It failed")
    assert plan_of(connection, first).next_at == first + HOUR
    assert begun(first + timedelta(minutes=59)) is None
    orchard.fails = None
    assert (synced().state, failure(connection)) == (SyncState.APPLIED, "")


def test_one_that_waits_for_another_attempt_is_not_begun_twice(connection: Connection, orchard: Orchard) -> None:
    orchard.fails = StepFailed("Busy", permanent=False, wait_seconds=3_600)
    sync = begun()
    assert sync is not None
    work_on(sync.pk)
    assert begun(timezone.now() + HOUR * 3) is None


@pytest.mark.parametrize("state", [SyncState.READING, SyncState.APPLYING])
def test_whoever_is_killed_is_followed(connection: Connection, drain: Callable[[], None], state: SyncState) -> None:
    sync = begun()
    assert sync is not None
    if state == SyncState.APPLYING:
        work_on(sync.pk)
    CatalogSync.objects.filter(state=state).update(lease_token="GONE", lease_until=timezone.now(), attempts=1)
    wake_forgotten()
    drain()
    sync.refresh_from_db()
    assert (sync.state, active()) == (SyncState.APPLIED, ["apple", "pear"])


def test_syncs_by_themselves_leave_those_of_people(connection: Connection, omar: Any) -> None:
    of_people = worked(start(omar.actor, connection))
    for _ in range(12):
        synced()
    assert CatalogSync.objects.filter(by_itself=True).count() == 10
    assert CatalogSync.objects.filter(pk=of_people.pk).exists()


def test_the_hub_itself_did_it(connection: Connection) -> None:
    synced()
    started = Event.objects.get(type="catalog_sync.started")
    assert (started.actor_kind, started.actor_id) == ("system", "")
    assert Event.objects.filter(type="catalog_entry.created", actor_kind="system").count() >= 2


def test_the_sweeper_begins_it(connection: Connection, drain: Callable[[], None]) -> None:
    Sweeper().sweep()
    drain()
    assert (CatalogSync.objects.get().state, active()) == (SyncState.APPLIED, ["apple", "pear"])
