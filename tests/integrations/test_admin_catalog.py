"""A catalog is compared, looked at and applied in the admin."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from catalog.entries import EntryState, update_entry
from catalog.models import CatalogEntry, CatalogType
from integrations.backstage.account import SETTINGS
from integrations.catalog_schedule import begin_due_syncs
from integrations.connections import connect, switch
from integrations.models import CatalogSync, Connection, SyncState
from tests.conftest import SYSTEM
from tests.desk import Desk
from tests.integrations.backstage.site import TOKEN, BackstageSite, component, many
from tests.integrations.grapevine import SETTINGS as OTHERS
from tests.integrations.standing_in import standing
from tests.integrations.syncing import applied, compared, entry, worked


@pytest.fixture
def site() -> Iterator[BackstageSite]:
    with standing(BackstageSite()) as site:
        yield site


@pytest.fixture
def connection(hub: None, site: BackstageSite) -> Connection:
    """The hub's account at Backstage."""
    values = {"base_url": site.url, "token": TOKEN, "kinds": "Component"}
    return connect(SYSTEM, "backstage", SETTINGS, name="Our Backstage", values=values)


def shown(desk: Desk, sync: CatalogSync, query: str = "") -> str:
    return str(desk.get("integrations_catalogsync_change", sync.pk, query=query).content.decode())


def part(desk: Desk, sync: CatalogSync, query: str = "") -> str:
    """What the unfolded type says."""
    address = reverse("admin:integrations_catalogsync_part", args=[sync.pk])
    first = f"{address}?type=Custom%5B%22BackstageComponent%22%5D{query}"
    return str(desk.client.get(first).content.decode())


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_it_begins_on_the_page_of_the_connection(desk: Desk, connection: Connection, drain: Callable[[], None]) -> None:
    page = desk.get("integrations_connection_change", connection.pk).content.decode()
    assert reverse("admin:integrations_connection_compare_catalog", args=[connection.pk]) in page
    answer = desk.post("integrations_connection_compare_catalog", connection.pk)
    sync = CatalogSync.objects.get()
    assert answer["Location"] == reverse("admin:integrations_catalogsync_change", args=[sync.pk])
    assert "Reading: 0" in shown(desk, sync)
    drain()
    assert "2</strong> new" in shown(desk, sync)
    assert [event.type for event in desk.events()] == ["catalog_sync.started"]


