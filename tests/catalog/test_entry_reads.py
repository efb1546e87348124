"""Reading entries with what their attributes say."""

from types import SimpleNamespace

import pytest

from catalog.entries import archive_entry
from catalog.entry_reads import Depth, count, page, read
from catalog.models import CatalogType
from catalog.types import archive_type, update_type
from tests.catalog.service import (
    OWNER,
    SERVICE,
    a_type,
    an_entry,
    attribute,
    backlink,
    labels,
    path,
    seen,
    with_schema,
)
from tests.conftest import SYSTEM

OWNED, NEEDS = attribute("owner", OWNER), attribute("needs", SERVICE, array=True)
CHANNEL = attribute("channel")


@pytest.fixture
def owner(hub: None) -> CatalogType:
    return a_type(CHANNEL, name="Owner", use_name_as_identifier=True)


@pytest.fixture
def service(owner: CatalogType) -> CatalogType:
    """Services have owners and need each other."""
    row = a_type(OWNED, NEEDS)
    with_schema(owner, CHANNEL, backlink("services", SERVICE, "owner"), attribute("peers", OWNER, array=True))
    needed = backlink("needed", SERVICE, "needs")
    chat = path("chat", "String", "owner", "channel")
    chats = path("chats", "String", "needs", "owner", "channel", array=True)
    askers = path("askers", OWNER, "needed", "owner", array=True)
    siblings = path("siblings", SERVICE, "owner", "services", array=True)
    return with_schema(row, OWNED, NEEDS, needed, chat, chats, askers, siblings)


@pytest.fixture
def shop(service: CatalogType, owner: CatalogType) -> SimpleNamespace:
    """Two owners with a service each, of which one needs the other."""
    crew = an_entry(owner, "Crew", external_id="crew", aliases=["hands"], values={"channel": "C1"})
    desk = an_entry(owner, "Desk", values={"channel": "C2"})
    stock = an_entry(service, "Stock", external_id="stock", values={"owner": desk.id})
    checkout = an_entry(service, "Checkout", values={"owner": "hands", "needs": ["stock", "nothing"]})
    return SimpleNamespace(crew=crew, desk=desk, stock=stock, checkout=checkout)


def test_a_link_shows_the_name_of_what_it_leads_to(shop: SimpleNamespace) -> None:
    found = seen(shop.checkout, Depth.OWN).values
    assert [(value.literal, value.label, value.entry) for value in found["needs"]] == [
        ("stock", "Stock", shop.stock),
        ("nothing", "nothing", None),
    ]
    assert [(value.literal, value.label) for value in found["owner"]] == [("hands", "Crew")]


def test_how_far_a_read_looks(shop: SimpleNamespace) -> None:
    assert list(labels(shop.stock, Depth.OWN)) == ["owner"]
    assert list(labels(shop.stock, Depth.FORWARD)) == ["owner", "chat", "askers", "siblings"]
    assert list(labels(shop.stock)) == ["owner", "needed", "chat", "askers", "siblings"]


def test_backlinks_come_by_whatever_identifies_the_target(shop: SimpleNamespace, service: CatalogType) -> None:
    for literal in ("Crew", "crew", shop.crew.id):
        an_entry(service, f"by {literal:.4}", values={"owner": literal})
    assert labels(shop.crew)["services"] == ["Checkout", "by Crew", "by crew", f"by {shop.crew.id:.4}"]
    assert labels(shop.desk)["services"] == ["Stock"]
    (value,) = seen(shop.desk).values["services"]
    assert (value.literal, value.entry) == (shop.stock.id, shop.stock)


def test_a_backlink_goes_to_the_one_the_link_goes_to(shop: SimpleNamespace, owner: CatalogType) -> None:
    namesake = an_entry(owner, "Namesake", external_id="Crew")
    odd = an_entry(CatalogType.objects.get(type_name=SERVICE), "Odd", values={"owner": "Crew"})
    assert labels(odd)["owner"] == ["Namesake"]
    assert labels(namesake)["services"] == ["Odd"]
    assert labels(shop.crew)["services"] == ["Checkout"]


def test_paths_end_at_what_lies_behind_links(shop: SimpleNamespace) -> None:
    found = labels(shop.checkout)
    assert (found["chat"], found["chats"], found["siblings"]) == (["C1"], ["C2"], ["Checkout"])
    assert labels(shop.stock)["askers"] == ["Crew"]


def test_what_is_archived_is_led_to_no_more(shop: SimpleNamespace, owner: CatalogType) -> None:
    archive_entry(SYSTEM, shop.crew)
    found = labels(shop.checkout)
    assert (found["owner"], "chat" in found) == (["hands"], False)
    archive_entry(SYSTEM, shop.checkout)
    assert "needed" not in labels(shop.stock)
    archive_type(SYSTEM, owner)
    assert labels(shop.stock) == {"owner": [shop.desk.id]}


def test_backlinks_from_an_archived_type_are_gone(shop: SimpleNamespace, service: CatalogType) -> None:
    archive_type(SYSTEM, service)
    assert labels(shop.desk) == {"channel": ["C2"]}


def test_names_lead_somewhere_where_the_type_says_so(shop: SimpleNamespace, owner: CatalogType) -> None:
    entry = an_entry(CatalogType.objects.get(type_name=SERVICE), "X", values={"owner": "Desk"})
    assert labels(entry)["chat"] == ["C2"]
    update_type(SYSTEM, owner, name="Owner", description="", use_name_as_identifier=False)
    assert labels(entry) == {"owner": ["Desk"]}
    assert labels(shop.desk)["services"] == ["Stock"]


def test_what_came_later_is_led_to(service: CatalogType, owner: CatalogType) -> None:
    checkout = an_entry(service, values={"owner": "crew"})
    assert labels(checkout)["owner"] == ["crew"]
    crew = an_entry(owner, "Crew", external_id="crew")
    assert (labels(checkout)["owner"], labels(crew)["services"]) == (["Crew"], ["Checkout"])


def test_a_path_whose_steps_are_gone_ends_nowhere(shop: SimpleNamespace, owner: CatalogType) -> None:
    with_schema(owner, attribute("peers", OWNER, array=True))
    found = labels(shop.checkout)
    assert not found.keys() & {"chat", "chats", "siblings"}


def test_pages_are_oldest_first(service: CatalogType) -> None:
    first, second, third = (an_entry(service, str(number)) for number in range(3))
    assert page(service, 2) == [first, second]
    assert page(service, 2, first.id) == [second, third]
    archive_entry(SYSTEM, second)
    assert (page(service, 5, first.id), count(service)) == ([third], 2)
    assert [found.entry for found in read(service, [third, first])] == [third, first]
