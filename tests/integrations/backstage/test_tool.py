"""What Backstage has becomes types and entries of the hub."""

from accounts.models import User
from accounts.users import create_user
from catalog.entries import find_by_identifier
from catalog.models import CatalogEntry, CatalogType
from catalog.teams import create_team
from integrations.models import Connection, SyncState
from tests.catalog.service import seen
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


def test_users_lead_to_the_people_with_the_same_address(connection: Connection, nora: User) -> None:
    applied(connection)
    said = seen(entry("user:default/nora")).values
    assert [(value.literal, value.label, value.target_id) for value in said["person"]] == [
        ("Nora@example.com", "Nora Lind", nora.id)
    ]
    owner = seen(entry("component:default/checkout")).values["owner_user"]
    assert [value.entry for value in owner] == [entry("user:default/nora")]


def test_who_gets_an_account_later_is_led_to_after_the_next_comparison(connection: Connection) -> None:
    applied(connection)
    assert values("user:default/nora") == {"email": "Nora@example.com", "member_of": ["group:default/payments"]}
    create_user(SYSTEM, email="nora@EXAMPLE.com", name="Nora Lind")
    (difference,) = compared(connection).differences.all()
    assert difference.changes == [["Person", [], ["Nora@example.com"]]]


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
