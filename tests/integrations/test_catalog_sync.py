"""Catalogs kept elsewhere are compared and applied; what people made or changed here stays theirs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.entries import EntryState, archive_entry, create_entry, update_entry
from catalog.models import CatalogEntry, CatalogType
from catalog.types import archive_type, update_schema, update_type
from events.models import Event
from incidentio.core.errors import Conflict, Invalid
from integrations.base import StepFailed
from integrations.catalog_comparing import SOURCE
from integrations.catalog_feed import Feed, FeedAttribute, FeedEntry, FeedType
from integrations.catalog_sync import apply, start, wake_forgotten, work_on
from integrations.connections import connect, switch
from integrations.models import CatalogSync, Connection, RemoteObject, SyncState
from integrations.registry import TOOLS
from tests.catalog.service import a_type, attribute, bindings, told
from tests.conftest import SYSTEM
from tests.integrations.orchard import NEEDS, OWNED, OWNER, SERVICE, TIER, Orchard, service, services
from tests.integrations.syncing import applied, compared, counts, differences, entry, values, worked


@pytest.fixture
def orchard(monkeypatch: pytest.MonkeyPatch) -> Orchard:
    """The hub knows one more tool."""
    orchard = Orchard(Feed((services(service("apple"), service("pear", "2")),)))
    monkeypatch.setitem(TOOLS, "orchard", orchard.integration)
    return orchard


@pytest.fixture
def connection(hub: None, orchard: Orchard) -> Connection:
    return connect(SYSTEM, "orchard", orchard.integration.settings, name="Orchard", values={"token": "x"})


def grown(orchard: Orchard, *entries: FeedEntry, **said: Any) -> None:
    """What grows there now."""
    orchard.feed = Feed((services(*entries, **said),))


def kind() -> CatalogType:
    row: CatalogType = CatalogType.objects.active().get(type_name=SERVICE)
    return row


def active() -> list[str]:
    rows = CatalogEntry.objects.active().filter(catalog_type__type_name=SERVICE)
    return sorted(pk or "" for pk in rows.values_list("external_id", flat=True))


def by_hand(external_id: str | None, name: str = "By hand", **said: Any) -> CatalogEntry:
    """An entry somebody made here."""
    state = EntryState(name, external_id, attribute_values=bindings(**said))
    return create_entry(SYSTEM, kind(), state)


# ---- what differs


def test_new_entries_come_with_a_type_that_tells_whence(connection: Connection) -> None:
    sync = applied(connection)
    assert (sync.state, active(), values("pear")) == (SyncState.APPLIED, ["apple", "pear"], {"tier": "2"})
    assert kind().annotations == {SOURCE: "orchard"}
    assert [one["mode"] for one in kind().attributes] == ["external", "external"]


def test_types_may_lead_to_each_other(connection: Connection, orchard: Orchard) -> None:
    there = FeedEntry("apple", "Apple", (), {"owner": ("mo",), "needs": ("apple",)})
    owners = FeedType(OWNER, "Owner", "", (FeedAttribute("of", "Of", SERVICE),), (FeedEntry("mo", "Mo"),))
    orchard.feed = Feed((services(there, attributes=(OWNED, NEEDS)), owners))
    assert applied(connection).state == SyncState.APPLIED
    assert values("apple") == {"owner": "mo", "needs": ["apple"]}


def test_a_change_is_told_before_and_after(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    grown(orchard, service("apple", "3", aliases=("malus",)), service("pear", "2"))
    (difference,) = differences(compared(connection))
    assert difference.changes == [["Aliases", [], ["malus"]], ["Tier", ["1"], ["3"]]]
    assert applied(connection).done == 1
    assert told(entry("apple")) == ["created", "updated"]
    assert told(entry("pear")) == ["created"]


def test_what_the_feed_does_not_speak_of_stays(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    row = kind()
    note, back = attribute("note", mode="dashboard"), attribute("by", SERVICE, array=True, mode="backlink")
    mine = [note, back | {"backlink_attribute": "needs"}]
    update_schema(SYSTEM, row, version=row.schema_version, attributes=[*row.attributes, *mine])
    pear = entry("pear")
    state = EntryState("Pear", "pear", (), 7, bindings(tier="2", note="sweet"))
    update_entry(SYSTEM, pear, state)
    grown(orchard, service("pear", "9"), attributes=(TIER,))
    applied(connection)
    assert (values("pear"), entry("pear").rank) == ({"tier": "9", "note": "sweet"}, 7)
    assert [one["id"] for one in kind().attributes] == ["tier", "needs", "note", "by"]


def test_an_attribute_that_is_gone_goes_only_with_deletion(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    grown(orchard, service("apple"), service("pear", "2"), attributes=(TIER,))
    assert compared(connection).types[0]["changes"] == [["Attribute Needs", [f"Needs: several of {SERVICE}"], []]]
    applied(connection)
    assert len(kind().attributes) == 2
    applied(connection, with_deletion=True)
    assert [one["id"] for one in kind().attributes] == ["tier"]


def test_the_words_of_a_type_follow(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    orchard.feed = Feed((FeedType(SERVICE, "Fruit", "Sweet", (TIER, NEEDS), orchard.feed.types[0].entries),))
    assert applied(connection).types[0]["changes"][0] == ["Name", ["Orchard service"], ["Fruit"]]
    assert (kind().name, kind().description) == ("Fruit", "Sweet")


# ---- what is gone


def test_only_what_the_source_made_can_be_gone(connection: Connection, orchard: Orchard) -> None:
    a_type(attribute("tier"), name="Orchard service", type_name=SERVICE)
    by_hand("plum")
    by_hand(None)
    by_hand("pear", "Pear")  # taken along, but never the tool's own
    applied(connection)
    grown(orchard)
    sync = compared(connection)
    assert [one.external_id for one in differences(sync)] == ["apple"]
    worked(apply(SYSTEM, sync, with_deletion=True, confirmed=1))
    assert active() == ["", "pear", "plum"]
    assert kind().annotations == {}


def test_two_sources_leave_each_others_alone(
    connection: Connection, orchard: Orchard, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_type(attribute("tier"), name="Orchard service", type_name=SERVICE)
    applied(connection)
    grove = Orchard(Feed((services(service("fig")),)), name="grove")
    monkeypatch.setitem(TOOLS, "grove", grove.integration)
    other = connect(SYSTEM, "grove", grove.integration.settings, name="Grove", values={"token": "x"})
    applied(other, with_deletion=True)
    assert active() == ["apple", "fig", "pear"]
    grown(orchard, service("apple"))
    applied(connection, with_deletion=True)
    assert active() == ["apple", "fig"]


def test_a_type_of_another_source_is_left_alone(
    connection: Connection, orchard: Orchard, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(connection)
    grove = Orchard(Feed((services(service("fig")),)), name="grove")
    monkeypatch.setitem(TOOLS, "grove", grove.integration)
    other = connect(SYSTEM, "grove", grove.integration.settings, name="Grove", values={"token": "x"})
    sync = applied(other)
    assert (sync.types[0]["standing"], sync.types[0]["why"]) == ("refused", "It is filled from orchard")
    assert active() == ["apple", "pear"]


@pytest.mark.parametrize(
    "said",
    [{"source_repo_url": "https://git.example.com"}, {"annotations": {"incident.io/catalog-importer/sync-id": "x"}}],
    ids=["repository", "importer"],
)
def test_types_others_keep_are_left_alone(connection: Connection, said: dict[str, Any]) -> None:
    a_type(attribute("tier"), name="Orchard service", type_name=SERVICE, **said)
    sync = applied(connection)
    assert (sync.types[0]["standing"], active()) == ("refused", [])


def test_a_type_that_is_gone_goes_when_it_is_empty(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    orchard.feed = Feed(())
    worked(apply(SYSTEM, compared(connection), with_deletion=True, confirmed=2))
    assert not CatalogType.objects.active().filter(type_name=SERVICE).exists()


def test_a_type_somebody_archived_is_over(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    archive_type(SYSTEM, kind())
    feed, orchard.feed = orchard.feed, Feed(())
    sync = compared(connection)
    assert (sync.state, sync.types, sync.ours) == (SyncState.COMPARED, [], 0)
    orchard.feed = feed
    assert counts(applied(connection)) == {"Orchard service": {"new": 2}}
    assert not compared(connection).differences.exists()


def test_a_type_with_somebodys_entries_stays(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    by_hand("plum")
    orchard.feed = Feed(())
    sync = worked(apply(SYSTEM, compared(connection), with_deletion=True, confirmed=2))
    assert active() == ["plum"]
    assert "has entries that were not brought from there" in sync.notes[0]


@pytest.mark.parametrize("confirmed", [None, 0, 1, 3])
def test_deleting_most_of_it_needs_the_number(connection: Connection, orchard: Orchard, confirmed: int | None) -> None:
    applied(connection)
    orchard.feed = Feed(())
    sync = compared(connection)
    with pytest.raises(Invalid) as refused:
        apply(SYSTEM, sync, with_deletion=True, confirmed=confirmed)
    assert refused.value.problems[0].pointer == "confirmed"
    assert active() == ["apple", "pear"]


def test_what_comes_back_is_the_same_entry(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    first = entry("pear").pk
    grown(orchard, service("apple"))
    applied(connection, with_deletion=True)
    assert active() == ["apple"]
    grown(orchard, service("apple"), service("pear"))
    applied(connection)
    assert entry("pear").pk == first
    assert RemoteObject.objects.filter(tool="orchard", subject_id=first).count() == 1


# ---- what happens here meanwhile


def meanwhile(name: str) -> Callable[[], object]:
    """Something people do between looking and applying."""
    return {
        "changed": lambda: update_entry(
            SYSTEM, entry("apple"), EntryState("Apple", "apple", attribute_values=bindings(tier="8"))
        ),
        "archived": lambda: archive_entry(SYSTEM, entry("apple")),
        "made": lambda: by_hand("plum"),
        "gone and changed": lambda: update_entry(SYSTEM, entry("pear"), EntryState("Mine", "pear")),
        "gone already": lambda: archive_entry(SYSTEM, entry("pear")),
        "the same": lambda: update_entry(
            SYSTEM, entry("apple"), EntryState("Apple", "apple", attribute_values=bindings(tier="5"))
        ),
        "elsewhere": lambda: update_type(SYSTEM, kind(), name="Fruit", description="Sweet"),
    }[name]


@pytest.mark.parametrize(
    ("what", "outcomes"),
    [
        ("changed", {"apple": "moved", "plum": "done", "pear": "done"}),
        ("archived", {"apple": "moved", "plum": "done", "pear": "done"}),
        ("made", {"apple": "done", "plum": "moved", "pear": "done"}),
        ("gone and changed", {"apple": "done", "plum": "done", "pear": "moved"}),
        ("gone already", {"apple": "done", "plum": "done", "pear": "done"}),
        ("the same", {"apple": "done", "plum": "done", "pear": "done"}),
        ("elsewhere", {"apple": "done", "plum": "done", "pear": "done"}),
    ],
)
def test_what_changed_here_meanwhile_is_left_alone(
    connection: Connection, orchard: Orchard, what: str, outcomes: dict[str, str]
) -> None:
    applied(connection)
    grown(orchard, service("apple", "5"), service("plum"))
    sync = compared(connection)
    meanwhile(what)()
    before = {row.pk: row.updated_at for row in CatalogEntry.objects.active()}
    worked(apply(SYSTEM, sync, with_deletion=True))
    assert {one.external_id: one.outcome for one in differences(sync)} == outcomes
    left = [one.external_id for one in differences(sync, outcome="moved") if one.entry_id]
    assert all(entry(pk).updated_at == before[entry(pk).pk] for pk in left if what != "archived")


def test_a_type_archived_meanwhile_comes_back_empty(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    grown(orchard, service("apple", "5"), service("pear", "2"))
    sync = compared(connection)
    archive_type(SYSTEM, kind())
    worked(apply(SYSTEM, sync))
    assert [one.outcome for one in differences(sync)] == ["moved"]


def test_one_refused_entry_does_not_hold_back_the_others(connection: Connection, orchard: Orchard) -> None:
    applied(connection)
    create_entry(SYSTEM, kind(), EntryState("By hand", aliases=["malus"]))
    grown(orchard, *orchard.feed.types[0].entries, service("crab", aliases=("malus",)), service("plum"))
    sync = applied(connection)
    assert active() == ["", "apple", "pear", "plum"]
    (refused,) = differences(sync, outcome="refused")
    assert (refused.external_id, "the alias 'malus'" in refused.told) == ("crab", True)


# ---- who may, and when


def test_it_is_applied_once(connection: Connection) -> None:
    sync = applied(connection)
    with pytest.raises(Conflict, match="Applied"):
        apply(SYSTEM, sync)


def test_one_is_under_way_at_a_time(connection: Connection) -> None:
    old = compared(connection)
    start(SYSTEM, connection)
    with pytest.raises(Conflict):
        start(SYSTEM, connection)
    with pytest.raises(Conflict):
        apply(SYSTEM, old)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_is_off_is_not_read(connection: Connection, when: str) -> None:
    if when == "before":
        switch(SYSTEM, connection, on=False)
        with pytest.raises(Invalid, match="switched off"):
            start(SYSTEM, connection)
        return
    sync = start(SYSTEM, connection)
    switch(SYSTEM, connection, on=False)
    assert "switched off" in worked(sync).error


def test_some_comparisons_are_kept(connection: Connection) -> None:
    for _ in range(13):
        compared(connection)
    assert CatalogSync.objects.count() == 10


def test_who_did_it_stands_in_history(connection: Connection, omar: Any) -> None:
    sync = worked(start(omar.actor, connection))
    worked(apply(omar.actor, sync))
    doers = Event.objects.filter(actor_id=omar.pk).values_list("type", flat=True)
    assert {"catalog_sync.started", "catalog_sync.applied", "catalog_entry.created"} <= {*doers}


# ---- trouble


@pytest.mark.parametrize(
    ("failure", "state", "attempts"),
    [
        (StepFailed("It does not accept the hub's account (401)"), SyncState.FAILED, 1),
        (StepFailed("It failed (500)", permanent=False), SyncState.READING, 1),
        (StepFailed("Less often", permanent=False, wait_seconds=90), SyncState.READING, 1),
        (Invalid("invalid_value", "Rubbish"), SyncState.FAILED, 1),
    ],
)
def test_what_may_work_later_is_tried_again(
    connection: Connection, orchard: Orchard, failure: Exception, state: SyncState, attempts: int
) -> None:
    orchard.fails = failure
    sync = start(SYSTEM, connection)
    work_on(sync.pk)
    sync.refresh_from_db()
    assert (sync.state, sync.attempts, sync.error) == (state, attempts, str(failure))
    assert not work_on(sync.pk)
    waits = getattr(failure, "wait_seconds", 0)
    assert state == SyncState.FAILED or (sync.due_at and (sync.due_at - timezone.now()).total_seconds() > waits - 5)


def test_trying_again_has_an_end(connection: Connection, orchard: Orchard) -> None:
    orchard.fails = StepFailed("It failed (500)", permanent=False)
    sync = compared(connection)
    assert (sync.state, sync.attempts, sync.error) == (SyncState.FAILED, 5, "It failed (500)")


def test_whoever_is_killed_is_followed(connection: Connection, orchard: Orchard, drain: Callable[[], None]) -> None:
    sync = start(SYSTEM, connection)
    CatalogSync.objects.update(lease_token="GONE", lease_until=timezone.now(), attempts=1)
    drain()
    wake_forgotten()
    drain()
    sync.refresh_from_db()
    assert sync.state == SyncState.COMPARED


def test_a_leased_one_is_not_taken(connection: Connection) -> None:
    sync = start(SYSTEM, connection)
    CatalogSync.objects.update(lease_token="SOMEBODY", lease_until=timezone.now() + timedelta(seconds=60))
    assert not work_on(sync.pk)


def test_one_that_kills_its_workers_is_given_up(connection: Connection) -> None:
    sync = start(SYSTEM, connection)
    CatalogSync.objects.update(attempts=5)
    assert "again and again" in worked(sync).error


def test_a_type_that_cannot_be_is_named(connection: Connection, orchard: Orchard) -> None:
    sync = compared(connection)
    a_type(name="Orchard service", type_name=SERVICE, source_repo_url="https://git.example.com")
    sync = worked(apply(SYSTEM, sync))
    assert (sync.state, sync.error) == (
        SyncState.FAILED,
        "Orchard service: It is kept at https://git.example.com",
    )


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (Feed((services(service("a"), service("a")),)), "two entries with the external ID 'a'"),
        (Feed((services(), services())), "stands there twice"),
        (Feed((services(attributes=(TIER, TIER)),)), "has the attribute 'tier' twice"),
        (Feed((services(attributes=(FeedAttribute("x", "X", "Colour"),)),)), "there is no type 'Colour'"),
        (Feed((services(attributes=(FeedAttribute('"', "X"),)),)), "An ID is text"),
        (Feed((services(attributes=(FeedAttribute("x", " "),)),)), "needs a name"),
        (Feed((FeedType("Service", "X"),)), "A type name looks like"),
        (Feed((FeedType(SERVICE, " "),)), "A type's name has 1 to 200"),
        (Feed((services(service("a" * 301)),)), "an external ID has 1 to 300"),
        (Feed((services(service("a", name=" ")),)), "a name has 1 to 500"),
        (Feed((services(service("a", values={"moon": ("1",)})),)), "no attribute with the ID 'moon'"),
        (Feed((services(service("a", values={"tier": ("1", "2")})),)), "takes one value"),
        (Feed((services(service("a"), attributes=(FeedAttribute("tier", "T", "Bool"),)),)), '"true" or "false"'),
        (Feed(tuple(FeedType(f'Custom["T{n}"]', "T") for n in range(101))), "At most 100 types"),
        (Feed((services(attributes=tuple(FeedAttribute(f"a{n}", "A") for n in range(101))),)), "at most 100"),
    ],
)
def test_rubbish_is_refused_and_changes_nothing(
    connection: Connection, orchard: Orchard, feed: Feed, said: str
) -> None:
    orchard.feed = feed
    sync = compared(connection)
    assert (sync.state, said in sync.error) == (SyncState.FAILED, True), sync.error
    assert not CatalogType.objects.filter(type_name__startswith="Custom").exists()


def test_circles_are_no_trouble(connection: Connection, orchard: Orchard) -> None:
    grown(orchard, service("a", values={"needs": ("b",)}), service("b", values={"needs": ("a", "b")}))
    applied(connection)
    assert values("b") == {"needs": ["a", "b"]}
    assert counts(compared(connection)) == {"Orchard service": {"same": 2}}


def test_statements_do_not_grow_with_entries(connection: Connection, orchard: Orchard) -> None:
    def cost(count: int) -> tuple[int, int]:
        grown(orchard, *(service(f"s{count}-{number}") for number in range(count)))
        with CaptureQueriesContext(database) as comparing:
            sync = compared(connection)
        with CaptureQueriesContext(database) as applying:
            worked(apply(SYSTEM, sync))
        return len(comparing), len(applying)

    cost(1)
    assert cost(2) == cost(190)
