"""The calls of steps: written once, made until they are over, judged by people."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from events.models import Event
from incidentio.core import engine
from incidentio.core.errors import Conflict
from incidents.models import Incident
from integrations.base import Args, Attempt, Call, Doing, Outcome, Repeat, Sent, Step, StepFailed
from tests.mailbox import serving
from tests.receiver import Receiver, answer, reset_in_mid_answer
from tests.workflows.steps.doing import doing
from tests.workflows.writing import run_of, written
from workflows import effects, working
from workflows.effects import Verdict
from workflows.models import CallState, Effect, StepRun, Target
from workflows.registry import STEPS

Settled = list[tuple[str, datetime | None]]


@pytest.fixture
def step_run(declare: Callable[..., Incident]) -> StepRun:
    """A step of a run that is under way."""
    return run_of(written(), declare()).steps.get(place=1)


class Tool:
    """A tool of another company's: what it answers, and what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[Attempt | StepFailed] = []
        self.finds: list[Attempt | None] = []
        self.seconds: list[float] = []

    def plan(self, doing: Doing, args: Args) -> list[Call]:
        return [Call("tool", body="hello", sealed={"token": "hunter2"})]

    def make(self, sent: Sent) -> Attempt:
        assert not connection.in_atomic_block or connection.savepoint_ids == []
        self.asked.append(f"make {sent.body} {sent.sealed['token']}")
        self.seconds.append(sent.seconds)
        said = self.answers.pop(0) if self.answers else Attempt(Outcome.DONE, remote_id="4711")
        if isinstance(said, StepFailed):
            raise said
        return said

    def find(self, sent: Sent) -> Attempt | None:
        self.asked.append(f"find {sent.key}")
        self.seconds.append(sent.seconds)
        return self.finds.pop(0) if self.finds else None


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Callable[[Repeat], Tool]:
    """`tool(Repeat.ASK)`: a tool that hubs repeat calls to in this way."""

    def make(repeats: Repeat) -> Tool:
        tool = Tool()
        step = Step("tool.say", "Say", (), plan=tool.plan, make=tool.make, find=tool.find, repeats=repeats)
        monkeypatch.setitem(STEPS, step.name, step)
        return tool

    return make


def write(step_run: StepRun, name: str = "tool.say", first: int = 0, key: str = "step.0", **args: Any) -> list[Effect]:
    step = STEPS[name]
    assert step.plan is not None
    calls = step.plan(doing(step_run.run.incident, key), args)
    with transaction.atomic():
        return effects.write(step_run, first, step, key, calls)


def perform(target: str) -> Settled:
    """Make all calls that are due at a target, as if their time had come; what was told of them."""
    told: Settled = []
    Effect.objects.update(due_at=timezone.now())
    Target.objects.update(held_until=None)
    while effects.perform_next(target, lambda effect, due_at: told.append((effect.state, due_at))) is not None:
        pass
    return told


def only() -> Effect:
    return Effect.objects.get()


def test_a_call_is_written_before_it_is_made(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.ASK)
    (effect,) = write(step_run)
    row = only()
    assert (row.pk, row.state, row.repeats) == (effect.pk, CallState.PENDING, Repeat.ASK)
    assert (row.key, row.target, row.request_body) == ("step_0_0", "tool", "hello")
    assert json.loads(row.sealed) == {"token": "hunter2"}
    assert "hunter2" not in json.dumps(list(Effect.objects.values()), default=str)


def test_keys_stay_and_long_names_fit(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.ASK)
    long = "k" * 300
    keys = [write(step_run, first=place, key=key)[0].key for place, key in enumerate(["a.1", long, long + "1", long])]
    assert keys[0] == "a_1_0"
    assert keys[1] == keys[3] != keys[2]
    assert all(len(key) <= 100 for key in keys)


