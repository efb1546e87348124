"""What `workflows.py` measures; each part runs within the hub's settings, on a database of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from statistics import quantiles
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.servers import ROOT, cpu_seconds
from catalog import snapshot
from catalog.models import FieldType
from catalog.snapshot import Snapshot
from events.actors import Actor
from events.models import Event, Position
from events.record import state_of
from events.tasks import dispatch, position_events
from incidentio.core import sql
from incidentio.core.engine import wake, wake_each
from incidentio.core.ids import new_id
from incidents.declare import Report, declare
from incidents.models import Incident
from tests.workflows.asking import NOTE, on
from tests.workflows.writing import asking
from workflows.evaluation import BATCH, evaluate
from workflows.health import worker_is_well
from workflows.models import Cursor, RunState, StepRun, Workflow, WorkflowRun
from workflows.working import work

INCIDENTS, EVENTS_EACH = 2_000, 5
WORKFLOWS, NAMES = 200, 150
DELAYED, DELAY_SECONDS = 10_000, 3_600
DECLARES, DECLARES_A_SECOND = 200, 5
MOST_STATEMENTS = 20
TRIGGERS = (
    "incident.created", "incident.updated", "incident.status-changed", "incident.severity-changed",
    "incident.update_shared", "incident.role_assigned", "incident.custom_field_changed", "incident.timestamp_set",
    "action.created", "follow_up.created",
)  # fmt: skip
FIRST = "First step"


# ---- filling


def fill() -> None:
    """Workflows that are switched on, and after them 10,000 events without a position, of 2,000 incidents."""
    random, words = Random(1), snapshot.current()
    for place in range(WORKFLOWS):
        groups = [{"conditions": _conditions(random, words)}]
        said = {"name": f"Workflow {place}", "runs_on_incidents": "newly_created_and_active"}
        on(TRIGGERS[place % len(TRIGGERS)], steps=[NOTE], condition_groups=groups, **said)
    while position_events():
        pass
    Cursor.objects.update(position=Position.objects.get().last)
    incidents, events = [], []
    for number in range(INCIDENTS):
        incident, told = _incident(random, words, number)
        incidents.append(state_of(incident))
        events += [state_of(event) for event in told]
    for start in range(0, len(incidents), BATCH):
        sql.insert(Incident, incidents[start : start + BATCH])
    for start in range(0, len(events), BATCH):
        sql.insert(Event, events[start : start + BATCH])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _conditions(random: Random, words: Snapshot) -> list[dict[str, Any]]:
    """Five conditions, which about one event in ten thousand meets."""
    field = _field(words)
    options = [option.id for option in words.options_of[field]]
    kinds = [
        asking("incident.severity", "one_of", random.choice(list(words.severities))),
        asking(f'incident.custom_field["{field}"]', "one_of", random.choice(options)),
        asking("incident.name", "contains", f"service {random.randrange(NAMES)} ", many=False),
        asking("incident.visibility", "one_of", "public"),
        asking("incident.status.category", "one_of", "triage", "active"),
    ]
    return random.sample(kinds, len(kinds))


def _field(words: Snapshot) -> str:
    return next(pk for pk, field in words.fields.items() if field.field_type == FieldType.SINGLE_SELECT)


def _incident(random: Random, words: Snapshot, number: int) -> tuple[Incident, list[Event]]:
    """An incident that was declared and changed four times, in what workflows wait for."""
    now = timezone.now()
    status = next(row for row in words.statuses.values() if row.category == "triage")
    incident = Incident(
        id=new_id(),
        number=1_000_000 + number,
        name=f"service {random.randrange(NAMES)} is slow",
        visibility="public",
        incident_status_id=status.id,
        severity_id=random.choice(list(words.severities)),
        incident_type_id=words.default_type.id if words.default_type else None,
        creator_kind=Actor.system().kind,
        version=EVENTS_EACH,
        created_at=now,
        updated_at=now,
        last_activity_at=now,
    )
    state = {name: [None, value] for name, value in state_of(incident).items() if isinstance(value, str) and value}
    state["created_at"] = [None, now.isoformat()]
    field = f"custom_field_entries.{_field(words)}"
    options = [option.id for option in words.options_of[_field(words)]]
    state[field] = [None, [random.choice(options)]]
    severity = incident.severity_id
    moves: list[dict[str, Any]] = [
        {"severity_id": [severity, severity]},
        {field: [None, [random.choice(options)]]},
        {"summary": [None, "We know more"]},
        {"name": [incident.name, incident.name]},
    ]
    told = [_event(incident, "incident.created", 1, state, now)]
    told += [_event(incident, "incident.updated", 2 + place, move, now) for place, move in enumerate(moves)]
    return incident, told


def _event(incident: Incident, type: str, number: int, changes: dict[str, Any], now: datetime) -> Event:
    return Event(
        type=type,
        subject_type="incident",
        subject_id=incident.id,
        number=number,
        incident_id=incident.id,
        actor_kind=Actor.system().kind,
        changes=changes,
        created_at=now,
    )


# ---- measuring


@contextmanager
def _counting(counts: list[int]) -> Iterator[None]:
    """Append how many statements the block sends."""
    sent = 0

    def count(execute: Any, *rest: Any) -> Any:
        nonlocal sent
        sent += 1
        return execute(*rest)

    with connection.execute_wrapper(count):
        yield
    counts.append(sent)


def ask() -> None:
    """Position the events and ask the workflows about them in this process."""
    while position_events():
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((backend,),) = cursor.fetchall()
    events, counts = 0, list[int]()
    started, own, theirs = time.monotonic(), time.process_time(), cpu_seconds(backend)
    while True:
        with _counting(counts):
            asked = evaluate()
        if not asked:
            break
        events += asked
    seconds, own, theirs = time.monotonic() - started, time.process_time() - own, cpu_seconds(backend) - theirs
    matched = WorkflowRun.objects.values("event_id").distinct().count()
    print(f"{WORKFLOWS} workflows of 5 conditions on {len(TRIGGERS)} triggers; {matched} of {events:,} events matched")
    print(f"asking: {events / seconds:,.0f} events/s; CPU an event: {_us(own, events)}, database {_us(theirs, events)}")
    first, *others = counts[:-1]
    print(f"statements for a batch of {BATCH} events: {min(others)} to {max(others)}, of the first batch {first}")
    assert max(others) <= MOST_STATEMENTS, others


def _us(seconds: float, events: int) -> str:
    return f"{seconds / events * 1e6:.0f} us"


def empty() -> None:
    """Let two workers do all of it: positions, asking, and the steps of what matched."""
    with _workers():
        started = time.monotonic()
        wake(dispatch)
        while not _is_quiet():
            time.sleep(0.05)
        seconds = time.monotonic() - started
    states = dict(WorkflowRun.objects.order_by().values_list("state").distinct().values_list("state", "state"))
    runs = WorkflowRun.objects.count()
    print(f"two workers: quiet after {seconds:.1f} s ({runs} runs of one step, {', '.join(states)})", flush=True)


def hurry() -> None:
    """Declare while delayed runs wait: how soon is the first step done?"""
    Workflow.objects.update(state="disabled")
    on("incident.created", name=FIRST, steps=[NOTE])
    _delay(Workflow.objects.get(name=FIRST))
    committed: dict[str, datetime] = {}
    with _workers():
        for number in range(DECLARES):
            due = time.monotonic() + 1 / DECLARES_A_SECOND
            said = Report(idempotency_key=f"late-{number}", visibility="public", name="Checkout is down")
            made = declare(Actor.system(), said, snapshot.current())
            committed[made.incident_id] = timezone.now()
            time.sleep(max(0.0, due - time.monotonic()))
        while not _is_quiet():
            time.sleep(0.05)
    done = dict(StepRun.objects.filter(run__incident__in=committed).values_list("run__incident", "completed_at"))
    waits = sorted((done[pk] - moment).total_seconds() for pk, moment in committed.items())
    steps = quantiles(waits, n=100)
    waiting = WorkflowRun.objects.filter(state=RunState.PENDING).count()
    print(f"{waiting:,} delayed runs wait; {DECLARES} declares, {DECLARES_A_SECOND} a second")
    print(f"commit to the end of the first step: p50 {steps[49]:.2f} s, p95 {steps[94]:.2f} s, worst {waits[-1]:.2f} s")


def _delay(workflow: Workflow) -> None:
    """Runs that begin in an hour, each with a wake-up of its own."""
    due_at, version = timezone.now() + timedelta(seconds=DELAY_SECONDS), workflow.versions.get()
    incidents = list(Incident.objects.values_list("pk", flat=True)[:INCIDENTS])
    runs = [
        WorkflowRun(
            workflow=workflow,
            version=version,
            incident_id=incidents[number % len(incidents)],
            scheduled_at=due_at,
            due_at=due_at,
        )
        for number in range(DELAYED)
    ]
    WorkflowRun.objects.bulk_create(runs, batch_size=BATCH)
    wake_each(work, [[workflow.pk]] * DELAYED, DELAY_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _is_quiet() -> bool:
    last = Event.objects.order_by("-position").values_list("position", flat=True).first()
    due = WorkflowRun.objects.filter(state=RunState.PENDING, due_at__lte=timezone.now())
    asked = Cursor.objects.get().position >= (last or 0)
    return asked and not Event.objects.filter(position=None).exists() and not due.exists()


@contextmanager
def _workers() -> Iterator[None]:
    """`manage.py worker`, there and well while the block runs."""
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT)
    try:
        while not worker_is_well():
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
