"""Going through a fire drill in the background: begun, watched, tidied up and told, each safe to be done again.

Whoever holds the lease goes on where the row says the last one got to. A drill that nobody goes on with is found by the
sweep.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.tasks import task
from django.utils import timezone

from catalog import snapshot
from catalog.snapshot import Snapshot, active
from events.actors import Actor, ActorKind
from events.models import Event
from events.record import Changes, config_version, record
from incidentio.core.engine import wake
from incidentio.core.errors import DomainError
from incidentio.core.ids import new_id
from incidents.actions import create_action
from incidents.declare import Report, declare
from incidents.follow_ups import create_follow_up
from incidents.models import Incident, Mode, Visibility
from incidents.sharing import share_update
from integrations.base import CheckFailed, Rehearsal
from integrations.connections import CHECK_SECONDS, try_connection
from integrations.models import Connection
from integrations.registry import TOOLS
from integrations.rehearsing import NAME
from workflows import book, leases, ledger
from workflows.book import Entry
from workflows.by_hand import do_step
from workflows.drill_letters import tell_of_drill
from workflows.drill_tidying import put_away, tidy_tools
from workflows.drills import (
    ONCE,
    SUBJECT,
    How,
    as_report,
    connections,
    is_broken,
    links_of,
    note,
    open_drill,
    rehearsals_at,
    save,
)
from workflows.effects import may_have_arrived
from workflows.facts import Facts, IncidentState, in_order
from workflows.lookup import Lookup
from workflows.models import CallState, Cursor, DrillState, Effect, FireDrill, RunState, WorkflowRun
from workflows.offering import new_step
from workflows.runs import Start, cancel_run, start_runs
from workflows.triggers import TRIGGERS

LEASE = "fire_drill"
LOOK_SECONDS = 2.0
SUMMARY = "A rehearsal, in test mode, of everything that is connected and switched on. It cleans up after itself."
WORDS = "Part of a fire drill; there is nothing to do."


def start_drill(actor: Actor) -> FireDrill:
    """Begin a fire drill.

    Raises:
        Conflict: another one is under way.
    """
    with transaction.atomic():
        drill = open_drill(actor)
        wake(advance, drill.pk)
    return drill


def wake_overdue_drills() -> None:
    """Wake somebody for the drill that is under way, if nobody goes on with it."""
    for pk in FireDrill.objects.exclude(state=DrillState.DONE).filter(due_at__lte=timezone.now()).values_list("pk"):
        wake(advance, *pk)


@task
def advance(drill_id: str) -> None:
    """Go on with a drill as far as that goes now."""
    holder = new_id()
    if not _holds(holder):
        return
    try:
        drill = FireDrill.objects.select_related("incident").get(pk=drill_id)
        if drill.state != DrillState.DONE:
            _come_back(drill, _go_on(drill, holder))
    finally:
        leases.give_up(LEASE, holder)


def _come_back(drill: FireDrill, seconds: float | None) -> None:
    if seconds is None:
        return
    with transaction.atomic():
        due_at = timezone.now() + timedelta(seconds=seconds + settings.SWEEP_SECONDS)
        FireDrill.objects.filter(pk=drill.pk).update(due_at=due_at)
        wake(advance, drill.pk, delay_seconds=seconds)


def _go_on(drill: FireDrill, holder: str) -> float | None:
    """Do what can be done now; after how many seconds there is more, None if it is over."""
    if drill.incident is None:
        _begin(drill)
    if drill.state == DrillState.RUNNING:
        if not _ask_tools(drill, holder):
            return LOOK_SECONDS
        if _is_under_way(drill) and timezone.now() < _patience_ends(drill):
            return LOOK_SECONDS
        if _start_workflows(drill):
            return LOOK_SECONDS
        save(drill, state=DrillState.TIDYING)
    _give_up_the_rest(drill)  # each time: a call that was being made may be due again
    if _is_being_called(drill) or not tidy_tools(drill, lambda: _holds(holder)):
        return LOOK_SECONDS
    _finish(drill)
    return None


# ---- beginning


def _begin(drill: FireDrill) -> None:
    """Declare the incident, and let something happen to it, in one transaction."""
    words = snapshot.current()
    with transaction.atomic():
        incident_id = declare(drill.actor, _report(drill, words), words).incident_id
        save(drill, incident_id=incident_id)
        _let_things_happen(drill)
    drill.incident = Incident.objects.get(pk=incident_id)


def _report(drill: FireDrill, words: Snapshot) -> Report:
    severities = sorted(active(words.severities.values()), key=lambda severity: severity.rank)
    return Report(
        idempotency_key=f"{ONCE}{drill.pk}",
        visibility=Visibility.PUBLIC,
        name=NAME,
        summary=SUMMARY,
        mode=Mode.TEST,
        severity_id=severities[0].id if severities else None,
    )


def _let_things_happen(drill: FireDrill) -> None:
    """What workflows wait for: an action, a follow-up, an update."""
    assert drill.incident_id is not None  # noqa: S101  it was just declared
    create_action(drill.actor, drill.incident_id, description=WORDS)
    create_follow_up(drill.actor, drill.incident_id, title=NAME, description=WORDS)
    key = f"{ONCE}{drill.pk}"
    share_update(drill.actor, drill.incident_id, snapshot.current(), idempotency_key=key, message=WORDS)


def _start_workflows(drill: FireDrill) -> bool:
    """Start every workflow that is switched on, whatever its conditions, as the last event it waits for would; whether
    this was the time to. Only now: as in an incident, they find the channel and the call that a tool just made.
    """
    key = f"{ONCE}{drill.pk}"
    with transaction.atomic():
        Cursor.objects.get_or_create(pk=1)
        Cursor.objects.select_for_update().get(pk=1)
        if _runs_of_workflows(drill).exists():
            return False
        entries = [entry for same in book.at(config_version()).by_trigger.values() for entry in same]
        return bool(start_runs(_starts(drill, entries, key)))


def _starts(drill: FireDrill, entries: Iterable[Entry], key: str) -> Iterator[Start]:
    """Runs of all of them, whatever their conditions and delays, told of the incident as it is."""
    state, given = _what_happened(drill)
    words, lookup, now = snapshot.current(), Lookup(), timezone.now()
    for entry in entries:
        facts = Facts(words, lookup, now, state, given.get(entry.trigger, {}))
        yield Start(entry, facts, once_key=key, asks_first=False, at_once=True)


def _what_happened(drill: FireDrill) -> tuple[IncidentState, dict[str, Mapping[str, Any]]]:
    """The incident's state, and what each trigger tells of the last event that is one for it."""
    state, given = IncidentState(drill.incident_id or ""), dict[str, Mapping[str, Any]]()
    for event in in_order(Event.objects.filter(incident_id=drill.incident_id)):
        state.apply(event)
        for trigger in TRIGGERS.values():
            if trigger.subject == event.subject_type:
                for told in trigger.watch(event, state):
                    given[trigger.name] = told
    return state, given


