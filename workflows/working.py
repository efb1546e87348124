"""Working on runs: a step at a time, each in the transaction that completes it, or as calls in the ledger.

A run is leased, goes as far as it can, and is given back: when it is over, when it waits for a while, or when it waits
for its calls, which wake it. Killed in the middle, it is leased again once its lease has run out, and goes on with the
first step that is not complete.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.tasks import task
from django.utils import timezone

from catalog import snapshot
from events.record import plain
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.engine import forget, wake, wake_each
from incidentio.core.errors import DomainError
from incidentio.core.ids import new_id
from integrations.base import Args, Doing, Step, StepFailed
from workflows import effects, ledger
from workflows.book import Entry, entry_at
from workflows.discretion import check_discreet
from workflows.doers import doer_of
from workflows.drills import PUBLIC, is_rehearsal
from workflows.effects import Verdict
from workflows.facts import Facts, timelines
from workflows.lookup import Lookup
from workflows.models import Effect, RunState, StepRun, StepStatus, Target, WorkflowRun, WorkflowState, WorkflowVersion
from workflows.registry import STEPS
from workflows.sealing import UNKNOWN, Secrets, hides, secrets_of, with_secrets
from workflows.templates import bind_step, for_each_values
from workflows.triggers import BY_THE_CLOCK

# A run that waits for its calls is woken by them; should that be lost, it looks itself after this.
LOOK_AGAIN_SECONDS = 60.0
MOST_ITEMS = 250
TURN_SECONDS = 1.0

log = structlog.stdlib.get_logger(__name__)


class LeaseLost(Exception):
    """Somebody else has the run now, or it was stopped."""


class GivenBack(Exception):
    """The run has to wait: nobody has it now."""


@task
def work(workflow_id: str) -> None:
    """Go on with the due runs of the workflow, for about a turn, and have others help if there are more of them.

    Whoever begins does the work of all wake-ups there are by now, so that those do not pile up.
    """
    end_of_turn = monotonic() + TURN_SECONDS
    forget(work, workflow_id)
    run = take(workflow_id)
    if run is not None:
        wake_for_runs(workflow_id)
    while run is not None:
        with structlog.contextvars.bound_contextvars(run_id=run.pk, event_id=run.event_id):
            _go_on(run)
        if monotonic() > end_of_turn:
            wake_for_runs(workflow_id)
            return
        run = take(workflow_id)


def _go_on(run: WorkflowRun) -> None:
    try:
        _Turn(run).go_on()
    except GivenBack:
        pass
    except LeaseLost:
        log.info("run_taken_over")


@task
def perform(target: str) -> None:
    """Make the calls that are due at the target, for about a turn, and have others help as far as it may be called."""
    end_of_turn = monotonic() + TURN_SECONDS
    forget(perform, target)
    if ledger.calls_at_once() > 1:
        wake_for_effects(target, besides=1)
    made = False
    while effects.perform_next(target, _settled) is not None:
        made = True
        if monotonic() > end_of_turn:
            wake_for_effects(target)
            return
    if made:
        _wake_for_other_parts(target)


def wake_for_effects(target: str, besides: int = 0) -> None:
    """Wake somebody if anything is due at `target`, besides this many."""
    if effects.due().filter(target=target)[besides : besides + 1].exists():
        wake(perform, target)


def _wake_for_other_parts(target: str) -> None:
    """Wake somebody for what waits at another part of whom the target is a part: until now it was too busy for that."""
    waiting = ledger.of_whole(effects.due(), target).exclude(target=target).values_list("target", flat=True).first()
    if waiting is not None:
        wake(perform, waiting)


def wake_for_runs(workflow_id: str) -> None:
    """Wake somebody if any run of the workflow is due."""
    if due_runs().filter(workflow_id=workflow_id).exists():
        wake(work, workflow_id)


def _settled(effect: Effect, due_at: datetime | None) -> None:
    """After an attempt, in its transaction: come back when the next is due, or let the run go on."""
    if due_at is not None:
        wake(perform, effect.target, delay_seconds=(due_at - timezone.now()).total_seconds())
        return
    run = effect.step_run.run
    if WorkflowRun.objects.filter(pk=run.pk, state=RunState.PENDING).update(due_at=timezone.now()):
        wake(work, run.workflow_id)


def due_runs() -> "QuerySet[WorkflowRun]":
    """Runs that are work now, the longest waiting first."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return WorkflowRun.objects.filter(free, state=RunState.PENDING, due_at__lte=now).order_by("due_at", "id")


