"""Entries of the service catalog."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.entries import (
    EntryState,
    archive_entry,
    bulk_update,
    create_entry,
    find_by_identifier,
    update_entry,
)
from catalog.models import CatalogEntry, CatalogType
from catalog.types import archive_type, update_type
from events.models import Event
from events.record import config_version
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.ids import new_id
from tests.catalog.service import (
    SERVICE,
    a_state,
    a_type,
    an_entry,
    an_update,
    attribute,
    bindings,
    many,
    seen,
    told,
    with_schema,
)
from tests.catalog.test_words import all_at_once
from tests.conftest import SYSTEM

TIER, TAGS, NEEDS = attribute("tier"), attribute("tags", array=True), attribute("needs", SERVICE, array=True)


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A type with a text, a list of texts, and links to its own kind."""
    return a_type(TIER, TAGS, NEEDS)


def refusals(call: Callable[[], Any]) -> list[str | None]:
    with pytest.raises(Invalid) as refused:
        call()
    return [problem.pointer for problem in refused.value.problems]


def test_an_external_id_is_made_once_and_then_changed(service: CatalogType) -> None:
    first = an_entry(service, external_id="checkout", aliases=["till"], values={"tier": "1"})
    again = an_entry(service, "Tills", external_id="checkout", rank=3)
    assert (again.id, again.name, again.rank, again.attribute_values) == (first.id, "Tills", 3, {})
    assert (again.created_at, seen(again).aliases) == (first.created_at, [])
    assert told(first) == ["created", "updated"]
    assert {an_entry(service).id, an_entry(service, external_id="").id, first.id} == set(
        CatalogEntry.objects.values_list("id", flat=True)
    )


def test_an_archived_external_id_comes_back_to_life(service: CatalogType) -> None:
    first = an_entry(service, external_id="checkout", aliases=["till"], values={"needs": ["stock"]})
    archive_entry(SYSTEM, first)
    assert not first.links.exists()
    again = an_entry(service, "Tills", external_id="checkout", aliases=["till"], values={"needs": ["stock"]})
    assert (again.id, again.archived_at, again.links.count()) == (first.id, None, 1)
    assert told(first) == ["created", "archived", "unarchived"]


def test_the_living_come_before_the_dead(service: CatalogType) -> None:
    archive_entry(SYSTEM, an_entry(service, external_id="a"))
    kept = an_entry(service, external_id="b")
    update_entry(SYSTEM, kept, a_state(external_id="c"))
    assert an_entry(service, external_id="c").id == kept.id
    assert an_entry(service, external_id="b").id != kept.id


def test_writing_the_same_again_is_no_event(service: CatalogType) -> None:
    said: dict[str, Any] = {"external_id": " c ", "aliases": ["b", "a"], "rank": -1}
    said["values"] = {"tier": " \n", "tags": ["", "é"], "needs": ["stock"]}
    entry = an_entry(service, **said)
    entry.refresh_from_db()
    before = (Event.objects.count(), entry.updated_at, config_version())
    an_entry(service, **said)
    update_entry(SYSTEM, entry, a_state(**said))
    bulk_update(SYSTEM, service, [an_update(entry, rank=-1, values=said["values"])])
    entry.refresh_from_db()
    assert (Event.objects.count(), entry.updated_at, config_version()) == before


def test_aliases_keep_their_order_and_are_nobody_elses(service: CatalogType) -> None:
    entry = an_entry(service, aliases=["z", "a", " a", "A"])
    assert seen(entry).aliases == ["z", "a", " a", "A"]
    update_entry(SYSTEM, entry, a_state(aliases=["a", "z"]))
    assert seen(entry).aliases == ["a", "z"]
    assert refusals(lambda: an_entry(service, "Stock", aliases=["b", "z"])) == ["aliases.1"]
    assert refusals(lambda: an_entry(service, "Stock", aliases=["b", "b"])) == ["aliases.1"]
    assert refusals(lambda: update_entry(SYSTEM, entry, a_state(aliases=["a", "z", "a"]))) == ["aliases.2"]
    archive_entry(SYSTEM, entry)
    assert seen(an_entry(service, "Stock", aliases=["z"])).aliases == ["z"]
    assert seen(an_entry(a_type(name="Other"), aliases=["z"])).aliases == ["z"]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"external_id": " "}, "external_id"),
        ({"external_id": "x" * 501}, "external_id"),
        ({"aliases": [""]}, "aliases.0"),
        ({"aliases": ["a", "x" * 501]}, "aliases.1"),
        ({"aliases": [str(number) for number in range(101)]}, "aliases"),
        ({"values": {"colour": "red"}}, "attribute_values.colour"),
    ],
)
def test_what_an_entry_cannot_be_is_pointed_at(service: CatalogType, said: dict[str, Any], at: str) -> None:
    assert refusals(lambda: an_entry(service, **said)) == [at]
    assert not CatalogEntry.objects.exists()


