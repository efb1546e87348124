"""What the clock starts: workflows that run every so often while an incident matches, and follow-ups nobody did."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched

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

AT_ONCE = 500
FollowUps = Sequence[tuple[str, str]]  # their ids, and those of their incidents


def fire(now: datetime) -> list[str]:
    """Start what is due `now`; the ids of the runs. Safe to call again and by several at once."""
    by_trigger = books.at(config_version()).by_trigger
    scheduled, overdue = by_trigger.get(SCHEDULED, []), by_trigger.get(OVERDUE, [])
    started = []
    for incident_ids in batched(_open_incidents() if scheduled else (), AT_ONCE):
        with transaction.atomic():
            _hold_the_cursor()
            started += start_runs(_reminders(scheduled, incident_ids, now))
    for entry in overdue:
        for follow_ups in batched(_late(entry, now), AT_ONCE):
            with transaction.atomic():
                _hold_the_cursor()
                started += start_runs(_overdue(entry, follow_ups, now))
    return started


def _hold_the_cursor() -> None:
    """Let nobody else start runs until the transaction ends, but not for longer than some hundred of them take."""
    Cursor.objects.get_or_create(pk=1)
    Cursor.objects.select_for_update().get(pk=1)


def _open_incidents() -> list[str]:
    return list(Incident.objects.exclude(incident_status__category__in=OVER).values_list("pk", flat=True))


def _reminders(entries: list[Entry], incident_ids: Sequence[str], now: datetime) -> Iterator[Start]:
    """A run for each of the incidents that matches, if the last was an interval ago."""
    declared = dict(Incident.objects.filter(pk__in=incident_ids).values_list("pk", "created_at"))
    runs = WorkflowRun.objects.filter(
        workflow_id__in=[entry.workflow_id for entry in entries], incident_id__in=incident_ids
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
    ]
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


def _late(entry: Entry, now: datetime) -> FollowUps:
    """The follow-ups that are still outstanding after the time their workflow says."""
    late = FollowUp.objects.filter(
        status=WorkStatus.OUTSTANDING, created_at__lte=now - timedelta(seconds=entry.delay_seconds)
    )
    if entry.runs_from is not None and entry.definition["runs_on_incidents"] == "newly_created":
        late = late.filter(created_at__gte=entry.runs_from)
    return list(late.order_by("id").values_list("pk", "incident_id"))


def _overdue(entry: Entry, follow_ups: FollowUps, now: datetime) -> Iterator[Start]:
    """A run for each of the late follow-ups, once."""
    keys = [_key(follow_up_id) for follow_up_id, _ in follow_ups]
    runs = WorkflowRun.objects.filter(workflow_id=entry.workflow_id, once_key__in=keys)
    done = set(runs.values_list("once_key", flat=True))
    new = [(follow_up_id, incident_id) for follow_up_id, incident_id in follow_ups if _key(follow_up_id) not in done]
    facts_of = _on([(entry, incident_id) for _, incident_id in new], now)
    for (follow_up_id, _), (_, facts) in zip(new, facts_of, strict=True):
        given = facts.with_given(follow_up=dict(facts.incident.others[follow_up_id]) if facts.incident else {})
        if why_not(entry, Moment(given)) is None and entry.holds(given):
            yield Start(entry, given, once_key=_key(follow_up_id))


def _key(follow_up_id: str) -> str:
    return f"overdue|{follow_up_id}"
