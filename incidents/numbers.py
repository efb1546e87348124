"""INC numbers: unique, rising, and none spent by a replay or a refusal; old incidents may bring theirs along."""

from django.db import connection

from incidentio.core.errors import Invalid
from incidents.models import Incident

LARGEST = 1_000_000_000  # of a number brought along: the counter goes on from there
NEXT = {
    "postgresql": "nextval('incidents_number')",
    "sqlite": "(SELECT COALESCE(MAX(number), 0) + 1 FROM incidents_incident)",
}


def next_number() -> str:
    """The SQL that takes the next number."""
    return NEXT[connection.vendor]


def reserve(number: int) -> int:
    """Take `number` for an incident that is about to be written, and keep the counter ahead of it.

    Call inside the incident's transaction, at most `LARGEST`. On PostgreSQL declares wait for its end, so that none is
    given the same number; on SQLite writers are serial anyway.

    Raises:
        Invalid: another incident has it.
    """
    if connection.vendor == "postgresql":
        _hold_counter()
    if Incident.objects.filter(number=number).exists():
        raise Invalid(
            "already_exists", f"There is an INC-{number} already", "retrospective_incident_options.external_id"
        )
    if connection.vendor == "postgresql":
        _move_counter_past(number)
    return number


def _hold_counter() -> None:
    """ALTER waits for whoever took a number and has not committed, and keeps others from taking one."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE incidents_number NO CYCLE")


def _move_counter_past(number: int) -> None:
    """RESTART, other than `setval`, is undone with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM incidents_number")
        if cursor.fetchone()[0] <= number:
            cursor.execute(f"ALTER SEQUENCE incidents_number RESTART WITH {number + 1:d}")
