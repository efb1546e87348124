"""What the clock starts: workflows that run every so often while an incident matches, and follow-ups nobody did."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from catalog import snapshot
from events.record import config_version
from incidents.models import FollowUp, Incident, WorkStatus
from workflows import book as books
from workflows.book import Entry
from workflows.evaluation import OVER, Moment, why_not
from workflows.facts import Facts, timelines
from workflows.lookup import Lookup
from workflows.models import Cursor, WorkflowRun
from workflows.runs import Start, start_runs
from workflows.triggers import OVERDUE, SCHEDULED

MOST_AT_ONCE = 500


def fire(now: datetime) -> list[str]:
    """Start what is due `now`; the ids of the runs. Safe to call again and by several at once."""
    version = config_version()
    by_trigger = books.at(version).by_trigger
    scheduled, overdue = by_trigger.get(SCHEDULED, []), by_trigger.get(OVERDUE, [])
    if not scheduled and not overdue:
        return []
    with transaction.atomic():
        Cursor.objects.get_or_create(pk=1)
        Cursor.objects.select_for_update().get(pk=1)
        return start_runs([*_reminders(scheduled, now), *_overdue(overdue, now)])


def _reminders(entries: list[Entry], now: datetime) -> Iterator[Start]:
    """A run for each incident that is not over and matches, if the last was an interval ago."""
    if not entries:
        return
    open_incidents = Incident.objects.exclude(incident_status__category__in=OVER)
    declared = dict(open_incidents.values_list("pk", "created_at"))
    runs = WorkflowRun.objects.filter(
        workflow_id__in=[entry.workflow_id for entry in entries], incident_id__in=open_incidents.values("pk")
    )
    latest = {
        (workflow_id, incident_id): moment
        for workflow_id, incident_id, moment in runs.order_by()
        .values_list("workflow_id", "incident_id")
        .annotate(Max("scheduled_at"))
    }
    due = [
        (entry, incident_id)
        for entry in entries
        for incident_id, moment in declared.items()
        if _since(entry, moment, latest.get((entry.workflow_id, incident_id))) <= now
    ][:MOST_AT_ONCE]
    for entry, facts in _on(due, now):
        if why_not(entry, Moment(facts)) is None and entry.holds(facts) and facts.incident is not None:
            slot = int(now.timestamp() // max(1, entry.delay_seconds))
            yield Start(entry, facts, once_key=f"{facts.incident.id}@{slot}")


def _since(entry: Entry, declared_at: datetime, latest: datetime | None) -> datetime:
    """When the next run is due: an interval after the last; the first one after the incident and the workflow began."""
    begun = max(declared_at, entry.runs_from or declared_at)
    return (latest or begun) + timedelta(seconds=entry.delay_seconds)


def _on(due: Iterable[tuple[Entry, str]], now: datetime) -> Iterator[tuple[Entry, Facts]]:
    due = list(due)
    states, words, lookup = timelines({incident_id for _, incident_id in due}), snapshot.current(), Lookup()
    for entry, incident_id in due:
        yield entry, Facts(words, lookup, now, states[incident_id])


def _overdue(entries: list[Entry], now: datetime) -> Iterator[Start]:
    """A run for each follow-up that is still outstanding after the time its workflow says, once."""
    for entry in entries:
        late = FollowUp.objects.filter(
            status=WorkStatus.OUTSTANDING, created_at__lte=now - timedelta(seconds=entry.delay_seconds)
        )
        if entry.runs_from is not None and entry.definition["runs_on_incidents"] == "newly_created":
            late = late.filter(created_at__gte=entry.runs_from)
        done = WorkflowRun.objects.filter(workflow_id=entry.workflow_id, once_key__isnull=False)
        keys = set(done.values_list("once_key", flat=True)) if late.exists() else set()
        rows = [row for row in late.order_by("id").values_list("pk", "incident_id") if _key(row[0]) not in keys]
        for (follow_up_id, _), (_, facts) in zip(
            rows[:MOST_AT_ONCE],
            _on([(entry, incident_id) for _, incident_id in rows[:MOST_AT_ONCE]], now),
            strict=True,
        ):
            given = facts.with_given(follow_up=dict(facts.incident.others[follow_up_id]) if facts.incident else {})
            if why_not(entry, Moment(given)) is None and entry.holds(given):
                yield Start(entry, given, once_key=_key(follow_up_id))


def _key(follow_up_id: str) -> str:
    return f"overdue|{follow_up_id}"
