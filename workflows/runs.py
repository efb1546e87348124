"""Runs of workflows: started by events, by the clock or by people; stopped, confirmed and tried again by people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from events.actors import Actor
from events.record import record
from incidentio.core import sql
from incidentio.core.engine import wake, wake_each
from incidentio.core.errors import Conflict
from incidentio.core.ids import new_id
from integrations.base import Repeat
from workflows import effects, ledger
from workflows.book import Entry
from workflows.conditions import explain_groups
from workflows.facts import Facts
from workflows.models import CallState, Effect, RunState, StepRun, StepStatus, WorkflowRun
from workflows.triggers import BY_THE_CLOCK
from workflows.working import perform, work

SUBJECT = "workflow_run"
AT_ONCE = 500
DEEPEST = 5


@dataclass(frozen=True)
class Start:
    """A run that is to be: of which workflow, on what facts. With an `error` it is written down, and never works.

    `at_once`: the workflow's delay is left out.
    """

    entry: Entry
    facts: Facts
    event_id: str | None = None
    chain: list[str] = field(default_factory=list)
    once_key: str | None = None
    error: str = ""
    asks_first: bool = True
    at_once: bool = False


def start_runs(starts: Iterable[Start]) -> list[str]:
    """Write the runs and wake their work, in the caller's transaction, under the cursor's lock; the ids of the runs.

    What a workflow runs once for and did already is left out. A few statements, however many runs.
    """
    wanted, now = _not_yet(list(starts)), timezone.now()
    runs, steps = [], []
    for start in wanted:
        run = _run(start, now)
        runs.append(run)
        steps += _steps(run["id"], start.entry.definition["steps"], now)
    for begin in range(0, len(runs), AT_ONCE):
        sql.insert(WorkflowRun, runs[begin : begin + AT_ONCE])
    for begin in range(0, len(steps), AT_ONCE):
        sql.insert(StepRun, steps[begin : begin + AT_ONCE])
    _wake_workers_for(runs)
    return [run["id"] for run in runs]


def _wake_workers_for(runs: Iterable[dict[str, Any]]) -> None:
    """Wake somebody for the new runs of each workflow, when they are due."""
    waiting: dict[float, set[str]] = defaultdict(set)
    for run in runs:
        if run["state"] == RunState.PENDING:
            waiting[(run["due_at"] - run["created_at"]).total_seconds()].add(run["workflow_id"])
    for delay_seconds, workflow_ids in waiting.items():
        wake_each(work, [[workflow_id] for workflow_id in sorted(workflow_ids)], delay_seconds)


def _not_yet(starts: list[Start]) -> list[Start]:
    """Those of `starts` whose workflow runs as often as it likes, or has not run for their key yet."""
    keys = {start.once_key for start in starts if start.once_key}
    if not keys:
        return starts
    done = set(WorkflowRun.objects.filter(once_key__in=keys).values_list("workflow_id", "once_key"))
    wanted = []
    for start in starts:
        key = (start.entry.workflow_id, start.once_key)
        if start.once_key is None or key not in done:
            wanted.append(start)
            done.add(key)
    return wanted


def _run(start: Start, now: datetime) -> dict[str, Any]:
    entry = start.entry
    state = RunState.PENDING
    if entry.asks_first and start.asks_first:
        state = RunState.ASKING
    if start.error:
        state = RunState.ERROR
    delay = 0 if start.at_once or entry.trigger in BY_THE_CLOCK else entry.delay_seconds
    due_at = now + timedelta(seconds=delay)
    return {
        "id": new_id(),
        "workflow_id": entry.workflow_id,
        "version_id": entry.version_id,
        "incident_id": start.facts.incident.id if start.facts.incident else None,
        "state": state,
        "event_id": start.event_id,
        "once_key": start.once_key,
        "chain": start.chain,
        "scope": dict(start.facts.given),
        "explanation": explain_groups(entry.words, entry.definition["condition_groups"], start.facts),
        "scheduled_at": due_at,
        "due_at": due_at,
        "finished_at": now if start.error else None,
        "error": start.error,
        "created_at": now,
        "updated_at": now,
    }


def _steps(run_id: str, definitions: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "place": place,
            "step_id": step["id"],
            "name": step["name"],
            "created_at": now,
            "updated_at": now,
        }
        for place, step in enumerate(definitions)
    ]


def too_deep(chain: list[str]) -> str:
    """Why a run at the end of this chain of workflows must not be; empty if it may."""
    if len(chain) < DEEPEST:
        return ""
    return f"Not run: workflows started one another {len(chain)} times in a row; look at what they set off"


def confirm_run(actor: Actor, run: WorkflowRun) -> None:
    """Let a run begin that waits for a person's word.

    Raises:
        Conflict: it does not wait for one.
    """
    with transaction.atomic():
        _lock(run, RunState.ASKING)
        _change(actor, run, "confirmed", state=RunState.PENDING, due_at=timezone.now())
        wake(work, run.workflow_id)


def cancel_run(actor: Actor, run: WorkflowRun) -> None:
    """Stop a run before its next step; a step that is being done is not undone.

    Raises:
        Conflict: it is over.
    """
    with transaction.atomic():
        _lock(run, RunState.PENDING, RunState.ASKING)
        now = timezone.now()
        _change(actor, run, "cancelled", state=RunState.CANCELLED, cancelled_at=now, finished_at=now)


def retry_run(actor: Actor, run: WorkflowRun) -> None:
    """Go on with a run that ended in an error: from the first step that is not complete, with what it was told.

    Raises:
        Conflict: it did not end in an error, or never was to run.
    """
    if why_not := too_deep(run.chain):
        raise Conflict("never_to_run", why_not)
    with transaction.atomic():
        _send_again(actor, _given_up(run))
        _lock(run, RunState.ERROR)
        _reopen(actor, run)


def redrive(actor: Actor, effect: Effect) -> None:
    """Make a call again that did not arrive, or that nobody knows of; its run goes on after it.

    Raises:
        Conflict: it is being made this moment, is under way, or arrived.
    """
    with transaction.atomic():
        _send_again(actor, [effect, *_given_up_besides(effect)])
        _let_go_on(actor, effect)


def call_it_done(actor: Actor, effect: Effect) -> None:
    """Take a person's word that a call arrived; its run goes on after it.

    Raises:
        Conflict: it is being made this moment, or is known to have arrived.
    """
    with transaction.atomic():
        others = _given_up_besides(effect)
        ledger.lock({effect.target, *(other.target for other in others)})
        effects.call_it_done(actor, effect)
        _send_again(actor, others)
        _let_go_on(actor, effect)


def _given_up(run: WorkflowRun) -> list[Effect]:
    """Calls of failed steps that did not arrive, or that may be repeated though nobody knows: a retry makes them again.
    Only where a person has to decide it does not.
    """
    lost = Q(state=CallState.NOT_DONE) | Q(state=CallState.UNKNOWN) & ~Q(repeats=Repeat.ASK)
    return list(Effect.objects.filter(lost, step_run__run=run, step_run__status=StepStatus.ERROR).order_by("id"))


def _given_up_besides(effect: Effect) -> list[Effect]:
    run = effect.step_run.run
    return [other for other in _given_up(run) if other != effect] if run.state == RunState.ERROR else []


def _send_again(actor: Actor, calls: list[Effect]) -> None:
    """Make the calls again. Whoever locks several rows locks targets first, by name, then calls, then the run."""
    ledger.lock({effect.target for effect in calls})
    for effect in calls:
        effects.send_again(actor, effect)
    wake_each(perform, [[target] for target in sorted({effect.target for effect in calls})])


def _let_go_on(actor: Actor, effect: Effect) -> None:
    run = WorkflowRun.objects.select_for_update().get(pk=effect.step_run.run_id)
    if run.state == RunState.ERROR:
        _reopen(actor, run)
    elif run.state == RunState.PENDING and effect.state == CallState.DONE:
        WorkflowRun.objects.filter(pk=run.pk).update(due_at=timezone.now())
        wake(work, run.workflow_id)


def _reopen(actor: Actor, run: WorkflowRun) -> None:
    """Steps that failed are to be done again."""
    if not StepRun.objects.filter(run=run).exclude(status=StepStatus.COMPLETE).exists():
        raise Conflict("nothing_to_do", "Every step of this run is complete")
    failed = StepRun.objects.filter(run=run, status=StepStatus.ERROR)
    failed.update(status=StepStatus.PENDING, error="", completed_at=None)
    now = timezone.now()
    _change(actor, run, "retried", state=RunState.PENDING, error="", finished_at=None, attempts=0, due_at=now)
    wake(work, run.workflow_id)


def _lock(run: WorkflowRun, *states: RunState) -> None:
    """Read the run again, locked; refuse one in another state.

    Raises:
        Conflict: it is in another state.
    """
    run.refresh_from_db(from_queryset=WorkflowRun.objects.select_for_update())
    if run.state not in states:
        label = RunState(run.state).label.lower()
        raise Conflict("wrong_state", f"This run cannot do that now: it is {label!r}")


def _change(actor: Actor, run: WorkflowRun, verb: str, **columns: Any) -> None:
    before = run.state
    for name, value in columns.items():
        setattr(run, name, value)
    run.lease_token = run.lease_until = None  # whoever works on it now notices, and lets it be
    run.save()
    record(actor, f"{SUBJECT}.{verb}", SUBJECT, run.pk, {"state": [before, run.state]})
