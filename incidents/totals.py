"""How many incidents there are, without counting them: a million rows take longer to count than a page to read.

A tally is kept with the events: the dispatcher, which is one, adds what it gives a position to. What is committed and
not yet positioned is counted beside it, so the sum is exact in every snapshot of the database. An incident's mode and
visibility never change.
"""

from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from events.models import Event
from incidentio.core import sql
from incidents.models import IncidentTally

CREATED = "incident.created"


def tally_up(events: list[Event]) -> None:
    """Follow the events: add those that made an incident."""
    made = Counter(
        (event.changes["mode"][1], event.changes["visibility"][1]) for event in events if event.type == CREATED
    )
    for (mode, visibility), count in made.items():
        row, _ = IncidentTally.objects.get_or_create(mode=mode, visibility=visibility)
        IncidentTally.objects.filter(pk=row.pk).update(count=F("count") + count)


def total(sees_private: bool, modes: Sequence[str]) -> int:
    """How many incidents of these modes there are, private ones only where the asker sees them all. One statement."""
    one_of, values = sql.among(modes)
    tallied, visible = ("TRUE", "TRUE") if sees_private else ("t.visibility = 'public'", "i.visibility = 'public'")
    statement = f"""SELECT
    (SELECT COALESCE(SUM(t.count), 0) FROM incidents_incidenttally t WHERE t.mode {one_of} AND {tallied})
    + (SELECT COUNT(*) FROM events_event e JOIN incidents_incident i ON i.id = e.subject_id
       WHERE e.position IS NULL AND e.type = '{CREATED}' AND i.mode {one_of} AND {visible})"""  # noqa: S608
    with sql.cursor() as cursor:
        cursor.execute(statement, [values, values])
        return int(cursor.fetchone()[0])
