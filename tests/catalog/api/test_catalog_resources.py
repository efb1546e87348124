"""What attributes of the catalog may be, on the wire."""

from typing import Any

import pytest

from catalog.types import archive_type
from tests.catalog.service import a_type
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements


def listed(client: ApiClient, version: str) -> dict[str, Any]:
    return {row["type"]: row for row in client.get(f"/{version}/catalog_resources").json()["resources"]}


def test_primitives_come_first_then_people_and_then_the_types_there_are(importer: ApiClient) -> None:
    kept, gone = a_type(name="Service", use_name_as_identifier=True), a_type(name="Old")
    archive_type(SYSTEM, gone)
    found = listed(importer, "v3")
    assert list(found) == ["String", "Text", "Number", "Bool", "User", "Team", kept.type_name]
    assert [row["category"] for row in found.values()] == ["primitive"] * 4 + ["external"] + ["custom"] * 2
    assert found[kept.type_name]["engine_resource_type"] == f'CatalogEntry["{kept.id}"]'
    assert "name" in found[kept.type_name]["value_docstring"]
    assert found["String"]["engine_resource_type"] == "String"
    assert found["User"]["engine_resource_type"] == "User"
    assert "e-mail address" in found["User"]["value_docstring"]


def test_v2_says_the_same_in_fewer_words(importer: ApiClient) -> None:
    a_type()
    older, newer = listed(importer, "v2"), listed(importer, "v3")
    for row in newer.values():
        del row["engine_resource_type"]
    assert older == newer


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_the_list_costs_the_same_however_long_it_is(importer: ApiClient, version: str) -> None:
    before = statements(importer, f"/{version}/catalog_resources")
    for number in range(12):
        a_type(name=f"Type {number}")
    assert statements(importer, f"/{version}/catalog_resources") == before <= 3
