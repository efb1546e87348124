"""Why a workflow ran, and why another did not: the past of an incident asked again, event by event.

Nothing of it is stored but the events and the versions of workflows there were: what did not happen costs no row.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import snapshot
from catalog.snapshot import Snapshot
from events.models import Event
from workflows.book import Entry, entries_of
from workflows.conditions import explain_groups
from workflows.evaluation import SUBJECTS, Moment, chains_of, moments, once_key, too_deep, why_not
from workflows.facts import IncidentState, in_order
from workflows.lookup import Lookup
from workflows.models import Cursor, WorkflowRun, WorkflowState, WorkflowVersion
from workflows.triggers import TRIGGERS

STARTED = "It started"
NO_GROUP_HELD = "None of its groups of conditions held"


@dataclass(frozen=True)
class Explanation:
    """What became of one workflow at one event: `run_id` if it started, `reason` in any case; `groups` are its
    conditions with what they compared.
    """

    event: Event
    entry: Entry
    number: int
    run_id: str | None
    reason: str
    groups: list[dict[str, Any]]


class _Past:
    """The versions of workflows there were, by when they were in force."""

    def __init__(self, until: datetime) -> None:
        rows = WorkflowVersion.objects.filter(created_at__lte=until).select_related("workflow")
        self._versions: dict[str, list[WorkflowVersion]] = defaultdict(list)
        for row in rows.order_by("workflow_id", "number"):
            self._versions[row.workflow_id].append(row)
        ever = [rows for rows in self._versions.values() if any(row.state == WorkflowState.ACTIVE for row in rows)]
        wanted = [row for rows in ever for row in rows if row.state == WorkflowState.ACTIVE]
        self._entries = dict(zip((row.id for row in wanted), entries_of(wanted), strict=True)) if wanted else {}

    def switched_on(self, moment: datetime) -> Iterator[tuple[int, Entry]]:
        """The workflows that were switched on at that moment, each with the number of its version."""
        for versions in self._versions.values():
            place = bisect_right(versions, moment, key=lambda row: row.created_at)
            version = versions[place - 1] if place else None
            archived_at = versions[0].workflow.archived_at
            if version is not None and version.id in self._entries and (archived_at is None or archived_at > moment):
                yield version.number, self._entries[version.id]


def explain(incident_id: str, size: int, after: str | None = None) -> tuple[list[Explanation], str | None]:
    """What the workflows made of the incident's events, `size` events at a time, the latest first, beyond the event
    with the id `after`; and that of the next page's, if there is one. A constant number of statements.
    """
    events = in_order(Event.objects.filter(incident_id=incident_id))
    shown, following = _page([event for event in events if event.subject_type in SUBJECTS], size, after)
    if not shown:
        return [], None
    past, words = _Past(shown[0].created_at), snapshot.current()
    runs = _runs_of(incident_id, {event.id for event in shown})
    chains, lookup, state = chains_of(shown), Lookup(), IncidentState(incident_id)
    wanted, found = {event.id for event in shown}, list[Explanation]()
    looked_at = Cursor.objects.values_list("position", flat=True).first() or 0
    for event in events:
        state.apply(event)
        if event.id in wanted and event.position is not None and event.position <= looked_at:
            chain = chains.get(event.cause_id or "", [])
            found += _at(event, state, words, lookup, chain, past, runs)
    found.reverse()
    return found, following


def _page(events: list[Event], size: int, after: str | None) -> tuple[list[Event], str | None]:
    """The latest `size` events before the one with the id `after`, the latest first."""
    events = events[::-1]
    ids = [event.id for event in events]
    begin = ids.index(after) + 1 if after in ids else 0
    shown = events[begin : begin + size]
    return shown, shown[-1].id if len(events) > begin + size else None


def _runs_of(incident_id: str, event_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    rows = WorkflowRun.objects.filter(incident_id=incident_id, event_id__in=list(event_ids))
    return {(run.workflow_id, run.event_id or ""): run.pk for run in rows.only("pk", "workflow_id", "event_id")}


def _at(
    event: Event,
    state: IncidentState,
    words: Snapshot,
    lookup: Lookup,
    chain: list[str],
    past: _Past,
    runs: dict[tuple[str, str], str],
) -> Iterator[Explanation]:
    by_trigger: dict[str, list[tuple[int, Entry]]] = defaultdict(list)
    for number, entry in past.switched_on(event.created_at):
        by_trigger[entry.trigger].append((number, entry))
    for name, entries in by_trigger.items():
        trigger = TRIGGERS.get(name)
        if trigger is None or trigger.subject != event.subject_type:
            continue
        for moment in moments(event, trigger, state, words, lookup, chain):
            for number, entry in entries:
                run_id = runs.get((entry.workflow_id, event.id))
                groups = explain_groups(entry.words, entry.definition["condition_groups"], moment.facts)
                yield Explanation(event, entry, number, run_id, reason_of(entry, moment, run_id), groups)


def reason_of(entry: Entry, moment: Moment, run_id: str | None) -> str:
    """Why the workflow started at that moment, or why not."""
    if run_id is not None:
        return too_deep(moment.chain) or STARTED
    hindrance = why_not(entry, moment)
    if hindrance is not None:
        return hindrance
    if not entry.holds(moment.facts):
        return NO_GROUP_HELD
    if once_key(entry, moment.facts) is not None:
        return "It had run once already for what it runs once for"
    return "It should have started and did not: its workflow or the incident was being changed at that time"
