"""Why a workflow ran, and why another did not: the past of an incident asked again, event by event.

Nothing of it is stored but the events and the versions of workflows there were: what did not happen costs no row.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import snapshot
from catalog.snapshot import Snapshot
from events.models import Event
from workflows.book import Entry, entries_of
from workflows.conditions import explain_groups
from workflows.evaluation import SUBJECTS, Moment, chains_of, moments, once_key, why_not
from workflows.facts import IncidentState, in_order
from workflows.lookup import Lookup
from workflows.models import Cursor, WorkflowRun, WorkflowState, WorkflowVersion
from workflows.runs import too_deep
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
    """The versions of workflows that were in force at some events; only those are compiled."""

    def __init__(self, events: Sequence[Event]) -> None:
        rows = WorkflowVersion.objects.filter(created_at__lte=max(event.created_at for event in events))
        rows = rows.filter(workflow__by_hand=False, workflow__trigger__in=list(TRIGGERS))
        by_workflow: dict[str, list[WorkflowVersion]] = defaultdict(list)
        for row in rows.defer("definition").select_related("workflow").order_by("workflow_id", "number"):
            by_workflow[row.workflow_id].append(row)
        self._in_force = {event.id: list(_in_force(by_workflow, event)) for event in events}
        wanted = {row.id for rows in self._in_force.values() for row in rows}
        whole = WorkflowVersion.objects.filter(pk__in=wanted).select_related("workflow")
        self._entries = {entry.version_id: entry for entry in entries_of(whole)} if wanted else {}

    def switched_on(self, event: Event) -> Iterator[tuple[int, Entry]]:
        """The workflows that waited for such an event then, each with the number of its version."""
        for version in self._in_force[event.id]:
            yield version.number, self._entries[version.id]


def _in_force(by_workflow: Mapping[str, list[WorkflowVersion]], event: Event) -> Iterator[WorkflowVersion]:
    """Of each workflow that was switched on when the event happened, and looks at its like: the version of then."""
    for versions in by_workflow.values():
        workflow = versions[0].workflow
        if TRIGGERS[workflow.trigger].subject != event.subject_type:
            continue
        place = bisect_right(versions, event.created_at, key=lambda row: row.created_at)
        gone = workflow.archived_at is not None and workflow.archived_at <= event.created_at
        if place and not gone and versions[place - 1].state == WorkflowState.ACTIVE:
            yield versions[place - 1]


def explain(incident_id: str, size: int, after: str | None = None) -> tuple[list[Explanation], str | None]:
    """What the workflows made of the incident's events, `size` events at a time, the latest first, beyond the event
    with the id `after`; and that of the next page's, if there is one. A constant number of statements.
    """
    events = in_order(Event.objects.filter(incident_id=incident_id))
    shown, following = _page([event for event in events if event.subject_type in SUBJECTS], size, after)
    if not shown:
        return [], None
    past, words = _Past(shown), snapshot.current()
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
    for number, entry in past.switched_on(event):
        by_trigger[entry.trigger].append((number, entry))
    for name, entries in by_trigger.items():
        for moment in moments(event, TRIGGERS[name], state, words, lookup, chain):
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
