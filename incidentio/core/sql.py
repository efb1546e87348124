"""SQL by hand, on either database, for the few paths that must be fast."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


def cursor() -> CursorWrapper:
    """A cursor of Django's connection: in its transaction, with its errors, in its log of statements.

    On PostgreSQL it binds parameters on the server, so that a statement that comes again is parsed and planned once
    per connection (`prepare_threshold` in the settings).
    """
    wrapped = connection.cursor()
    if connection.vendor == "postgresql":
        wrapped.cursor = psycopg.Cursor(wrapped.connection)
    return wrapped


def among(values: Sequence[str]) -> tuple[str, Any]:
    """`= one of these values`, as SQL and its one parameter, so that their number does not change the statement."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", list(values)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(values))
