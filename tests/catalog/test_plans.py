"""However large the catalog, no statement walks a table, but where entries of a type are counted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.entries import find_by_identifier
from catalog.entry_reads import page
from catalog.entry_writing import draft_of, write
from catalog.models import CatalogEntry, CatalogType
from tests.catalog.service import (
    OWNER,
    SERVICE,
    a_type,
    an_entry,
    attribute,
    backlink,
    bindings,
    labels,
    with_schema,
)
from tests.conftest import SYSTEM

EXPLAIN, WALK = ("EXPLAIN", "Seq Scan") if connection.vendor == "postgresql" else ("EXPLAIN QUERY PLAN", "SCAN")
TABLES = ("catalog_catalogentry", "catalog_catalogalias", "catalog_cataloglink")


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


def fill(row: CatalogType, values: dict[str, str]) -> None:
    """Many entries in few statements; `values` are of each, with its number."""
    drafts = []
    for number in range(100):
        entry = CatalogEntry(catalog_type=row, name=f"{row.name} {number}", external_id=f"{row.name}{number}")
        said = {pk: text.format(number) for pk, text in values.items()}
        entry.attribute_values = bindings(**said, note="x" * 300)
        draft = draft_of(entry)
        draft.aliases = [f"{number}", f"{number}!"]
        drafts.append(draft)
    with transaction.atomic():
        write(SYSTEM, row, drafts)


@pytest.fixture
def large(hub: None) -> CatalogType:
    """Services of many owners."""
    note = attribute("note", "Text")
    owner = a_type(note, name="Owner", use_name_as_identifier=True)
    service = a_type(note, attribute("owner", OWNER), use_name_as_identifier=True)
    with_schema(owner, note, backlink("services", SERVICE, "owner"))
    fill(owner, {})
    fill(service, {"owner": "Owner{}"})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # small tables are walked whatever the index
    return CatalogType.objects.get(pk=service.pk)


def test_reads_follow_an_index(large: CatalogType, walks: list[str]) -> None:
    entries = page(large, 25)
    page(large, 25, entries[-1].id)
    for text in (entries[3].id, "Service9", "9!", "Service 9", "nothing"):
        find_by_identifier(large, [text])
    assert labels(CatalogEntry.objects.get(external_id="Owner8"))["services"] == ["Service 8"]
    assert labels(entries[7])["owner"] == ["Owner 7"]
    assert walks == []


def test_writes_follow_an_index(large: CatalogType, walks: list[str]) -> None:
    made = an_entry(large, "New", external_id="new", aliases=["new"], values={"owner": "Owner7"})
    assert an_entry(large, "Newer", external_id="new", aliases=["new", "newer"]).id == made.id
    assert walks == []