def take(workflow_id: str) -> WorkflowRun | None:
    """Lease the run of the workflow that waits longest; None if none is due, or if as many as may are under way:
    whoever finishes one takes the next.
    """
    with transaction.atomic():
        Target.objects.select_for_update().get_or_create(name=f"workflow:{workflow_id}")
        now, of_workflow = timezone.now(), WorkflowRun.objects.filter(workflow_id=workflow_id)
        if of_workflow.filter(lease_until__gt=now).count() >= settings.WORKFLOW_RUNS_AT_ONCE:
            return None
        due = due_runs().filter(workflow_id=workflow_id)
        run = due.select_related("workflow").defer("explanation", "workflow__definition").first()
        if run is None:
            return None
        run.lease_token, run.lease_until = new_id(), now + timedelta(seconds=settings.LEASE_SECONDS)
        run.attempts += 1
        run.save(update_fields=["lease_token", "lease_until", "attempts", "updated_at"])
    return run


def _mine(run: WorkflowRun) -> "QuerySet[WorkflowRun]":
    return WorkflowRun.objects.filter(pk=run.pk, lease_token=run.lease_token, state=RunState.PENDING)


@dataclass(frozen=True)
class _Item:
    """One time a step is done: of several, the `index`-th. `value` is what it is done for."""

    index: int
    value: Any
    has_value: bool