def test_an_update_replaces_everything_or_only_what_is_listed(service: CatalogType) -> None:
    entry = an_entry(service, values={"tier": "1", "tags": ["a"], "needs": ["x"]}, aliases=["till"], rank=2)
    said = bindings(tier="2", needs=["y"])
    update_entry(SYSTEM, entry, EntryState("Checkout", attribute_values=said), ["tier", "tags", "gone"])
    entry.refresh_from_db()
    assert entry.attribute_values == bindings(tier="2", needs=["x"])
    assert (entry.rank, seen(entry).aliases) == (0, [])
    update_entry(SYSTEM, entry, a_state(values={"tags": ["b"]}))
    entry.refresh_from_db()
    assert entry.attribute_values == bindings(tags=["b"])


def test_an_external_id_of_another_is_refused(service: CatalogType) -> None:
    an_entry(service, external_id="stock")
    entry = an_entry(service)
    assert refusals(lambda: update_entry(SYSTEM, entry, a_state(external_id="stock"))) == ["external_id"]


def test_an_archived_entry_is_gone(service: CatalogType) -> None:
    entry = an_entry(service)
    archive_entry(SYSTEM, entry)
    for again in (lambda: archive_entry(SYSTEM, entry), lambda: update_entry(SYSTEM, entry, a_state())):
        with pytest.raises(NotFound):
            again()
    assert refusals(lambda: bulk_update(SYSTEM, service, [an_update(entry)])) == ["entries.0.entry_id"]


def test_many_change_at_once_and_what_is_left_out_stays(service: CatalogType) -> None:
    rows = [an_entry(service, f"S{n}", external_id=f"s{n}", aliases=[f"a{n}"], rank=n) for n in range(1, 4)]
    bulk_update(SYSTEM, service, [an_update(row, values={"tier": "9"}) for row in rows])
    found = CatalogEntry.objects.order_by("id")
    assert [(row.name, row.external_id, row.rank) for row in found] == [
        ("S1", "s1", 0),
        ("S2", "s2", 0),
        ("S3", "s3", 0),
    ]
    assert [seen(row).aliases for row in rows] == [["a1"], ["a2"], ["a3"]]
    said = [an_update(row, values={"tags": ["x"]}, aliases=[], external_id="", rank=1) for row in rows]
    bulk_update(SYSTEM, service, said, ["tags"])
    assert {(row.external_id, row.rank) for row in found.all()} == {(None, 1)}
    assert [row.attribute_values for row in found.all()] == [bindings(tier="9", tags=["x"])] * 3
    assert told(rows[0]) == ["created", "updated", "updated"]


def test_entries_may_swap_what_is_unique(service: CatalogType) -> None:
    one, two = (an_entry(service, pk, external_id=pk, aliases=[f"{pk}!"]) for pk in "ab")
    swapped = [an_update(one, external_id="b", aliases=["b!"]), an_update(two, external_id="a", aliases=["a!"])]
    bulk_update(SYSTEM, service, swapped)
    assert find_by_identifier(service, ["a", "b!"]) == {"a": two, "b!": one}


def test_of_many_all_change_or_none(service: CatalogType) -> None:
    rows = many(service, 250)
    events = Event.objects.count()
    said = [an_update(row, name="New") for row in rows]
    said[3] = an_update(rows[3], aliases=["a9"])
    said[7] = an_update(rows[7], external_id="s9", name=" ")
    said[9] = an_update(rows[9], values={"colour": "red"})
    assert refusals(lambda: bulk_update(SYSTEM, service, said)) == ["entries.9.attribute_values.colour"]
    said[9] = an_update(rows[9], name="New")
    at = ["entries.3.aliases.0", "entries.7.name", "entries.7.external_id"]
    assert refusals(lambda: bulk_update(SYSTEM, service, said)) == at
    assert Event.objects.count() == events
    assert not CatalogEntry.objects.filter(name="New").exists()