def test_a_tool_without_a_catalog_has_no_button(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = connect(SYSTEM, "zendesk", OTHERS, name="Zendesk", values={"token": "x", "url": "https://z.example.com"})
    assert "compare_catalog" not in desk.get("integrations_connection_change", row.pk).content.decode()
    assert desk.post("integrations_connection_compare_catalog", row.pk).status_code == 403


def test_one_at_a_time(desk: Desk, connection: Connection) -> None:
    desk.post("integrations_connection_compare_catalog", connection.pk)
    page = desk.post("integrations_connection_compare_catalog", connection.pk)
    assert said(page) == ["The catalog of this connection is being read or applied: wait until that is over"]
    assert CatalogSync.objects.count() == 1


def test_while_it_is_read_the_page_asks_how_far_it_is(desk: Desk, connection: Connection) -> None:
    desk.post("integrations_connection_compare_catalog", connection.pk)
    sync = CatalogSync.objects.get()
    CatalogSync.objects.update(done=300, total=2_000)
    answer = desk.get("integrations_catalogsync_progress", sync.pk)
    assert 'max="2000" value="300"' in answer.content.decode()
    assert "HX-Refresh" not in answer
    CatalogSync.objects.update(state=SyncState.COMPARED)
    assert desk.get("integrations_catalogsync_progress", sync.pk)["HX-Refresh"] == "true"


def test_what_changes_is_told_attribute_by_attribute(desk: Desk, connection: Connection, site: BackstageSite) -> None:
    applied(connection)
    site.entities[0]["metadata"]["description"] = "Takes all the money"
    site.entities.append(component("returns"))
    sync = compared(connection)
    page = part(desk, sync)
    assert "<del>Takes the money</del>" in page
    assert "<ins>Takes all the money</ins>" in page
    assert "component:default/returns" in page
    assert "component:default/ledger" not in page


def test_differences_are_filtered(desk: Desk, connection: Connection, site: BackstageSite) -> None:
    applied(connection)
    site.entities = [component("ledger", description="Books"), component("returns")]
    sync = compared(connection)
    assert "Checkout" in part(desk, sync, "&kind=gone")
    assert "returns" not in part(desk, sync, "&kind=gone")
    assert "returns" in part(desk, sync, "&q=TURN&kind=moon")
    assert "1 found" in shown(desk, sync, "?q=returns")
    assert "Nothing is like that" in shown(desk, sync, "?q=moon")


def test_rubbish_in_an_address_finds_nothing(desk: Desk, connection: Connection) -> None:
    sync = compared(connection)
    address = reverse("admin:integrations_catalogsync_part", args=[sync.pk])
    for query in ("type=%00", "type=%00&after=%00", "type=x&kind=%00&outcome=%00&q=%00", "type=x&after=nope"):
        assert desk.client.get(f"{address}?{query}").status_code == 200
    assert desk.get("integrations_catalogsync_change", sync.pk, query="?q=%00&kind=%00").status_code == 200


def test_applying_is_asked_for_and_done(desk: Desk, connection: Connection, drain: Callable[[], None]) -> None:
    sync = compared(connection)
    desk.post("integrations_catalogsync_apply", sync.pk)
    assert "Applying: 0 of 2 differences" in shown(desk, sync)
    drain()
    sync.refresh_from_db()
    assert (sync.state, entry("component:default/checkout").name) == (SyncState.APPLIED, "Checkout")
    assert "· applied" in part(desk, sync)
    assert "catalog_entry.created" in {event.type for event in desk.events()}


def test_what_is_gone_is_deleted_only_where_that_is_ticked(
    desk: Desk, connection: Connection, site: BackstageSite, drain: Callable[[], None]
) -> None:
    site.entities = [component(name) for name in ("a", "b", "c")]
    applied(connection)
    site.entities.pop()
    for ticked, left in (({}, 3), ({"with_deletion": "on"}, 2)):
        desk.post("integrations_catalogsync_apply", compared(connection).pk, **ticked)
        drain()
        assert CatalogEntry.objects.active().filter(external_id__startswith="component:").count() == left


@pytest.mark.parametrize("typed", ["", "1", "two", "²", "2" * 30])
def test_most_of_it_is_deleted_only_where_the_number_is_typed(
    desk: Desk, connection: Connection, site: BackstageSite, typed: str
) -> None:
    applied(connection)
    site.entities = []
    sync = compared(connection)
    assert "type how many: 2" in shown(desk, sync)
    answer = desk.post("integrations_catalogsync_apply", sync.pk, with_deletion="on", confirmed=typed)
    sync.refresh_from_db()
    assert sync.state == SyncState.COMPARED
    assert "confirm the number 2" in said(desk.client.get(answer["Location"]))[0]


def test_what_was_changed_meanwhile_is_told(desk: Desk, connection: Connection, site: BackstageSite) -> None:
    applied(connection)
    site.entities[0]["metadata"]["title"] = "Checkout 2"
    sync = compared(connection)
    row = entry("component:default/checkout")
    update_entry(SYSTEM, row, EntryState("By hand", row.external_id, attribute_values=row.attribute_values))
    desk.post("integrations_catalogsync_apply", sync.pk)
    sync.refresh_from_db()
    worked(sync)
    assert "Somebody changed it here meanwhile" in part(desk, sync)
    assert "Changed here meanwhile: 1</p>" in shown(desk, sync)
    assert entry("component:default/checkout").name == "By hand"


def test_a_failure_says_why(desk: Desk, connection: Connection, site: BackstageSite) -> None:
    site.token = "another"
    assert "does not accept the hub&#x27;s account (401)" in shown(desk, compared(connection))


def test_the_pages_cost_the_same_however_much_differs(desk: Desk, connection: Connection, site: BackstageSite) -> None:
    def cost(count: int) -> tuple[int, int]:
        site.entities = many(count)
        sync = compared(connection)
        with CaptureQueriesContext(database) as page:
            shown(desk, sync)
        with CaptureQueriesContext(database) as rows:
            assert part(desk, sync).count("<details") == min(count, 50)
        return len(page), len(rows)

    assert cost(2) == cost(120)


def test_the_list_tells_how_much_differs(desk: Desk, connection: Connection) -> None:
    compared(connection)
    page = desk.get("integrations_catalogsync_changelist").content.decode()
    assert "2 / 0 / 0" in page
    assert "Our Backstage" in page


@pytest.mark.parametrize("page", ["change", "part", "progress", "apply"])
def test_an_unknown_comparison_is_not_found(desk: Desk, page: str) -> None:
    assert desk.get(f"integrations_catalogsync_{page}", "moon").status_code == 404


# ---- by itself


@pytest.fixture
def hourly(connection: Connection) -> Connection:
    """The connection, to be synced every hour."""
    connection.settings |= {"sync_every": "every hour"}
    connection.save()
    return connection


def synced(later: timedelta = timedelta()) -> CatalogSync:
    """The sync that begins by itself at this time, at its end."""
    known = set(CatalogSync.objects.values_list("pk", flat=True))
    begin_due_syncs(timezone.now() + later)
    return worked(CatalogSync.objects.exclude(pk__in=known).get())


def listed(desk: Desk) -> str:
    """What the list of connections says."""
    return unescape(desk.get("integrations_connection_changelist").content.decode())


def page_of(desk: Desk, connection: Connection) -> str:
    """What the page of the connection says, without its tags."""
    text = strip_tags(desk.get("integrations_connection_change", connection.pk).content.decode())
    return unescape(" ".join(text.split()))


def test_how_often_is_set_on_the_form_of_the_connection(desk: Desk, connection: Connection) -> None:
    assert "Synced only when somebody asks." in page_of(desk, connection)
    desk.fill("integrations_connection_change", connection.pk, setting_sync_every="every 6 hours")
    connection.refresh_from_db()
    assert connection.settings["sync_every"] == "every 6 hours"
    assert "Synced by itself every 6 hours; next within a minute." in page_of(desk, connection)


def test_the_connection_tells_the_last_time_and_the_next(desk: Desk, hourly: Connection) -> None:
    sync = synced()
    CatalogSync.objects.filter(pk=sync.pk).update(created_at=datetime(2099, 11, 26, 22, 30, tzinfo=UTC))
    with timezone.override("Asia/Kolkata"):
        page = page_of(desk, hourly)
    assert "Last by itself 27 Nov 2099, 04:00: applied." in page
    assert "Synced by itself every hour; next 27 Nov 2099, 05:00 (Asia/Kolkata)." in page


def test_a_connection_that_is_off_is_not_synced(desk: Desk, hourly: Connection) -> None:
    switch(SYSTEM, hourly, on=False)
    assert "Not synced by itself while the connection is switched off." in page_of(desk, hourly)


def test_what_is_gone_waits_and_is_taken_out_by_a_tick(
    desk: Desk, hourly: Connection, site: BackstageSite, drain: Callable[[], None]
) -> None:
    site.entities = [component(name) for name in ("a", "b", "c")]
    synced()
    site.entities.pop()
    sync = synced(timedelta(hours=2))
    assert "Last by itself" in page_of(desk, hourly)
    assert "Gone there, and still here: 1 entry. It waits until you take it out." in page_of(desk, hourly)
    assert "Take out here, too, what is gone there (1 of the 3 entries" in shown(desk, sync)
    desk.post("integrations_catalogsync_apply", sync.pk, with_deletion="on")
    drain()
    assert CatalogEntry.objects.active().filter(external_id__startswith="component:").count() == 2
    assert "Gone there" not in page_of(desk, hourly)
    assert "Began by itself" in shown(desk, sync)
    assert f"applied by {desk.user.name}" in shown(desk, sync)


def test_without_the_tick_nothing_more_happens(desk: Desk, hourly: Connection, site: BackstageSite) -> None:
    site.entities = [component(name) for name in ("a", "b", "c")]
    synced()
    site.entities = [component("a", title="A"), component("b")]
    sync = synced(timedelta(hours=2))
    answer = desk.post("integrations_catalogsync_apply", sync.pk)
    assert "tick that to take it out here" in said(desk.client.get(answer["Location"]))[0]
    sync.refresh_from_db()
    assert sync.state == SyncState.APPLIED


def test_what_is_missing_of_a_sudden_is_looked_at_by_a_person(
    desk: Desk, hourly: Connection, site: BackstageSite, drain: Callable[[], None]
) -> None:
    synced()
    site.entities = [one | {"spec": {"type": "service"}} for one in site.entities]
    sync = synced(timedelta(hours=2))
    for page in (shown(desk, sync), page_of(desk, hourly), listed(desk)):
        assert "somebody has to look: Backstage Component: no entry says Lifecycle there any more" in page
    desk.post("integrations_catalogsync_apply", sync.pk)
    drain()
    assert "Earlier: Nothing was applied" in listed(desk)
    assert re.search("Last by itself [^:]+:[^:]+: applied", page_of(desk, hourly))


def test_an_attribute_that_is_gone_can_be_ticked(desk: Desk, hourly: Connection, drain: Callable[[], None]) -> None:
    hourly.settings |= {"annotations": "example.com/colour"}
    hourly.save()
    applied(hourly)
    del hourly.settings["annotations"]
    hourly.save()
    sync = compared(hourly)
    assert "(Backstage Component: the attribute example.com/colour is there no more)" in shown(desk, sync)
    desk.post("integrations_catalogsync_apply", sync.pk, with_deletion="on")
    drain()
    row = CatalogType.objects.active().get(type_name='Custom["BackstageComponent"]')
    assert "example.com/colour" not in {attribute["name"] for attribute in row.attributes}


def test_a_comparison_that_is_over_leads_to_the_latest(desk: Desk, connection: Connection) -> None:
    old, latest = compared(connection), compared(connection)
    page = shown(desk, old)
    assert reverse("admin:integrations_catalogsync_change", args=[latest.pk]) in page
    assert reverse("admin:integrations_catalogsync_apply", args=[old.pk]) not in page


def test_the_page_of_the_connection_costs_the_same_however_often_it_was_synced(desk: Desk, hourly: Connection) -> None:
    def cost() -> int:
        with CaptureQueriesContext(database) as page:
            page_of(desk, hourly)
        return len(page)

    synced()
    once = cost()
    for hours in (2, 4, 6):
        synced(timedelta(hours=hours))
    assert cost() == once


def test_failures_stand_on_the_list_of_connections(desk: Desk, hourly: Connection, site: BackstageSite) -> None:
    site.token = "another"
    synced()
    assert "does not accept the hub's account (401)" in listed(desk)
