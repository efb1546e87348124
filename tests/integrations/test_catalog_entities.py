"""Entities as Backstage describes them."""

from typing import Any

import pytest

from integrations.catalog_entities import Ref, feed_of, is_entity, parse_ref, unmatched


@pytest.mark.parametrize(
    ("said", "ref"),
    [
        ("petstore", "api:shop/petstore"),
        ("internal/streetlights", "api:internal/streetlights"),
        ("Component:PetStore", "component:shop/petstore"),
        ("group:default/pet-managers", "group:default/pet-managers"),
        (" resource:orders-db ", "resource:shop/orders-db"),
        ({"kind": "Group", "name": "team-a"}, "group:shop/team-a"),
        ({"name": "a", "namespace": "b"}, "api:b/a"),
        ("group:default/a/b", "group:default/a/b"),
    ],
)
def test_a_reference_may_leave_out_what_goes_without_saying(said: Any, ref: str) -> None:
    assert str(parse_ref(said, "API", "shop")) == ref


@pytest.mark.parametrize("said", [None, "", " ", ":", "/", "a:", "a/", "a:b/", "/a", ":a", 7, [], {}, {"name": 7}])
def test_what_names_nothing_is_no_reference(said: Any) -> None:
    assert parse_ref(said, "API", "shop") is None


def test_case_says_nothing_in_a_name() -> None:
    assert str(Ref("API", "Default", "PetStore")) == "api:default/petstore"


@pytest.mark.parametrize(
    ("document", "holds"),
    [({"apiVersion": "v1", "kind": "API"}, True), ({"kind": "API"}, False), ({"types": []}, False), ("API", False)],
)
def test_entities_are_told_from_other_documents(document: Any, holds: bool) -> None:
    assert is_entity(document) is holds


def test_many_names_are_not_all_told() -> None:
    (note,) = unmatched("Nobody here", [f"p{place:02}" for place in range(25)])
    assert note.endswith("p18, p19 and 5 more")
    assert list(unmatched("Nobody here", [])) == []


@pytest.mark.usefixtures("hub")
def test_an_attribute_leads_only_to_kinds_that_are_read() -> None:
    alone, together = feed_of([], ["Component"]), feed_of([], ["Component", "Group"])
    assert "owner" not in [attribute.id for attribute in alone.types[0].attributes]
    assert "owner" in [attribute.id for attribute in together.types[0].attributes]


@pytest.mark.usefixtures("hub")
def test_other_kinds_become_types_too() -> None:
    entity = {"apiVersion": "v1", "kind": "Template", "metadata": {"name": "new", "namespace": "Tools"}}
    (kind,) = feed_of([entity], ["Template"]).types
    assert (kind.type_name, kind.entries[0].aliases) == ('Custom["BackstageTemplate"]', ("tools/new",))
