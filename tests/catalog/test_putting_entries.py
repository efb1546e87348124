"""Entries put and taken away by the hundred, as whoever keeps a catalog elsewhere does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.entries import EntryState, archive_entries, archive_entry, put_entries
from catalog.models import CatalogEntry, CatalogType
from incidentio.core.errors import Invalid
from tests.catalog.service import SERVICE, a_state, a_type, an_entry, attribute, seen, told
from tests.conftest import SYSTEM

TIER, TEAM, NEEDS = attribute("tier"), attribute("team"), attribute("needs", SERVICE, array=True)


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A type with two texts, and links to its own kind."""
    return a_type(TIER, TEAM, NEEDS)


def states(count: int, tier: str = "1") -> list[EntryState]:
    return [a_state(f"Service {place}", external_id=f"s{place}", values={"tier": tier}) for place in range(count)]


def active(service: CatalogType) -> list[str]:
    rows = CatalogEntry.objects.active().filter(catalog_type=service).order_by("external_id")
    return list(rows.values_list("external_id", flat=True))


def test_what_is_not_there_is_made_and_what_is_there_changed(service: CatalogType) -> None:
    first = an_entry(service, "Old", external_id="s0", values={"tier": "3"})
    put = put_entries(SYSTEM, service, states(3))
    assert (put[0].pk, put[0].name) == (first.pk, "Service 0")
    assert active(service) == ["s0", "s1", "s2"]
    assert [told(entry) for entry in put] == [["created", "updated"], ["created"], ["created"]]


def test_the_same_again_changes_nothing(service: CatalogType) -> None:
    put_entries(SYSTEM, service, states(3))
    assert [told(entry) for entry in put_entries(SYSTEM, service, states(3))] == [["created"]] * 3


def test_attributes_of_others_stay(service: CatalogType) -> None:
    an_entry(service, external_id="s0", values={"tier": "3", "team": "payments"})
    (put,) = put_entries(SYSTEM, service, states(1), ["tier", "needs"])
    assert {pk: value["value"]["literal"] for pk, value in put.attribute_values.items()} == {
        "team": "payments",
        "tier": "1",
    }


def test_what_was_archived_comes_back(service: CatalogType) -> None:
    (put,) = put_entries(SYSTEM, service, states(1))
    archive_entry(SYSTEM, put)
    (again,) = put_entries(SYSTEM, service, states(1))
    assert again.pk == put.pk
    assert active(service) == ["s0"]


def test_one_mistake_refuses_all_of_them(service: CatalogType) -> None:
    wrong = a_state("Bad", external_id="bad", values={"moon": "full"})
    with pytest.raises(Invalid) as refused:
        put_entries(SYSTEM, service, [*states(2), wrong])
    assert [problem.pointer for problem in refused.value.problems] == ["entries.2.attribute_values.moon"]
    assert active(service) == []


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ([a_state()], "entries.external_id"),
        ([a_state(external_id="a"), a_state(external_id="a")], "entries.0.external_id"),
        (states(251), "entries"),
    ],
    ids=["without an external ID", "twice", "too many"],
)
def test_what_cannot_be_found_again_is_refused(service: CatalogType, said: list[EntryState], pointer: str) -> None:
    an_entry(service, external_id="b")
    with pytest.raises(Invalid) as refused:
        put_entries(SYSTEM, service, said)
    assert refused.value.problems[0].pointer == pointer
    assert active(service) == ["b"]


def test_many_are_taken_away_at_once(service: CatalogType) -> None:
    put = put_entries(SYSTEM, service, states(4))
    archive_entries(SYSTEM, service, [entry.pk for entry in put[:3]])
    archive_entries(SYSTEM, service, [entry.pk for entry in put[:3]])
    assert active(service) == ["s3"]
    assert [told(entry) for entry in put] == [["created", "archived"]] * 3 + [["created"]]
    assert seen(put[3]).entry.name == "Service 3"


def test_a_hundred_cost_as_many_statements_as_two(service: CatalogType) -> None:
    def statements(count: int, tier: str) -> int:
        with CaptureQueriesContext(connection) as context:
            put_entries(SYSTEM, service, states(count, tier))
        return len(context)

    assert statements(100, "1") < 12
    assert statements(100, "2") == statements(2, "3")