def _rehearse(drill: FireDrill, rehearsal: Rehearsal) -> None:
    assert drill.incident is not None  # noqa: S101  it was just declared
    step = rehearsal.step
    bindings = new_step(step.name)["param_bindings"]
    for place, param in enumerate(step.params):
        if param.name in rehearsal.told:
            bindings[place] = {"value": {"literal": rehearsal.told[param.name]}}
    do_step(drill.actor, drill.incident, step, bindings, drill.pk)


# ---- watching


def _holds(holder: str) -> bool:
    """Take the lease, or renew it for as long as one tool may take to be asked or tidied up at."""
    return leases.hold(LEASE, holder, settings.LEASE_SECONDS + CHECK_SECONDS)


def _ask_tools(drill: FireDrill, holder: str) -> bool:
    """See whether each connection works, as its test button does, and have the tool do what it rehearses; whether all
    of them were asked, and nobody else took over.
    """
    for connection in connections():
        if connection.tool in drill.asked:
            continue
        if not _holds(holder):
            return False
        problems = [*_rehearsed_badly(drill, connection)]
        said = _checked(connection, problems)
        note(drill, "asked", connection.tool, How.BROKEN if problems else How.WORKS, "\n".join(problems) or said)
    return True


def _rehearsed_badly(drill: FireDrill, connection: Connection) -> Iterator[str]:
    """Begin what the tool rehearses; what could not even be begun."""
    for rehearsal in rehearsals_at(connection):
        try:
            _rehearse(drill, rehearsal)
        except DomainError as refusal:
            yield f"{rehearsal.step.label}: {refusal}"