def test_a_call_is_made_outside_transactions_and_told_of(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    there = tool(Repeat.HANDLE)
    write(step_run)
    assert perform("tool") == [(CallState.DONE, None)]
    assert there.asked == ["make hello hunter2"]
    assert only().remote_id == "4711"
    assert effects.verdict(step_run) == (Verdict.DONE, "")


def test_what_failed_is_tried_again_by_the_schedule_of_steps(
    step_run: StepRun, tool: Callable[[Repeat], Tool], settings: Any
) -> None:
    settings.STEP_RETRY_SECONDS = [0.0, 20.0]
    there = tool(Repeat.HANDLE)
    there.answers = [Attempt(Outcome.FAILED, "busy")] * 2
    write(step_run)
    ((state, due_at),) = perform("tool")
    assert state == CallState.PENDING
    assert due_at is not None
    assert timedelta(seconds=18) < due_at - timezone.now() < timedelta(seconds=25)
    assert effects.verdict(step_run) == (Verdict.PENDING, "")
    assert perform("tool") == [(CallState.NOT_DONE, None)]
    assert effects.verdict(step_run) == (Verdict.FAILED, "busy")


def test_the_other_side_is_left_alone_as_long_as_it_asks(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.HANDLE).answers = [StepFailed("slow down", permanent=False, wait_seconds=90)]
    write(step_run)
    ((_, due_at),) = perform("tool")
    assert due_at is not None
    assert due_at - timezone.now() > timedelta(seconds=80)


def test_what_cannot_be_done_is_over_at_once(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.HANDLE).answers = [StepFailed("no such channel")]
    write(step_run)
    assert perform("tool") == [(CallState.NOT_DONE, None)]
    assert effects.verdict(step_run) == (Verdict.FAILED, "no such channel")


def test_a_person_is_asked_where_nothing_else_helps(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.ASK).answers = [Attempt(Outcome.UNKNOWN, "lost")]
    write(step_run)
    assert perform("tool") == [(CallState.UNKNOWN, None)]
    assert effects.verdict(step_run) == (Verdict.UNKNOWN, "lost")


def test_of_a_call_whose_worker_died_a_person_is_told(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    there = tool(Repeat.ASK)
    write(step_run)
    died(only())
    assert perform("tool") == [(CallState.UNKNOWN, None)]
    assert there.asked == []


def died(effect: Effect) -> None:
    """Somebody took the call and never came back."""
    Effect.objects.filter(pk=effect.pk).update(lease_token=effect.pk, lease_until=timezone.now(), attempts=1)


def test_an_earlier_effect_is_looked_for_before_the_call_is_made_again(
    step_run: StepRun, tool: Callable[[Repeat], Tool]
) -> None:
    there = tool(Repeat.LOOKUP)
    there.answers = [Attempt(Outcome.UNKNOWN, "lost")]
    there.finds = [None, Attempt(Outcome.DONE, remote_id="4712")]
    write(step_run)
    perform("tool")
    there.answers = [Attempt(Outcome.UNKNOWN, "lost again")]
    perform("tool")
    perform("tool")
    assert [asked.split()[0] for asked in there.asked] == ["make", "find", "make", "find"]
    assert (only().state, only().remote_id) == (CallState.DONE, "4712")


def test_looking_and_making_take_no_longer_than_one_call(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    there = tool(Repeat.LOOKUP)
    write(step_run)
    died(only())
    perform("tool")
    looking, making = there.seconds
    assert looking < making <= 2 * looking


def test_what_surely_failed_is_not_looked_for(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    there = tool(Repeat.LOOKUP)
    there.answers = [Attempt(Outcome.FAILED, "busy")]
    write(step_run)
    perform("tool")
    perform("tool")
    assert [asked.split()[0] for asked in there.asked] == ["make", "make"]


def test_a_lost_encryption_key_is_waited_for(step_run: StepRun, tool: Callable[[Repeat], Tool], settings: Any) -> None:
    there, with_key = tool(Repeat.ASK), settings.ENCRYPTION_KEYS
    write(step_run)
    settings.ENCRYPTION_KEYS = ["MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="]
    ((state, due_at),) = perform("tool")
    assert (state, due_at is None, there.asked) == (CallState.PENDING, False, [])
    settings.ENCRYPTION_KEYS = with_key
    assert perform("tool") == [(CallState.DONE, None)]


def test_a_step_this_hub_has_not_is_not_made(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.ASK)
    write(step_run)
    Effect.objects.update(step_name="tool.sing")
    assert perform("tool") == [(CallState.NOT_DONE, None)]


def test_what_was_told_is_rolled_back_with_what_it_tells_of(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    tool(Repeat.HANDLE)
    write(step_run)

    def fail(effect: Effect, due_at: datetime | None) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        effects.perform_next("tool", fail)
    assert (only().state, only().lease_token is None) == (CallState.PENDING, False)


def test_who_comes_back_too_late_tells_nothing(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> None:
    there, told = tool(Repeat.HANDLE), list[str]()
    write(step_run)

    def taken_over(sent: Sent) -> Attempt:
        Effect.objects.update(lease_token=step_run.pk)
        return Attempt(Outcome.DONE)

    step = STEPS["tool.say"]
    STEPS["tool.say"] = Step(step.name, step.label, (), plan=there.plan, make=taken_over)
    assert effects.perform_next("tool", lambda effect, due_at: told.append(effect.state)) is not None
    assert (told, only().state) == ([], CallState.PENDING)


def test_one_letter_that_is_refused_does_not_stop_the_others(step_run: StepRun, settings: Any) -> None:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        mailbox.refused["eve@example.com"] = "550 No such user"
        write(step_run, "email.send", recipients=["eve@example.com", "desk@example.com"], subject="Down", body="")
        assert [state for state, _ in perform("smtp")] == [CallState.NOT_DONE, CallState.DONE]
    assert mailbox.recipients == ["desk@example.com"]
    assert effects.verdict(step_run) == (Verdict.FAILED, "eve@example.com: 550 No such user")
    assert effects.told(step_run) == "Wrote to desk@example.com"
    assert effects.delivery(step_run) is None


def test_a_letter_is_not_sent_twice_without_a_person(step_run: StepRun, settings: Any) -> None:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        mailbox.answers = ["451 Try later", None]
        write(step_run, "email.send", recipients=["desk@example.com"], subject="Down", body="")
        states = [state for _ in range(3) for state, _ in perform("smtp")]
    assert states == [CallState.PENDING, CallState.UNKNOWN]


def test_a_webhook_is_repeated_under_one_id(step_run: StepRun, receiver: Receiver) -> None:
    receiver.script = [answer(500), reset_in_mid_answer]
    (effect,) = write(step_run, "webhook.send", endpoint=receiver.url)
    for _ in range(3):
        perform(effect.target)
    assert {arrival.message_id for arrival in receiver.arrivals} == {"step_0_0"}
    assert len({arrival.body for arrival in receiver.arrivals}) == 1
    assert [entry["outcome"] for entry in only().log] == ["failed", "unknown", "done"]
    assert effects.delivery(step_run)["outcome"] == "success"
    assert effects.told(step_run) == f"Sent a webhook to {receiver.url.removesuffix('/hooks')}"


@pytest.fixture
def failed(step_run: StepRun, tool: Callable[[Repeat], Tool]) -> Effect:
    """A call of which nobody knows."""
    tool(Repeat.ASK).answers = [Attempt(Outcome.UNKNOWN, "lost")]
    write(step_run)
    perform("tool")
    return only()


def test_a_person_has_it_made_again(failed: Effect, omar: User) -> None:
    effects.send_again(omar.actor, failed)
    assert (only().state, only().attempts) == (CallState.PENDING, 0)
    event = Event.objects.get(type="effect.redriven")
    assert (event.subject_id, event.actor_id) == (failed.pk, omar.pk)
    assert event.changes == {"state": ["unknown", "pending"]}
    assert perform("tool") == [(CallState.DONE, None)]


def test_a_person_says_it_arrived(failed: Effect, omar: User) -> None:
    effects.call_it_done(omar.actor, failed)
    assert effects.verdict(failed.step_run) == (Verdict.DONE, "")
    assert Event.objects.get(type="effect.settled").changes == {"state": ["unknown", "done"]}


@pytest.mark.parametrize("verb", [effects.send_again, effects.call_it_done])
@pytest.mark.parametrize("state", [CallState.PENDING, CallState.DONE])
def test_what_is_under_way_or_done_is_not_judged(failed: Effect, omar: User, verb: Any, state: CallState) -> None:
    Effect.objects.update(state=state)
    with pytest.raises(Conflict):
        verb(omar.actor, failed)
    assert not Event.objects.filter(subject_type="effect").exists()


@pytest.mark.parametrize("verb", [effects.send_again, effects.call_it_done])
def test_what_is_being_made_is_not_judged(failed: Effect, omar: User, verb: Any) -> None:
    Effect.objects.update(lease_until=timezone.now() + timedelta(seconds=30))
    with pytest.raises(Conflict, match="being made this moment"):
        verb(omar.actor, failed)


def test_a_step_without_calls_is_done(step_run: StepRun) -> None:
    assert effects.verdict(step_run) == (Verdict.DONE, "")
    assert effects.told(step_run) == ""


def test_whoever_makes_a_call_wakes_for_other_parts_that_waited(
    step_run: StepRun, tool: Callable[[Repeat], Tool]
) -> None:
    tool(Repeat.HANDLE)
    for place, target in enumerate(("tool#a", "tool#b", "toolbox#c")):
        (effect,) = write(step_run, first=place, key=f"step.{place}")
        Effect.objects.filter(pk=effect.pk).update(target=target, due_at=timezone.now())
    working.perform.func("tool#nobody")
    assert engine.waiting(working.perform) == []
    working.perform.func("tool#a")
    assert engine.waiting(working.perform) == [["tool#b"]]
