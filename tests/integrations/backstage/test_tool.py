"""What Backstage has becomes types and entries of the hub."""

from catalog.entries import find_by_identifier
from catalog.models import CatalogEntry, CatalogType
from catalog.teams import create_team
from integrations.models import Connection, SyncState
from tests.conftest import SYSTEM
from tests.integrations.backstage.site import BackstageSite
from tests.integrations.syncing import applied, compared, counts, entry, values


def test_a_catalog_is_compared_and_applied(connection: Connection) -> None:
    sync = compared(connection)
    assert (sync.state, sync.error) == (SyncState.COMPARED, "")
    assert counts(sync)["Backstage Component"] == {"new": 2}
    assert not CatalogEntry.objects.active().exclude(catalog_type__type_name="Team").exists()
    done = applied(connection)
    assert (done.state, done.error, done.done) == (SyncState.APPLIED, "", 8)
    assert values("component:default/checkout") == {
        "description": "Takes the money",
        "type": "service",
        "lifecycle": "production",
        "tags": ["go", "pci"],
        "links": ["https://grafana.example.com/d/checkout"],
        "owner": "group:default/payments",
        "owner_user": "user:default/nora",
        "system": "system:default/shop",
        "depends_on": ["component:default/ledger"],
        "depends_on_resources": ["resource:default/orders-db"],
        "provides_apis": ["api:default/checkout-api"],
        "consumes_apis": ["api:external/stripe"],
        "annotation:github.com/project-slug": "acme/checkout",
    }


def test_the_same_again_is_no_difference(connection: Connection) -> None:
    applied(connection)
    again = compared(connection)
    assert not again.differences.exists()
    assert counts(again)["Backstage Component"] == {"same": 2}
    assert [told["changes"] for told in again.types] == [[]] * 7


def test_entries_go_by_what_plugins_of_backstage_send(connection: Connection) -> None:
    applied(connection)
    row = CatalogType.objects.get(type_name='Custom["BackstageComponent"]')
    found = find_by_identifier(row, ["default/checkout", "checkout", "component:default/checkout"])
    assert {one.name for one in found.values()} == {"Checkout"}
    assert len(found) == 3


def test_groups_lead_to_teams_of_the_same_name(connection: Connection) -> None:
    team = create_team(SYSTEM, name="payments")
    sync = applied(connection)
    assert values("group:default/payments")["team"] == team.pk
    assert sync.notes == ["People without an account here (none is made): Nora@example.com"]


def test_who_is_nobody_here_is_told_and_not_made(connection: Connection, nora: object) -> None:
    notes = compared(connection).notes
    assert notes == ["Groups without a team of the same name here: Payments"]
    assert entry_names() == []


def entry_names() -> list[str]:
    return list(CatalogEntry.objects.active().exclude(catalog_type__type_name="Team").values_list("name", flat=True))


def test_only_the_wanted_kinds_are_read(connection: Connection, site: BackstageSite) -> None:
    connection.settings |= {"kinds": "component, Domain"}
    connection.save()
    applied(connection)
    assert sorted(entry_names()) == ["Checkout", "commerce", "ledger"]
    assert "owner" not in values("component:default/checkout")
    assert ("filter", "kind=domain") in site.asked[0].query
    assert entry("domain:default/commerce").name == "commerce"