@pytest.mark.parametrize("wrong", ["another type's", "unknown", "no id", "twice", "too many"])
def test_only_entries_of_the_type_change_and_each_once(service: CatalogType, wrong: str) -> None:
    good, other = an_entry(service), an_entry(a_type(name="Other"))
    said = {
        "another type's": [an_update(good), an_update(other)],
        "unknown": [an_update(good), an_update(CatalogEntry(id=new_id()))],
        "no id": [an_update(good), an_update(CatalogEntry(id="x"))],
        "twice": [an_update(good), an_update(good)],
        "too many": [an_update(good)] * 251,
    }[wrong]
    at = "entries" if wrong == "too many" else "entries.1.entry_id"
    assert refusals(lambda: bulk_update(SYSTEM, service, said)) == [at]


def test_whatever_identifies_an_entry_finds_it(service: CatalogType) -> None:
    entry = an_entry(service, "Checkout", external_id="c1", aliases=["till", "pay"])
    asked = [entry.id, "c1", "till", "pay", "Checkout", "nothing", "", "x" * 501]
    assert find_by_identifier(service, asked) == dict.fromkeys(asked[:4], entry)
    service = update_type(SYSTEM, service, name="Service", description="", use_name_as_identifier=True)
    assert find_by_identifier(service, asked) == dict.fromkeys(asked[:5], entry)
    assert find_by_identifier(a_type(name="Other"), asked) == {}


def test_of_what_one_word_means_the_narrowest_wins(service: CatalogType) -> None:
    service = update_type(SYSTEM, service, name="Service", description="", use_name_as_identifier=True)
    by_name, _younger = an_entry(service, "x"), an_entry(service, "x")
    assert find_by_identifier(service, ["x"]) == {"x": by_name}
    by_alias = an_entry(service, "A", aliases=["x"])
    assert find_by_identifier(service, ["x"]) == {"x": by_alias}
    by_external_id = an_entry(service, "B", external_id="x")
    assert find_by_identifier(service, ["x"]) == {"x": by_external_id}
    an_entry(service, "C", aliases=[by_name.id])
    assert find_by_identifier(service, [by_name.id]) == {by_name.id: by_name}


def test_thousands_of_words_are_looked_up(service: CatalogType) -> None:
    entry = an_entry(service, aliases=["39999"])
    assert find_by_identifier(service, [str(number) for number in range(40_000)]) == {"39999": entry}


def test_a_type_is_full_at_some_point(service: CatalogType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.entries.MOST_ENTRIES", 2)
    archive_entry(SYSTEM, an_entry(service, external_id="old"))
    for pk in ("a", "b"):
        an_entry(service, external_id=pk)
    an_entry(service, "Changed", external_id="b")
    for pk in ("c", "old", None):
        assert refusals(lambda pk=pk: an_entry(service, external_id=pk)) == ["catalog_type_id"]


def test_a_schema_in_hand_may_be_an_old_one(service: CatalogType) -> None:
    stale = CatalogType.objects.get(pk=service.pk)
    with_schema(service, TAGS)
    assert refusals(lambda: an_entry(stale, values={"tier": "1"})) == ["attribute_values.tier"]
    archive_type(SYSTEM, service)
    with pytest.raises(NotFound):
        an_entry(stale)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_make_one_external_id_all_get_the_same_entry(service: CatalogType) -> None:
    calls = [
        lambda n=n: create_entry(SYSTEM, service, EntryState(f"S{n}", external_id="s", aliases=[f"a{n}"]))
        for n in range(6)
    ]
    made = all_at_once(calls)
    entry = CatalogEntry.objects.get()
    assert {row.id for row in made} == {entry.id}
    assert sorted(told(entry)) == ["created", *["updated"] * 5]
    assert seen(entry).aliases == [f"a{entry.name[1:]}"]
