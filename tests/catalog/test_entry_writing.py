"""Writing entries: one or hundreds in the same few statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.entries import archive_entry, bulk_update
from catalog.entry_writing import draft_of, drafts_of, write
from catalog.models import CatalogAlias, CatalogEntry, CatalogLink, CatalogType
from events.models import Event
from events.record import fold
from tests.catalog.service import SERVICE, a_type, an_entry, an_update, attribute, bindings, many
from tests.conftest import SYSTEM


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A type with a text and links to its own kind."""
    return a_type(attribute("tier"), attribute("needs", SERVICE, array=True))


def cost(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as context:
        call()
    return len(context)


def test_an_event_tells_all_of_a_new_entry(service: CatalogType) -> None:
    said: dict[str, Any] = {"external_id": "c", "aliases": ["b", "a"], "rank": 2}
    entry = an_entry(service, **said, values={"tier": "1", "needs": ["x"]})
    event = Event.objects.get(subject_id=entry.id)
    assert (event.type, event.actor_kind, event.number) == ("catalog_entry.created", "system", 1)
    assert said.items() <= fold([event]).items()
    assert fold([event])["attribute_values.needs"] == bindings(needs=["x"])["needs"]


def test_a_later_event_tells_only_what_changed(service: CatalogType) -> None:
    entry = an_entry(service, aliases=["a"], values={"tier": "1", "needs": ["x"]})
    bulk_update(SYSTEM, service, [an_update(entry, aliases=["b"], values={"tier": "2"})], ["tier"])
    event = Event.objects.filter(subject_id=entry.id).latest("number")
    one, two = bindings(tier="1")["tier"], bindings(tier="2")["tier"]
    assert event.changes == {"aliases": [["a"], ["b"]], "attribute_values.tier": [one, two]}


def test_an_archived_entry_frees_its_aliases_and_links_nowhere(service: CatalogType) -> None:
    entry = an_entry(service, aliases=["a", "b"], values={"needs": ["x"]})
    archive_entry(SYSTEM, entry)
    assert not CatalogAlias.objects.exists()
    assert not CatalogLink.objects.exists()
    event = Event.objects.filter(subject_id=entry.id).latest("number")
    assert (event.type, event.changes["aliases"]) == ("catalog_entry.archived", [["a", "b"], None])


def test_drafts_are_of_what_is_not_archived(service: CatalogType) -> None:
    kept, gone, other = an_entry(service, aliases=["z", "a"]), an_entry(service), an_entry(a_type(name="Other"))
    archive_entry(SYSTEM, gone)
    (draft,) = drafts_of(service, [kept.id, gone.id, other.id])
    assert (draft.entry, draft.aliases, draft.changes()) == (kept, ["z", "a"], {})


def test_a_row_says_when_it_was_made_and_changed(service: CatalogType) -> None:
    entry = an_entry(service)
    stored = CatalogEntry.objects.get()
    assert (stored.created_at, stored.updated_at) == (entry.created_at, entry.updated_at)
    draft = draft_of(stored)
    stored.rank = 1
    write(SYSTEM, service, [draft])
    assert CatalogEntry.objects.get().updated_at > entry.updated_at


def test_many_cost_as_few_statements_as_ten(service: CatalogType) -> None:
    rows = many(service, 250, tier="1", needs=["s1", "s2"])
    costs = {}
    for size in (10, 250):
        values = {"tier": str(size), "needs": ["s3", f"s{size}"]}
        said = [an_update(row, name="New", aliases=[f"b{row.name}{size}"], values=values) for row in rows[:size]]
        costs[size] = cost(lambda said=said: bulk_update(SYSTEM, service, said))
    assert costs[250] == costs[10] <= 20
    assert CatalogLink.objects.filter(literal="s250").count() == 250


def test_one_more_costs_what_the_first_did(service: CatalogType) -> None:
    said: dict[str, Any] = {"values": {"tier": "1", "needs": ["x"]}}
    first = cost(lambda: an_entry(service, "A", external_id="a", aliases=["a"], **said))
    for number in range(12):
        an_entry(service, str(number), external_id=str(number))
    assert cost(lambda: an_entry(service, "B", external_id="b", aliases=["b"], **said)) == first <= 16
