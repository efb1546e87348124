"""The people that entries of the catalog lead to."""

from typing import Any

import pytest

from accounts.models import User
from accounts.users import update_user
from catalog.entries import create_entry
from catalog.entry_reads import Depth, read
from catalog.models import CatalogLink, CatalogType
from catalog.people import LONGEST, people_named
from incidentio.core.ids import new_id
from tests.catalog.service import OWNER, SERVICE, a_state, a_type, an_entry, attribute, labels, path, seen, with_schema
from tests.conftest import SYSTEM

LED, WATCHED = attribute("lead", "User"), attribute("watchers", "User", array=True)


@pytest.fixture
def owner(hub: None) -> CatalogType:
    """A type that leads to people."""
    return a_type(LED, WATCHED, name="Owner")


def test_people_are_named_by_id_or_by_email_in_any_case(nora: User, omar: User) -> None:
    named = people_named([nora.id, "NORA@Example.com", omar.email, "nobody@example.com", ""])
    assert {literal: person.name for literal, person in named.items()} == {
        nora.id: "Nora Lind",
        "NORA@Example.com": "Nora Lind",
        omar.email: omar.name,
    }


@pytest.mark.parametrize("literal", ["", " ", "Nora Lind", " nora@example.com", "%", "U0NORA", "x" * (LONGEST + 1)])
def test_what_names_nobody_is_nobody(nora: User, literal: str) -> None:
    assert people_named([literal, new_id()]) == {}


def test_many_are_found_in_one_statement(nora: User, omar: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert len(people_named([nora.id, omar.email, *(f"p{number}@example.com" for number in range(40_000))])) == 2
    with django_assert_num_queries(0):
        assert people_named([]) == people_named([""]) == {}


def test_what_was_written_is_told_again_beside_the_name(owner: CatalogType, nora: User) -> None:
    entry = an_entry(owner, values={"lead": "NORA@example.com", "watchers": [nora.id, "stranger@example.com"]})
    found = seen(entry, Depth.OWN).values
    assert [(value.literal, value.label, value.target_id) for value in found["lead"] + found["watchers"]] == [
        ("NORA@example.com", "Nora Lind", nora.id),
        (nora.id, "Nora Lind", nora.id),
        ("stranger@example.com", "stranger@example.com", None),
    ]


def test_who_comes_later_is_led_to_and_who_was_deactivated_still_is(owner: CatalogType, nora: User) -> None:
    entry = an_entry(owner, values={"lead": "later@example.com"})
    assert labels(entry) == {"lead": ["later@example.com"]}
    update_user(SYSTEM, nora, email="later@example.com")
    assert labels(entry) == {"lead": ["Nora Lind"]}
    update_user(SYSTEM, nora, is_active=False)
    assert labels(entry) == {"lead": ["Nora Lind"]}


def test_people_are_no_links_between_entries(owner: CatalogType, nora: User) -> None:
    an_entry(owner, values={"lead": nora.id})
    assert not CatalogLink.objects.exists()


def test_a_path_may_end_at_people(owner: CatalogType, nora: User) -> None:
    service = a_type(attribute("owner", OWNER), path("lead", "User", "owner", "lead"))
    an_entry(owner, "Crew", external_id="crew", values={"lead": nora.email})
    checkout = an_entry(service, values={"owner": "crew"})
    (value,) = seen(checkout, Depth.FORWARD).values["lead"]
    assert (value.literal, value.label) == (nora.email, "Nora Lind")


def test_all_entries_read_at_once_ask_for_people_once(owner: CatalogType, django_assert_num_queries: Any) -> None:
    entries = [an_entry(owner, str(n), values={"lead": f"{n}@x.org", "watchers": [f"w{n}@x.org"]}) for n in range(5)]
    with django_assert_num_queries(2):  # aliases, people
        assert len(read(owner, entries, Depth.OWN)) == 5


def test_an_attribute_may_become_one_of_people(hub: None, nora: User) -> None:
    row = a_type(attribute("lead", SERVICE))
    entry = create_entry(SYSTEM, row, a_state(values={"lead": nora.email}))
    assert labels(entry)["lead"] == [nora.email]
    with_schema(row, LED)
    assert labels(entry)["lead"] == ["Nora Lind"]
    assert not CatalogLink.objects.exists()
