"""Which attributes there may be, and where they lead."""

from typing import Any

import pytest

from catalog.models import CatalogType
from catalog.schemas import MOST_ATTRIBUTES, Mode, check_schema, path_names
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from tests.catalog.service import OWNER, SERVICE, a_type, attribute, backlink, path

OWNED = attribute("owner", OWNER)
CHANNEL = attribute("channel")


@pytest.fixture
def owner(hub: None) -> CatalogType:
    """A type to link to."""
    return a_type(CHANNEL, attribute("boss", OWNER), name="Owner")


@pytest.fixture
def service(owner: CatalogType) -> CatalogType:
    """A type that links to it."""
    return a_type(OWNED)


def refusals(row: CatalogType, *attributes: dict[str, Any]) -> list[str | None]:
    with pytest.raises(Invalid) as refused:
        check_schema(row, attributes)
    return [problem.pointer for problem in refused.value.problems]


def test_an_id_is_the_callers_or_a_new_one(service: CatalogType) -> None:
    said = [attribute("a.b/c é"), attribute("x") | {"id": ""}, attribute("x") | {"id": None}]
    kept = check_schema(service, said)
    assert kept[0]["id"] == "a.b/c é"
    assert all(is_id(row["id"]) for row in kept[1:])
    assert len({row["id"] for row in kept}) == 3


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in (Mode.BACKLINK, Mode.PATH)])
def test_a_mode_is_kept_as_it_was_said(service: CatalogType, mode: str) -> None:
    extras = {"backlink_attribute": "", "path": []}
    assert check_schema(service, [attribute("tier", mode=mode) | extras]) == [attribute("tier", mode=mode)]
    assert check_schema(service, [attribute("tier")]) == [attribute("tier", mode="")]


def test_backlinks_and_paths_lead_somewhere(service: CatalogType, owner: CatalogType) -> None:
    services = backlink("services", SERVICE, "owner")
    assert check_schema(owner, [CHANNEL, services])[1] == services
    (kept,) = check_schema(service, [OWNED, path("chat", "String", "owner", "channel")])[1:]
    assert kept["path"] == ["owner", "channel"]
    assert check_schema(service, [OWNED, path("bosss", OWNER, "owner", "boss", "boss")])
    needs, needed = attribute("needs", SERVICE, array=True), backlink("needed", SERVICE, "needs")
    assert check_schema(service, [OWNED, needs, needed, path("whose", OWNER, "needed", "owner", array=True)])


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        (attribute("x", 'Custom["Nothing"]'), "type"),
        (attribute("x", "string"), "type"),
        (attribute("x", "user"), "type"),
        (attribute("x", 'Custom["User"]'), "type"),
        (attribute("x") | {"name": " "}, "name"),
        (attribute('"'), "id"),
        (attribute("\\"), "id"),
        (attribute("a\nb"), "id"),
        (attribute("é" * 101), "id"),
        (attribute("owner"), "id"),
        (attribute("x", OWNER, mode="backlink"), "backlink_attribute"),
        (backlink("x", OWNER, "owner"), "backlink_attribute"),
        (backlink("x", OWNER, "channel"), "backlink_attribute"),
        (backlink("x", "User", "owner"), "backlink_attribute"),
        (backlink("x", SERVICE, "x"), "backlink_attribute"),
        (path("x", "String"), "path"),
        (path("x", "String", "owner", "nothing"), "path.1.attribute_id"),
        (path("x", "String", "owner", "channel", "channel"), "path.2.attribute_id"),
        (path("x", "String", "x"), "path.0.attribute_id"),
        (path("x", "Text", "owner", "channel"), "type"),
        (path("x", OWNER, "owner", *["boss"] * 10), "path"),
    ],
)
def test_what_leads_nowhere_is_pointed_at(service: CatalogType, wrong: dict[str, Any], at: str) -> None:
    assert refusals(service, OWNED, wrong) == [f"attributes.1.{at}"]


def test_a_path_ends_at_people_and_goes_no_further(service: CatalogType) -> None:
    lead = attribute("lead", "User", mode="")
    assert check_schema(service, [lead, path("who", "User", "lead")])[0] == lead
    assert refusals(service, lead, path("who", "String", "lead", "name")) == ["attributes.1.path.1.attribute_id"]
    assert refusals(service, lead, path("who", "String", "lead")) == ["attributes.1.type"]


def test_all_mistakes_are_told_at_once(service: CatalogType) -> None:
    said = [attribute("a", "A"), OWNED, attribute("b", "B")]
    assert refusals(service, *said) == ["attributes.0.type", "attributes.2.type"]
    assert refusals(service, *[attribute("")] * (MOST_ATTRIBUTES + 1)) == ["attributes"]


def test_the_steps_of_a_path_have_names_while_they_are_there(service: CatalogType, owner: CatalogType) -> None:
    (_, chat) = check_schema(service, [OWNED, path("chat", "String", "owner", "channel")])
    types = {row.type_name: row for row in (service, owner)}
    assert path_names(service, chat, types) == ["Owner", "Channel"]
    owner.attributes = []
    assert path_names(service, chat, types) == ["Owner", "channel"]
    assert path_names(service, chat, {}) == ["owner", "channel"]
