"""However large the catalog, no statement walks a table, but where entries of a type are counted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from catalog.entries import find_by_identifier
from catalog.entry_reads import page
from catalog.models import CatalogType
from catalog.people import people_named
from catalog.teams import create_team, entries, teams_meant, update_team
from tests.catalog.service import (
    OWNER,
    SERVICE,
    a_type,
    an_entry,
    attribute,
    backlink,
    labels,
    many,
    with_schema,
)
from tests.conftest import SYSTEM

EXPLAIN, WALK = ("EXPLAIN", "Seq Scan") if connection.vendor == "postgresql" else ("EXPLAIN QUERY PLAN", "SCAN")
TABLES = ("catalog_catalogentry", "catalog_catalogalias", "catalog_cataloglink", "accounts_user")


@pytest.fixture
def walks() -> Iterator[list[str]]:
    """The plan of every SELECT that walks one of the tables."""
    found: list[str] = []

    def explain(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if statement.startswith("SELECT") and not statement.startswith("SELECT COUNT"):
            execute(f"{EXPLAIN} {statement}", params, many, context)
            lines = [str(row[-1]) for row in context["cursor"].cursor.fetchall()]
            found.extend(f"{line}: {statement}" for line in lines if WALK in line and any(t in line for t in TABLES))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


@pytest.fixture
def large(hub: None) -> CatalogType:
    """Services of many owners."""
    note = attribute("note", "Text")
    owner = a_type(note, name="Owner", use_name_as_identifier=True)
    service = a_type(note, attribute("owner", OWNER), use_name_as_identifier=True)
    with_schema(owner, note, backlink("services", SERVICE, "owner"))
    many(owner, 100)
    many(service, 100, owner="s7", note="x" * 300)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # small tables are walked whatever the index
    return CatalogType.objects.get(pk=service.pk)


def test_reads_follow_an_index(large: CatalogType, walks: list[str]) -> None:
    rows = page(large, 25)
    page(large, 25, rows[-1].id)
    for text in (rows[3].id, "s9", "a9", "S9", "nothing"):
        find_by_identifier(large, [text])
    owner = CatalogType.objects.get(type_name=OWNER).entries.get(external_id="s7")
    assert len(labels(owner)["services"]) == 100
    assert labels(rows[0])["owner"] == ["S7"]
    assert walks == []


def test_teams_find_their_entries_by_an_index(large: CatalogType, walks: list[str]) -> None:
    team = create_team(SYSTEM, name="Payments")
    update_team(SYSTEM, team, name="Checkout")
    assert teams_meant([entries().get(external_id=team.id).id]).popitem()[1] == team.id
    assert walks == []


def test_people_are_found_by_an_index(large: CatalogType, nora: User, walks: list[str]) -> None:
    assert len(people_named([nora.id, "nora@example.com", "nobody"])) == 2
    assert walks == []


def test_writes_follow_an_index(large: CatalogType, walks: list[str]) -> None:
    made = an_entry(large, "New", external_id="new", aliases=["new"], values={"owner": "s7"})
    assert an_entry(large, "Newer", external_id="new", aliases=["new", "newer"]).id == made.id
    assert walks == []
