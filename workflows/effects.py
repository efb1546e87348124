"""The calls that steps make: written into the ledger with their step, tried until they are over, judged by people."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Any

import structlog
from django.db import models, transaction
from django.utils import timezone

from events.actors import Actor
from events.record import record
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Conflict
from integrations.base import Attempt, Call, Outcome, Repeat, Sent, Step, StepFailed
from workflows import ledger
from workflows.models import CallState, Effect, StepRun
from workflows.registry import STEPS

SUBJECT = "effect"
LONGEST_NAME = 100
OVER = (CallState.NOT_DONE, CallState.UNKNOWN)


class Verdict(StrEnum):
    """What became of all the calls of a step."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


def write(step_run: StepRun, first_place: int, step: Step, doing_key: str, calls: Sequence[Call]) -> list[Effect]:
    """Write down the calls of one doing of a step, in the caller's transaction. `first_place` is how many calls the
    step has already; the key of a call is the same whenever it is written.
    """
    due_at = timezone.now() + timedelta(seconds=ledger.schedule_of(Effect)[0])
    effects = [
        Effect(
            step_run=step_run,
            place=first_place + index,
            key=_short(f"{doing_key}.{index}".replace(".", "_")),  # a webhook-id has no dots
            target=_short(call.target),
            request_body=call.body,
            request_digest=hashlib.sha256(call.body.encode()).hexdigest(),
            sealed=json.dumps(call.sealed) if call.sealed else "",
            step_name=step.name,
            repeats=step.repeats,
            due_at=due_at,
        )
        for index, call in enumerate(calls)
    ]
    Effect.objects.bulk_create(effects)
    return effects


def due() -> "models.QuerySet[Effect]":
    """Calls that are work now, the longest waiting first."""
    return ledger.due(Effect.objects.all())


def perform_next(target: str, settled: Callable[[Effect, datetime | None], None]) -> Effect | None:
    """Make the next call that is due at `target`, with no transaction open; None if there is none to make now.

    `settled` is told of each call that was settled, in the transaction that did, with when it is due again; None: it is
    over, because of this attempt or because whoever made the last one never came back.
    """
    calls = Effect.objects.select_related("step_run__run").defer("step_run__run__explanation", "step_run__run__scope")
    effect = ledger.take(calls, target, ended=lambda lost: settled(lost, None))
    if effect is None:
        return None
    with structlog.contextvars.bound_contextvars(run_id=effect.step_run.run_id, effect_id=effect.pk):
        result = attempt(effect)
    with transaction.atomic():
        besides = {"detail": result.detail} if result.detail is not None else {}
        due_at = ledger.settle(effect, result, **besides)
        if effect.lease_token is None:  # else somebody took it over, and tells
            settled(effect, due_at)
    return effect


def attempt(effect: Effect) -> Attempt:
    """Make the call once. Where the step can look for its earlier effect and an attempt may have arrived, it looks."""
    step = STEPS.get(effect.step_name)
    if step is None or step.make is None:
        return Attempt(Outcome.REFUSED, f"This hub cannot do the step {effect.step_name!r}")
    try:
        sealed = json.loads(effect.sealed) if effect.sealed else {}
        return _found_or_made(step, effect, sealed)
    except UndecryptableSecret as failure:
        return Attempt(Outcome.FAILED, str(failure))
    except StepFailed as failure:
        outcome = Outcome.REFUSED if failure.permanent else Outcome.FAILED
        return Attempt(outcome, str(failure), wait_seconds=failure.wait_seconds)


def _found_or_made(step: Step, effect: Effect, sealed: dict[str, Any]) -> Attempt:
    assert step.make is not None  # noqa: S101  the caller looked
    seconds, started = ledger.call_seconds(), monotonic()
    if effect.repeats == Repeat.LOOKUP and step.find is not None and may_have_arrived(effect):
        found = step.find(Sent(effect.key, effect.request_body, sealed, seconds / 2))
        if found is not None:
            return found
        seconds -= monotonic() - started
    return step.make(Sent(effect.key, effect.request_body, sealed, seconds))


def may_have_arrived(effect: Effect) -> bool:
    """Whether an attempt ended so that nobody knows."""
    return any(entry["outcome"] == Outcome.UNKNOWN for entry in effect.log)


def verdict(step_run: StepRun) -> tuple[Verdict, str]:
    """What became of the calls of a step, and why, where it is not well."""
    effects = list(_of(step_run))
    states = {effect.state for effect in effects}
    if CallState.PENDING in states:
        return Verdict.PENDING, ""
    bad = [_why(effect) for effect in effects if effect.state in OVER]
    why = "\n".join(dict.fromkeys(bad))
    if CallState.NOT_DONE in states:
        return Verdict.FAILED, why
    return (Verdict.UNKNOWN, why) if bad else (Verdict.DONE, "")


def told(step_run: StepRun) -> str:
    """What the calls of a step did, for people: what the `detail` of those that arrived calls `did`."""
    done = [effect.detail or {} for effect in _of(step_run) if effect.state == CallState.DONE]
    return "\n".join(dict.fromkeys(line for detail in done for line in detail.get("did", "").splitlines()))


def delivery(step_run: StepRun) -> Any:
    """What became of the last call of a step that calls a webhook, in the words of the wire; None of other steps."""
    tried = [effect.detail for effect in _of(step_run) if effect.detail is not None and "delivery" in effect.detail]
    return tried[-1]["delivery"] if tried else None


def send_again(actor: Actor, effect: Effect) -> None:
    """Make a call again that did not arrive, or of which nobody knows: now, and as often as a new one. In a transaction
    of the caller's, who has locked the target; waking somebody is the caller's, too.

    Raises:
        Conflict: it is being made this moment, is under way, or arrived.
    """
    ledger.release(effect.target)
    _judge(actor, effect, "redriven", state=CallState.PENDING, attempts=0, due_at=timezone.now())


def call_it_done(actor: Actor, effect: Effect) -> None:
    """Take a person's word that a call arrived. In a transaction of the caller's, who has locked the target.

    Raises:
        Conflict: it is being made this moment, is under way, or is known to have arrived.
    """
    _judge(actor, effect, "settled", state=CallState.DONE)


def _judge(actor: Actor, effect: Effect, verb: str, **columns: Any) -> None:
    effect.refresh_from_db(from_queryset=Effect.objects.select_for_update())
    if effect.lease_until is not None and effect.lease_until > timezone.now():
        raise Conflict("being_made", "This call is being made this moment; look again in a few seconds")
    if effect.state not in OVER:
        label = CallState(effect.state).label.lower()
        raise Conflict(
            "wrong_state", f"Only a call that failed, or of which nobody knows, can be judged: it is {label}"
        )
    before = effect.state
    for name, value in columns.items():
        setattr(effect, name, value)
    effect.save(update_fields=[*columns, "updated_at"])
    record(actor, f"{SUBJECT}.{verb}", SUBJECT, effect.pk, {"state": [before, effect.state]})


def _of(step_run: StepRun) -> "models.QuerySet[Effect]":
    return Effect.objects.filter(step_run=step_run).order_by("place").defer("request_body", "sealed")


def _why(effect: Effect) -> str:
    said = effect.log[-1].get("error", "") if effect.log else ""
    return said or CallState(effect.state).label


def _short(name: str) -> str:
    """`name` as its column holds it, the same whenever it is shortened."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:60]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"
