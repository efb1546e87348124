"""SQL by hand, on either database, for the few paths that must be fast."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from incidentio.core.postgresql.base import DatabaseWrapper as PostgreSQL


def cursor() -> CursorWrapper:
    """A cursor of Django's connection (in its transaction, with its errors, in its log of statements), which on
    PostgreSQL prepares what it is given.
    """
    own = connections[DEFAULT_DB_ALIAS]
    return own.prepared_cursor() if isinstance(own, PostgreSQL) else own.cursor()


def among(values: Sequence[str]) -> tuple[str, Any]:
    """`= one of these values`, as SQL and its one parameter, so that their number does not change the statement."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", list(values)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(values))


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, each the attributes of one, in one statement; what a row does not name gets its default.

    As `bulk_create` at a quarter of the price: no instances, no compiler. Time stamps are not set by themselves.

    Raises:
        KeyError: a row names what `model` does not have.
    """
    if not rows:
        return
    with cursor() as prepared:
        values = [value for row in rows for value in _values(model, row, prepared.db)]
        prepared.execute(_insertion(model, len(rows)), values)


def _values(model: type[models.Model], row: Mapping[str, Any], own: BaseDatabaseWrapper) -> Iterator[Any]:
    fields = _fields(model)
    if unknown := row.keys() - fields.keys():
        raise KeyError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    for name, field in fields.items():
        value = row[name] if name in row else field.get_default()
        yield value if type(value) is str else field.get_db_prep_save(value, own)


@cache
def _fields(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


@lru_cache(maxsize=256)
def _insertion(model: type[models.Model], count: int) -> str:
    columns = [f'"{field.column}"' for field in _fields(model).values()]
    row = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"  # noqa: S608