def _checked(connection: Connection, problems: list[str]) -> str:
    check = TOOLS[connection.tool].check
    try:
        return try_connection(connection, check) if check is not None else "It cannot be asked"
    except CheckFailed as failure:
        problems.append(str(failure))
        return ""


def _runs(drill: FireDrill) -> "QuerySet[WorkflowRun]":
    return WorkflowRun.objects.filter(incident=drill.incident_id)


def _runs_of_workflows(drill: FireDrill) -> "QuerySet[WorkflowRun]":
    return _runs(drill).filter(once_key=f"{ONCE}{drill.pk}")


def _is_under_way(drill: FireDrill) -> bool:
    if Event.objects.filter(incident_id=drill.incident_id, position=None).exists():
        return True  # nobody was told of all of it yet
    waits = any(link.how == How.WAITS for link in links_of(drill))
    return waits or _runs(drill).filter(state__in=[RunState.PENDING, RunState.ASKING]).exists()


def _patience_ends(drill: FireDrill) -> datetime:
    """When what is under way is not waited for any more: half of the time is for the workflows."""
    if _runs_of_workflows(drill).exists():
        return drill.ends_by
    return drill.created_at + (drill.ends_by - drill.created_at) / 2


def _give_up_the_rest(drill: FireDrill) -> None:
    """Stop what is still under way, so that nothing is made after the tidying up."""
    for run in _runs(drill).filter(state__in=[RunState.PENDING, RunState.ASKING]):
        try:
            cancel_run(drill.actor, run)
        except DomainError:
            continue  # it ended meanwhile
    with transaction.atomic():
        calls = Effect.objects.filter(step_run__run__in=_runs(drill), state=CallState.PENDING)
        ledger.lock(set(calls.values_list("target", flat=True)))
        free = Q(lease_until=None) | Q(lease_until__lte=timezone.now())
        for call in calls.filter(free):
            state = CallState.UNKNOWN if call.lease_token or may_have_arrived(call) else CallState.NOT_DONE
            Effect.objects.filter(pk=call.pk).update(state=state, lease_token=None, lease_until=None)


def _is_being_called(drill: FireDrill) -> bool:
    """Whether a call is being made this moment."""
    return Effect.objects.filter(step_run__run__in=_runs(drill), lease_until__gt=timezone.now()).exists()


# ---- the end


def _finish(drill: FireDrill) -> None:
    """Put the incident away, keep the report, and have the administrators told of what is broken, if none of them
    watches.
    """
    links = links_of(drill)
    with transaction.atomic():
        put_away(drill)
        untold = is_broken(links) and drill.actor_kind != ActorKind.USER
        save(drill, report=as_report(links), state=DrillState.DONE, finished_at=timezone.now(), untold=untold)
        if untold:
            wake(tell_of_drill, drill.pk)
        changes: Changes = {"state": [DrillState.RUNNING, DrillState.DONE], "report": [None, drill.report]}
        record(drill.actor, f"{SUBJECT}.finished", SUBJECT, drill.pk, changes)
