"""A PostgreSQL of our own for some minutes, as durable as an installation's: on disk, nothing switched off."""

from contextlib import AbstractContextManager

import psycopg

from tests import postgres

SETTINGS = {"shared_buffers": "512MB"}


def cluster() -> AbstractContextManager[str]:
    """A running server; gives its address without a database's name.

    Raises:
        NotInstalled: there are no server programs.
    """
    return postgres.cluster(SETTINGS, in_memory=False)


def create_database(url: str, name: str, template: str = "template1") -> str:
    """Make the database `name`, a copy of `template`; returns its address."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{url}/{name}"
