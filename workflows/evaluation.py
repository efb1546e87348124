"""Which workflows an event starts, and why the others do not: asked of every event, in the order of commits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.db import transaction
from django.tasks import task
from django.utils.dateparse import parse_datetime

from catalog import snapshot
from catalog.models import StatusCategory
from catalog.snapshot import Snapshot
from events.models import Event
from events.record import config_version
from incidentio.core import engine
from incidents.models import Visibility
from workflows import book as books
from workflows.book import Book, Entry
from workflows.drills import rehearsed
from workflows.facts import ALERT, INCIDENT, REACTION, WORK, Facts, IncidentState, timelines
from workflows.lookup import Lookup
from workflows.models import Cursor, WorkflowRun
from workflows.runs import Start, start_runs, too_deep
from workflows.triggers import CREATED, TRIGGERS, Trigger

BATCH = 500
STATES_KEPT = 5_000
OVER = (StatusCategory.CLOSED, StatusCategory.DECLINED, StatusCategory.MERGED, StatusCategory.CANCELED)
SUBJECTS = (INCIDENT, *WORK, ALERT, REACTION)
LONGEST_KEY = 250


@dataclass(frozen=True)
class Moment:
    """How things were when a workflow was asked: right after an event, or, without one, when the clock said so. `chain`
    are the workflows the event comes of.
    """

    facts: Facts
    event: Event | None = None
    chain: list[str] = field(default_factory=list)

    @property
    def state(self) -> IncidentState:
        assert self.facts.incident is not None  # noqa: S101  moments are of incidents
        return self.facts.incident


@task(priority=10)
def look() -> None:
    """Ask about all events there are, until none is left."""
    while evaluate() >= BATCH:
        pass


def notice(events: list[Event]) -> None:
    """Follow the events: wake whoever asks the workflows about them."""
    if any(_concerns_incident(event) for event in events):
        engine.wake(look)


def look_if_late() -> None:
    """Wake the asking if there are events nobody was asked about, and no wake-up is on its way."""
    position = Cursor.objects.values_list("position", flat=True).first() or 0
    if Event.objects.filter(position__gt=position).exists() and not engine.waiting(look):
        engine.wake(look)


def _concerns_incident(event: Event) -> bool:
    return event.incident_id is not None and event.subject_type in SUBJECTS


def evaluate() -> int:
    """Ask the workflows about the next events, start what is to be started, and remember how far that went.

    All in one transaction under the cursor's lock, so that each event is asked about once, in its order.
    """
    with transaction.atomic():
        Cursor.objects.get_or_create(pk=1)
        cursor = Cursor.objects.select_for_update().get(pk=1)
        engine.forget(look)
        events = list(Event.objects.filter(position__gt=cursor.position).order_by("position")[:BATCH])
        if not events:
            return 0
        version = config_version()
        book = books.at(version)
        if book.by_trigger:
            start_runs(_starts(book, snapshot.at(version), events, cursor.position))
        cursor.position = events[-1].position or 0
        cursor.save()
    if book.by_trigger:
        _states.position = cursor.position
    return len(events)


def why_not(entry: Entry, moment: Moment) -> str | None:
    """The reason for which the workflow does not start, whatever its conditions; None if those decide."""
    not_on = why_not_on(entry, moment.state)
    if not_on is not None:
        return not_on
    if not _is_new_enough(entry, moment):
        return "The incident was declared before the workflow was switched on"
    if entry.workflow_id in moment.chain:
        return "The event is an effect of the workflow itself"
    return None


def why_not_on(entry: Entry, state: IncidentState) -> str | None:
    """The reason for which the workflow never runs on such an incident; None if it may."""
    if state.values.get("mode") not in entry.modes:
        return f"It does not run on incidents in the mode {state.values.get('mode')!r}"
    if state.values.get("visibility") == Visibility.PRIVATE and not _may_see(entry, state):
        return "It does not run on this private incident"
    return None


def _may_see(entry: Entry, state: IncidentState) -> bool:
    if entry.members is None:
        return True
    return any(f"memberships.{user_id}" in state.values for user_id in entry.members)


def _is_new_enough(entry: Entry, moment: Moment) -> bool:
    """`newly_created`: declared since the workflow was switched on; `…_and_active`: or not over yet at that time, which
    is so of whatever was not over before this event.
    """
    declared_at = parse_datetime(moment.state.values.get("created_at", ""))
    if entry.runs_from is None or declared_at is None or declared_at >= entry.runs_from:
        return True
    if entry.definition["runs_on_incidents"] != "newly_created_and_active":
        return False
    moved = moment.event.changes.get("incident_status_id") if moment.event is not None else None
    before = moved[0] if moved else moment.state.values.get("incident_status_id")
    status = moment.facts.words.statuses.get(before or "")
    return status is None or status.category not in OVER


def once_key(entry: Entry, facts: Facts) -> str | None:
    """What the workflow runs once for, as a key; None if it may run as often as it likes."""
    if not entry.once_for or facts.incident is None:
        return None
    values = [facts.incident.id, *(str(read(facts)) for read in entry.once_for)]
    key = "|".join(values)
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def moments(
    event: Event, trigger: Trigger, state: IncidentState, words: Snapshot, lookup: Lookup, chain: list[str]
) -> Iterator[Moment]:
    """How often the event is what the trigger waits for, and what is so each time."""
    for given in trigger.watch(event, state):
        yield Moment(Facts(words, lookup, event.created_at, state, given), event, chain)


def _starts(book: Book, words: Snapshot, events: list[Event], position: int) -> Iterator[Start]:
    """What the events start."""
    concerning = [event for event in events if _concerns_incident(event)]
    rehearsing = rehearsed({event.incident_id or "" for event in concerning})
    asked = [event for event in concerning if event.incident_id not in rehearsing]
    states = _states.before(asked, position)
    chains = chains_of(asked)
    lookup = Lookup(lambda: _ids_in(states.values()))
    triggers = [TRIGGERS[name] for name in book.by_trigger if name in TRIGGERS]
    for event in asked:
        state = states[event.incident_id or ""]
        state.apply(event)
        chain = chains.get(event.cause_id or "", [])
        for trigger in triggers:
            if trigger.subject == event.subject_type:
                for moment in moments(event, trigger, state, words, lookup, chain):
                    yield from _started_by(moment, book.by_trigger[trigger.name])


def _started_by(moment: Moment, entries: Iterable[Entry]) -> Iterator[Start]:
    for entry in entries:
        if entry.holds(moment.facts) and why_not(entry, moment) is None:  # most are done after a condition or two
            yield Start(
                entry=entry,
                facts=moment.facts,
                event_id=moment.event.id if moment.event else None,
                chain=moment.chain,
                once_key=once_key(entry, moment.facts),
                error=too_deep(moment.chain),
            )


def chains_of(events: Iterable[Event]) -> dict[str, list[str]]:
    """By each run that caused an event: the workflows up to that run, its own included."""
    causes = {event.cause_id for event in events if event.cause_id}
    if not causes:
        return {}
    runs = WorkflowRun.objects.filter(pk__in=causes).values_list("pk", "chain", "workflow_id")
    return {pk: [*chain, workflow_id] for pk, chain, workflow_id in runs}


def _ids_in(states: Iterable[IncidentState]) -> Iterator[str]:
    """Every id the incidents speak of: what may be looked up soon."""
    for state in states:
        for value in [*state.values.values(), *(one for other in state.others.values() for one in other.values())]:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and len(one) == 26:
                    yield one
        yield from state.doers


class _States:
    """The states of incidents after the last event this process looked at. Another process may have gone on from there:
    then the cursor says another position, and all is forgotten.
    """

    def __init__(self) -> None:
        self.position: int | None = None
        self._known: dict[str, IncidentState] = {}

    def before(self, events: list[Event], position: int) -> Mapping[str, IncidentState]:
        """The states of the events' incidents before the first of them. At most one statement."""
        if self.position != position or len(self._known) > STATES_KEPT:
            self._known.clear()
        self.position = None  # until what is about to be applied is committed
        wanted = {event.incident_id for event in events if event.incident_id}
        fresh = {event.incident_id for event in events if event.type == CREATED and event.incident_id}
        self._known |= {pk: IncidentState(pk) for pk in fresh}
        missing = wanted - self._known.keys()
        if missing:
            self._known |= timelines(missing, before=position + 1)
        return self._known


_states = _States()
