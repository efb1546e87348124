"""The time machine: a workflow asked about the past, with no side effect, to see what it would have caught.

It takes the incidents that changed in a window, some at a time, oldest first; each is lived through again event by
event. Nothing is written, no step is done: of those that would be done it is told with what.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from catalog import snapshot
from catalog.snapshot import Snapshot
from events.models import Event
from incidentio.core.vocabulary import Meaning
from incidents.models import Incident, WorkStatus
from incidents.visibility import Viewer, visible_to
from integrations.base import StepFailed
from workflows.book import Entry, entries_of
from workflows.conditions import explain_groups
from workflows.evaluation import SUBJECTS, Moment, moments, once_key, why_not
from workflows.explain import NO_GROUP_HELD
from workflows.facts import Facts, IncidentState, in_order
from workflows.lookup import Lookup
from workflows.models import Workflow, WorkflowVersion
from workflows.registry import STEPS
from workflows.sealing import parted
from workflows.templates import bind_step, for_each_values
from workflows.triggers import MANUAL, OVERDUE, SCHEDULED, TRIGGERS
from workflows.values import as_text

AT_ONCE = 100
MOST_TICKS = 500
MOST_CAUGHT = 20
CAUGHT, ONCE = "It would have run", "It would have run once already for what it runs once for"
BY_HAND = "It runs when somebody starts it; here, on the incident as it is now"
NOTHING_HAPPENED = "What it waits for did not happen"


@dataclass(frozen=True)
class RenderedStep:
    """A step that would have been done: by parameter, what it would have been told; or why it could not be."""

    name: str
    label: str
    params: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Run:
    """One time the workflow would have run on an incident: at which event, or at which time."""

    at: datetime
    event: Event | None
    groups: list[dict[str, Any]]
    steps: list[RenderedStep]


@dataclass(frozen=True)
class Seen:
    """An incident in the past of the workflow: its runs, or, without any, the reason and what was compared last."""

    incident: Incident
    runs: list[Run]
    reason: str
    groups: list[dict[str, Any]]


@dataclass(frozen=True)
class Chunk:
    """Some incidents; `after` is where the next begin, None at the end; `total` is how many there are in all."""

    seen: list[Seen]
    after: str | None
    total: int


@dataclass(frozen=True)
class Window:
    """The time looked at."""

    since: datetime
    until: datetime


def draft(trigger: str, definition: Mapping[str, Any], name: str = "") -> Entry:
    """A workflow that need not be stored, ready to be asked about the past, without its secrets."""
    workflow, (shown, _) = Workflow(trigger=trigger, name=name), parted(definition)
    version = WorkflowVersion(workflow=workflow, number=1, definition=shown)
    return entries_of([version])[0]


def preview(viewer: Viewer, entry: Entry, window: Window, after: str | None = None, limit: int = AT_ONCE) -> Chunk:
    """What `entry` would have made of the next `limit` incidents of the window that the viewer may see.

    A constant number of statements, whatever the number of incidents.
    """
    incidents = _incidents(viewer, window)
    rows = list((incidents.filter(pk__gt=after) if after else incidents)[: limit + 1])
    shown = rows[:limit]
    events: dict[str, list[Event]] = {incident.pk: [] for incident in shown}
    for event in in_order(Event.objects.filter(incident_id__in=list(events), created_at__lt=window.until)):
        events[event.incident_id or ""].append(event)
    replay = _Replay(entry, window)
    seen = [replay.incident(incident, events[incident.pk]) for incident in shown]
    return Chunk(seen, shown[-1].pk if len(rows) > limit else None, incidents.count())


def _incidents(viewer: Viewer, window: Window) -> QuerySet[Incident]:
    changed = Incident.objects.filter(updated_at__gte=window.since, created_at__lt=window.until)
    return changed.filter(visible_to(viewer)).order_by("pk").only("pk", "number", "name")


class _Replay:
    """One workflow in one window."""

    def __init__(self, entry: Entry, window: Window) -> None:
        self.entry = entry
        self.window = window
        self.words: Snapshot = snapshot.current()
        self.lookup = Lookup()

    def incident(self, incident: Incident, events: Sequence[Event]) -> Seen:
        """Live through one incident."""
        runs, keys, reason, groups = list[Run](), set[str](), NOTHING_HAPPENED, list[dict[str, Any]]()
        for moment in self.moments(incident.pk, events):
            why = why_not(self.entry, moment)
            groups = explain_groups(self.entry.words, self.entry.definition["condition_groups"], moment.facts)
            if why is None and not self.entry.holds(moment.facts):
                why = NO_GROUP_HELD
            key = once_key(self.entry, moment.facts)
            if why is None and key in keys:
                why = ONCE
            if why is not None:
                reason = reason if runs else why
                continue
            if key is not None:
                keys.add(key)
            if len(runs) < MOST_CAUGHT:
                runs.append(Run(moment.facts.now, moment.event, groups, self.steps(moment.facts)))
            reason = CAUGHT
        return Seen(incident, runs, reason, groups)

    def moments(self, incident_id: str, events: Sequence[Event]) -> Iterator[Moment]:
        """Every time in the window at which the workflow would have been asked."""
        state = IncidentState(incident_id)
        trigger = self.entry.trigger
        if trigger in (SCHEDULED, OVERDUE):
            yield from self._ticks(state, events)
            return
        for event in events:
            state.apply(event)
            known = TRIGGERS.get(trigger)
            if known is None or event.created_at < self.window.since or event.subject_type not in SUBJECTS:
                continue
            if known.subject == event.subject_type:
                yield from moments(event, known, state, self.words, self.lookup, [])
        if trigger == MANUAL and events:
            yield Moment(self._facts(state, self.window.until))

    def _ticks(self, state: IncidentState, events: Sequence[Event]) -> Iterator[Moment]:
        """The times the clock would have asked, with the incident as it was then."""
        waiting = list(events)
        for tick in self._times(state, events):
            while waiting and waiting[0].created_at <= tick:
                state.apply(waiting.pop(0))
            if self.entry.trigger == SCHEDULED:
                yield Moment(self._facts(state, tick))
                continue
            for pk, work in state.others.items():
                if self._is_overdue(work, tick):
                    yield Moment(self._facts(state, tick, follow_up={"id": pk, **work}))

    def _times(self, state: IncidentState, events: Sequence[Event]) -> list[datetime]:
        """When the clock looks: every interval from the declaration on, or some time after each follow-up was made."""
        step = timedelta(seconds=max(60, self.entry.delay_seconds))
        if self.entry.trigger == OVERDUE:
            made = [event.created_at + step for event in events if event.type == "follow_up.created"]
            return [moment for moment in made if self.window.since <= moment < self.window.until]
        if not events:
            return []
        begun, last = events[0].created_at, min(self.window.until, events[-1].created_at + step * MOST_TICKS)
        skipped = max(0, (self.window.since - begun) // step)
        times = [begun + step * number for number in range(skipped + 1, skipped + 1 + MOST_TICKS)]
        return [moment for moment in times if self.window.since <= moment < last]

    def _is_overdue(self, work: Mapping[str, Any], tick: datetime) -> bool:
        made = parse_datetime(work.get("created_at", ""))
        age = timedelta(seconds=self.entry.delay_seconds)
        return (
            "title" in work and work.get("status") == WorkStatus.OUTSTANDING and made is not None and made + age == tick
        )

    def _facts(self, state: IncidentState, now: datetime, **given: Any) -> Facts:
        return Facts(self.words, self.lookup, now, state, given)

    def steps(self, facts: Facts) -> list[RenderedStep]:
        """Every step, with what it would have been told then."""
        return [rendered for definition in self.entry.definition["steps"] for rendered in self._step(definition, facts)]

    def _step(self, definition: Mapping[str, Any], facts: Facts) -> Iterator[RenderedStep]:
        step, words = STEPS.get(definition["name"]), self.entry.words
        if step is None:
            label = step.label if step else definition["name"]
            yield RenderedStep(definition["name"], label, error="This hub cannot do this step")
            return
        try:
            values = for_each_values(words, definition, facts)
            inside = [facts] if values is None else [facts.with_given(loop_variable=value) for value in values]
            for one in inside:
                args = bind_step(words, definition, step.params, one)
                yield RenderedStep(definition["name"], step.label, self._params(step.params, args, one))
        except StepFailed as failure:
            yield RenderedStep(definition["name"], step.label, error=str(failure))

    def _params(self, params: Sequence[Any], args: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
        told = []
        for param in params:
            value = args.get(param.name)
            if value in (None, "", []):
                continue
            told.append((param.label, as_text(value, Meaning(param.label, param.type, param.array), facts)))
        return told
