"""Workers and web processes killed with -9 while workflows run: nothing is lost, nothing is done twice, and what nobody
can know is said to be unknown.
"""

import hashlib
import json
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.db.models import Count

from events.models import Event
from incidents.models import Action, Incident
from tests.chaos.callers import Callers, web
from tests.chaos.workers import murder, wait_until, workers
from tests.conftest import SYSTEM, ApiClient
from tests.processes import free_port
from tests.receiver import Behaviour, Receiver, answer, receiving, reset_in_mid_answer, silence
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import step
from workflows.health import worker_is_well
from workflows.models import CallState, Cursor, Effect, RunState, StepStatus, WorkflowRun
from workflows.runs import call_it_done, redrive

RUNS = int(os.environ.get("CHAOS_RUNS", "20"))
ROUNDS = max(1, RUNS // 25)
LONGEST_LIFE_SECONDS = 2 + RUNS / 200
LONGEST_WAIT_SECONDS = 120 + 2 * RUNS
QUICK = {"LEASE_SECONDS": "1.5", "SWEEP_SECONDS": "0.5", "STEP_RETRY_SECONDS": "0,0.3,0.5,0.5,1,1,1,1,1,1,1,1,1,1"}
MAIL_ADDRESS = "stakeholders@example.com"


class Moody(Receiver):
    """Does what each key asks once, and says so well, badly, late or not at all."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()  # how often the work of a key was done: once, whatever is repeated
        self.told: Counter[str] = Counter()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["content-length"] or 0)
        if len(handler.rfile.read(length)) < length:
            return
        key = handler.headers["webhook-id"]
        mood, behave = self._mood()
        with self._lock:
            self.told[mood] += 1
            if mood not in ("500", "429") and key not in self.done:
                self.done[key] += 1
        behave(handler)

    def _mood(self) -> tuple[str, Behaviour]:
        with self._lock:
            dice = self._chance.random()
        moods: list[tuple[float, str, Behaviour]] = [
            (0.06, "500", answer(500)),
            (0.12, "429", answer(429, retry_after="1")),
            (0.15, "hangs", silence),
            (0.21, "closes in mid-body", reset_in_mid_answer),
        ]
        return next(((mood, behave) for below, mood, behave in moods if dice < below), ("200", answer(200)))


class MoodyMail:
    """Takes mail, and sometimes hangs up in the middle, before or after it has kept the message."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.is_well = False
        self.kept: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.content.decode()
        key = next(line for line in content.splitlines() if line.startswith("Message-ID:")).partition(" ")[2]
        dice = 1.0 if self.is_well else self._chance.random()
        if dice < 0.05:
            server.transport.abort()
            return ""
        self.kept[key] += 1
        if dice < 0.1:
            server.transport.abort()
        return "250 OK"


def message_id(effect: Effect) -> str:
    """What the mail of a call is known by."""
    return f"<{hashlib.sha256(effect.key.encode()).hexdigest()[:40]}@example.com>"


@contextmanager
def mail_server(chance: random.Random) -> Iterator[tuple[MoodyMail, str]]:
    """A mail server on loopback, and its EMAIL_URL."""
    handler, port = MoodyMail(chance), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def all_quiet() -> bool:
    """Whether every event was looked at and every run is over."""
    last = Event.objects.order_by("-position").values_list("position", flat=True).first()
    asked = Cursor.objects.values_list("position", flat=True).first()
    waiting = Event.objects.filter(position=None).exists() or last != asked
    return not waiting and not WorkflowRun.objects.filter(state=RunState.PENDING).exists()


def wait_until_quiet() -> None:
    wait_until(all_quiet, "every run to be over", LONGEST_WAIT_SECONDS)


def write_the_workflow(url: str) -> None:
    """A step in the hub, a call and a mail for each incident."""
    call = step("webhook.send", {"value": {"literal": url}}, {}, {}, {"value": {"literal": "{}"}}, id="call")
    write = step(
        "email.send",
        {"array_value": [{"literal": MAIL_ADDRESS}]},
        {"value": {"literal": "{{ incident.reference }}"}},
        {"value": {"literal": "{{ incident.name }}"}},
        id="write",
    )
    on("incident.created", steps=[NOTE, call, write])


def check_once(callers: Callers) -> None:
    """Each incident that was answered is there, once, with one run and one action."""
    declared = Incident.objects.values_list("pk", flat=True)
    assert len(declared) == RUNS
    assert set(callers.answered) == set(declared)
    for rows in (WorkflowRun.objects, Action.objects):
        per_incident = rows.order_by().values_list("incident_id").annotate(Count("pk"))
        assert dict(per_incident) == dict.fromkeys(declared, 1)


def check_webhooks(receiver: Moody) -> None:
    """Each was done once by its key, and is known to be done."""
    calls = dict(Effect.objects.filter(step_name="webhook.send").values_list("key", "state"))
    assert len(calls) == RUNS
    assert set(calls.values()) == {CallState.DONE}
    assert receiver.done == dict.fromkeys(calls, 1)


def check_mails(mail: MoodyMail) -> None:
    """Each was sent once at most. Where nobody can know, the run stopped and says so; all else arrived."""
    effects = Effect.objects.filter(step_name="email.send").select_related("step_run__run")
    assert effects.count() == RUNS
    assert set(mail.kept.values()) <= {1}
    for effect in effects:
        run = effect.step_run.run
        if effect.state == CallState.DONE:
            assert message_id(effect) in mail.kept
            assert run.state == RunState.COMPLETE
        else:
            assert effect.state == CallState.UNKNOWN
            assert (effect.step_run.status, run.state) == (StepStatus.ERROR, RunState.ERROR)
            assert run.error


def settle_the_unknown(mail: MoodyMail) -> None:
    """A person sends every other mail again that nobody knows of, and says of the rest that they arrived."""
    mail.is_well = True
    for place, effect in enumerate(Effect.objects.filter(state=CallState.UNKNOWN)):
        (redrive if place % 2 else call_it_done)(SYSTEM, effect)
    wait_until_quiet()


def table(receiver: Moody, mail: MoodyMail, killed: Counter[str], repeated: int) -> str:
    """What happened, to be read."""
    effects = Counter(Effect.objects.values_list("step_name", "state"))
    rows = {
        "incidents declared, each with one run and one action": Incident.objects.count(),
        "declares repeated for want of an answer": repeated,
        "runs by state": dict(Counter(WorkflowRun.objects.values_list("state", flat=True))),
        "killed with -9": dict(killed),
        "what the receiver did": dict(receiver.told),
        "calls by outcome": {f"{name} {state}": count for (name, state), count in sorted(effects.items())},
        "calls that took more than one attempt": Effect.objects.filter(attempts__gt=1).count(),
        "webhooks lost": Effect.objects.filter(step_name="webhook.send").exclude(key__in=receiver.done).count(),
        "webhooks done twice": sum(count > 1 for count in receiver.done.values()),
        "messages the mail server kept": sum(mail.kept.values()),
        "messages kept twice": sum(count > 1 for count in mail.kept.values()),
    }
    said = {name: value if isinstance(value, int) else json.dumps(value)[1:-1] for name, value in rows.items()}
    return "\n".join(f"| {name} | {value} |" for name, value in said.items())


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_nor_doubled(api: Callable[..., ApiClient]) -> None:
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(1_000_000)))
    print(f"CHAOS_SEED={seed}")
    chance, receiver = random.Random(seed), Moody(random.Random(seed + 1))
    with mail_server(random.Random(seed + 2)) as (mail, email_url), receiving(receiver):
        write_the_workflow(receiver.url)
        token = api("incident_creator").token or ""
        with workers(**QUICK, EMAIL_URL=email_url, EMAIL_FROM="hub@example.com") as group, web() as server:
            wait_until(worker_is_well, "the workers to start")
            callers = Callers(server.port, token)
            with murder(group, chance, LONGEST_LIFE_SECONDS, ROUNDS):
                with murder(server, random.Random(seed + 3), LONGEST_LIFE_SECONDS, ROUNDS):
                    callers.declare(RUNS)
                wait_until_quiet()
            print("\n" + table(receiver, mail, group.killed + server.killed, callers.repeated))
            check_once(callers)
            check_webhooks(receiver)
            check_mails(mail)
            settle_the_unknown(mail)
            assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}