class _Turn:
    """One turn of work on a run this process has leased."""

    def __init__(self, run: WorkflowRun) -> None:
        self.run = run
        self.entry: Entry = entry_at(run.version_id)
        self.continues = bool(self.entry.definition["continue_on_step_error"])
        self.doer = doer_of(run)
        self.lookup = Lookup()
        self.steps: list[StepRun] = []
        self.is_over = False

    def go_on(self) -> None:
        """Do what can be done now.

        Raises:
            GivenBack: the rest has to wait.
            LeaseLost: somebody else has it.
        """
        if self.run.attempts > len(settings.STEP_RETRY_SECONDS) + 1:
            self._end(RunState.ERROR, "The hub stopped in the middle of this run again and again; its log says why")
            return
        if self.run.enqueued_at is None and not is_rehearsal(self.run) and not self._still_is_to_be():
            return
        self.steps = list(self.run.steps.order_by("place"))
        for step_run in self.steps:
            if step_run.status == StepStatus.PENDING:
                self._do(step_run)
            if self.is_over:
                return
        with self._holding():  # it has no steps, or was stopped by something that is gone
            self._end_if_all_is_done()

    def _still_is_to_be(self) -> bool:
        """Whether the run is to begin, now that its delay is over; else it is cancelled."""
        workflow = self.run.workflow
        if workflow.by_hand:
            return True
        if workflow.archived_at is not None or workflow.state != WorkflowState.ACTIVE:
            self._end(RunState.CANCELLED, "The workflow was switched off before the run began")
            return False
        delay = self.entry.definition.get("delay") or {}
        applies = delay.get("conditions_apply_over_delay") and self.entry.trigger not in BY_THE_CLOCK
        if applies and delay.get("for_seconds") and not self.entry.holds(self._facts()):
            self._end(RunState.CANCELLED, "Its conditions did not hold any more when its delay was over")
            return False
        return True

    def _facts(self) -> Facts:
        incident_id = self.run.incident_id
        state = timelines([incident_id])[incident_id] if incident_id else None
        return Facts(snapshot.current(), self.lookup, timezone.now(), state, self.run.scope)

    def _do(self, step_run: StepRun) -> None:
        """Do a step, as often as there are things to do it for: afterwards it is complete, or in error."""
        step = STEPS.get(step_run.name)
        try:
            if step is None:
                raise StepFailed(f"This hub has no step {step_run.name!r}")
            if step.public and is_rehearsal(self.run):
                self._leave_out(step_run)
                return
            if step.plan is not None:
                self._call_out(step_run, step)
            else:
                self._do_here(step_run, step)
        except StepFailed as failure:
            if not failure.permanent:
                self._try_later(failure)
            self._fail(step_run, str(failure))
        except DomainError as refusal:
            self._fail(step_run, str(refusal))

    def _leave_out(self, step_run: StepRun) -> None:
        with self._holding():
            step_run.did = PUBLIC
            self._complete(step_run)

    def _do_here(self, step_run: StepRun, step: Step) -> None:
        """Do a step within the hub: each time in the transaction that notes it, the last time with that it is over."""
        items = self._items(step_run)
        for item in items[step_run.done :]:
            self._do_once(step_run, step, item, last=item.index == len(items) - 1)
        if step_run.status == StepStatus.PENDING:  # there was nothing to do it for
            with self._holding():
                self._complete(step_run)

    def _items(self, step_run: StepRun) -> list[_Item]:
        """What the step is done for; settled when it begins, so that it is not done twice for one of them."""
        definition = self._definition(step_run)
        if not definition.get("for_each"):
            return [_Item(0, None, has_value=False)]
        if step_run.items is None:
            values = for_each_values(self.entry.words, definition, self._facts()) or []
            if len(values) > MOST_ITEMS:
                raise StepFailed(f"This step would be done {len(values)} times; at most {MOST_ITEMS} are")
            step_run.items = [plain(value) for value in values]
            with self._holding():
                step_run.save(update_fields=["items", "updated_at"])
        return [_Item(index, value, has_value=True) for index, value in enumerate(step_run.items)]

    def _definition(self, step_run: StepRun) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = self.entry.definition["steps"][step_run.place]
        return definition

    def _told(self, step_run: StepRun, step: Step, item: _Item) -> tuple[Doing, Args]:
        """Who does the step once, and what it is told, as things are now."""
        definition, facts = self._with_secrets(self._definition(step_run)), self._facts()
        if item.has_value:
            facts = facts.with_given(loop_variable=item.value)
        doing = Doing(
            actor=self.doer,
            key=f"{step_run.pk}.{item.index}",
            incident_id=self.run.incident_id,
            words=facts.words,
            now=facts.now,
        )
        args = bind_step(self.entry.words, definition, step.params, facts)
        check_discreet(step.params, args, self.run.incident_id)
        return doing, args

    def _with_secrets(self, definition: Mapping[str, Any]) -> Mapping[str, Any]:
        """The definition of a step with what is hidden in it.

        Raises:
            StepFailed: it is not known.
        """
        alone = {"steps": [definition]}
        if not hides(alone):
            return definition
        whole = with_secrets(alone, self._secrets)
        if hides(whole):
            raise StepFailed(UNKNOWN)
        step: Mapping[str, Any] = whole["steps"][0]
        return step

    @cached_property
    def _secrets(self) -> Secrets:
        """What the version the run began with hides.

        Raises:
            StepFailed: for now, if no key of this installation opens it.
        """
        try:
            return secrets_of(WorkflowVersion.objects.only("secrets").get(pk=self.run.version_id))
        except UndecryptableSecret as failure:
            raise StepFailed(str(failure), permanent=False) from failure

    def _do_once(self, step_run: StepRun, step: Step, item: _Item, *, last: bool) -> None:
        doing, args = self._told(step_run, step, item)
        if step.wait is not None:
            self._wait(step_run, 0.0 if is_rehearsal(self.run) else step.wait(args), last=last)
        elif step.do is not None:
            with self._holding():
                self._note(step_run, step.do(doing, args), last=last)

    def _wait(self, step_run: StepRun, seconds: float, *, last: bool) -> None:
        """What comes next comes after this many seconds; that is all this step does."""
        with self._holding():
            self._note(step_run, f"Waited for {seconds:g} seconds", last=last)
            if self.is_over:
                return
            self._give_back(seconds, attempts=0)
            wake(work, self.run.workflow_id, delay_seconds=seconds)
        raise GivenBack

    def _call_out(self, step_run: StepRun, step: Step) -> None:
        """Write the step's calls into the ledger and let the run wait for them, or look what became of them.

        Raises:
            GivenBack: they are to be made, or are being made.
            StepFailed: they cannot be made.
        """
        if step_run.done == 0:
            self._write_calls(step_run, step)
        else:
            self._judge_calls(step_run)
        if step_run.status == StepStatus.PENDING:
            raise GivenBack

    def _write_calls(self, step_run: StepRun, step: Step) -> None:
        """Write the calls the step makes, for all it is done for. They wake the run when they are over."""
        assert step.plan is not None  # noqa: S101  it calls out
        items = self._items(step_run)
        told = [self._told(step_run, step, item) for item in items]
        planned = [(doing.key, step.plan(doing, args)) for doing, args in told]
        with self._holding():
            written: list[Effect] = []
            for key, calls in planned:
                written += effects.write(step_run, len(written), step, key, calls)
            if not written:
                self._complete(step_run)
                return
            wake_each(perform, [[target] for target in sorted({effect.target for effect in written})])
            step_run.done = len(items)
            step_run.save(update_fields=["done", "updated_at"])
            self._give_back(LOOK_AGAIN_SECONDS, attempts=0)

    def _judge_calls(self, step_run: StepRun) -> None:
        """See what became of the step's calls. The run is held meanwhile: whoever settles one waits, and wakes it."""
        with self._holding():
            verdict, why = effects.verdict(step_run)
            if verdict is Verdict.PENDING:
                self._give_back(LOOK_AGAIN_SECONDS, attempts=0)
                return
            step_run.did, step_run.delivery = effects.told(step_run), effects.delivery(step_run)
            if verdict is Verdict.DONE:
                self._complete(step_run)
            else:
                self._fail_held(step_run, why)

    def _note(self, step_run: StepRun, did: str, *, last: bool) -> None:
        """One time is done, and after the last one the step. In the transaction of what was done."""
        step_run.done += 1
        step_run.did = "\n".join(text for text in (step_run.did, did) if text)[:10_000]
        if self.run.attempts > 1:  # it gets on
            self.run.attempts = 1
            self._save(attempts=1)
        if last:
            self._complete(step_run)
        else:
            step_run.save(update_fields=["done", "did", "updated_at"])

    def _complete(self, step_run: StepRun) -> None:
        """The step is done, and if it was the last one the run, in one transaction."""
        self._keep(step_run, StepStatus.COMPLETE, "")
        self._end_if_all_is_done()

    def _fail(self, step_run: StepRun, error: str) -> None:
        with self._holding():
            self._fail_held(step_run, error)

    def _fail_held(self, step_run: StepRun, error: str) -> None:
        """The step failed, and with it the run, unless that goes on: nobody finds one without the other."""
        self._keep(step_run, StepStatus.ERROR, error[:10_000] or "It failed and did not say why")
        if self.continues:
            self._end_if_all_is_done()
        else:
            self._end(RunState.ERROR, step_run.error)

    def _end_if_all_is_done(self) -> None:
        if any(step_run.status == StepStatus.PENDING for step_run in self.steps):
            return
        failed = [step_run.error for step_run in self.steps if step_run.error]
        self._end(RunState.ERROR if failed else RunState.COMPLETE, failed[-1] if failed else "")

    def _keep(self, step_run: StepRun, status: StepStatus, error: str) -> None:
        step_run.status, step_run.completed_at, step_run.error = status, timezone.now(), error
        step_run.save(update_fields=["status", "completed_at", "error", "done", "did", "delivery", "updated_at"])

    def _try_later(self, failure: StepFailed) -> None:
        """A step that may work later is tried again, until its schedule is over."""
        schedule = settings.STEP_RETRY_SECONDS
        if self.run.attempts >= len(schedule):
            return
        spread = random.uniform(1.0, 1.2)  # noqa: S311  no secret
        pause = max(schedule[self.run.attempts] * spread, failure.wait_seconds)
        with self._holding():
            self._give_back(pause, attempts=self.run.attempts)
            wake(work, self.run.workflow_id, delay_seconds=pause)
        raise GivenBack

    def _give_back(self, pause_seconds: float, *, attempts: int) -> None:
        """Let the run be worked on after the pause."""
        due_at = timezone.now() + timedelta(seconds=pause_seconds)
        self._save(due_at=due_at, attempts=attempts, lease_token=None, lease_until=None)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """A transaction in which the run is locked.

        Raises:
            LeaseLost: it is not ours any more.
        """
        with transaction.atomic():
            if not _mine(self.run).select_for_update().exists():
                raise LeaseLost
            begun_at = self.run.enqueued_at or timezone.now()
            if self.run.enqueued_at is None:
                self._save(enqueued_at=begun_at)
            yield
        self.run.enqueued_at = begun_at

    def _save(self, **columns: Any) -> None:
        if not _mine(self.run).update(**columns, updated_at=timezone.now()):
            raise LeaseLost

    def _end(self, state: RunState, error: str) -> None:
        now = timezone.now()
        over: dict[str, Any] = {"cancelled_at": now} if state == RunState.CANCELLED else {}
        self._save(state=state, error=error, finished_at=now, lease_token=None, lease_until=None, **over)
        self.is_over = True
