"""Connections that are kept between requests."""

import select
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")


@pytest.fixture
def kept() -> Iterator[Any]:
    """A connection of its own beside the test's."""
    another: Any = connection.copy()
    another.ensure_connection()
    yield another
    another.close()


def test_a_quiet_connection_is_usable(kept: Any) -> None:
    assert kept.is_usable()


def test_a_connection_the_server_hung_up_is_not_usable(kept: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [kept.connection.info.backend_pid])
    select.select([kept.connection.pgconn.socket], [], [], 5)
    assert not kept.is_usable()


def test_a_connection_is_usable_after_a_notice(kept: Any) -> None:
    kept.connection.execute("LISTEN noise")
    with connection.copy().temporary_connection() as cursor:
        cursor.execute("NOTIFY noise")
    select.select([kept.connection.pgconn.socket], [], [], 5)
    assert kept.is_usable()


def test_a_closed_connection_is_not_usable(kept: Any) -> None:
    kept.connection.close()
    assert not kept.is_usable()
