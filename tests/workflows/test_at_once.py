"""Several work on the same runs, or judge them, at once: everything is done once, and nobody stops another."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from django.db import connection

from incidents.models import Action, Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver, answer, receiving
from tests.workflows.asking import NOTE, ask, on
from tests.workflows.writing import step
from workflows.models import CallState, Effect, RunState, WorkflowRun
from workflows.runs import redrive, retry_run
from workflows.working import perform, work

pytestmark = pytest.mark.django_db(transaction=True)
Declare = Callable[..., Incident]


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    """Three targets."""
    with receiving() as first, receiving() as second, receiving() as third:
        yield [first, second, third]


def at_once(*jobs: Callable[[], object]) -> None:
    """Start all of them at the same moment, each with a connection of its own; what one raises is raised."""
    start = threading.Barrier(len(jobs))

    def do(job: Callable[[], object]) -> None:
        start.wait(10)
        try:
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(do, job) for job in jobs]:
            future.result()


def calling(receiver: Receiver) -> dict[str, object]:
    """A step that calls the receiver."""
    url = {"value": {"literal": receiver.url}}
    return step("webhook.send", url, {}, {}, {"value": {"literal": "{}"}}, id=receiver.url)


def test_workers_share_the_runs_of_a_workflow(declare: Declare, drain: Callable[[], None]) -> None:
    on("incident.created", steps=[NOTE])
    for _ in range(8):
        declare()
    runs = ask()
    at_once(*[lambda: work.func(runs[0].workflow_id)] * 4)
    drain()  # a turn may have been too short
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}
    assert Action.objects.count() == len(runs)


def test_calls_of_many_runs_are_settled_while_those_go_on(declare: Declare, receivers: list[Receiver]) -> None:
    on("incident.created", steps=[calling(receiver) for receiver in receivers])
    for _ in range(4):
        declare()
    runs = ask()
    while WorkflowRun.objects.filter(state=RunState.PENDING).exists():
        pending = Effect.objects.filter(state=CallState.PENDING).order_by()
        calls = [lambda to=to: perform.func(to) for to in pending.values_list("target", flat=True).distinct()]
        at_once(*calls, *[lambda: work.func(runs[0].workflow_id)] * 2)
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}
    ids = [arrival.message_id for arrival in chain.from_iterable(receiver.arrivals for receiver in receivers)]
    assert len(ids) == len(set(ids)) == Effect.objects.count() == len(runs) * len(receivers)


def test_people_judge_while_calls_are_made(declare: Declare, receivers: list[Receiver]) -> None:
    on("incident.created", steps=[calling(receivers[0])])
    receivers[0].script = [answer(404)] * 4
    for _ in range(4):
        declare()
    workflow_id = ask()[0].workflow_id
    work.func(workflow_id)
    target = Effect.objects.values_list("target", flat=True)[0]
    perform.func(target)
    work.func(workflow_id)
    first, second, third, fourth = WorkflowRun.objects.order_by("id")
    effects = [Effect.objects.get(step_run__run=run) for run in (third, fourth)]
    retries = [lambda: retry_run(SYSTEM, first), lambda: retry_run(SYSTEM, second)]
    redrives = [lambda: redrive(SYSTEM, effects[0]), lambda: redrive(SYSTEM, effects[1])]
    at_once(*retries, *redrives, lambda: perform.func(target))
    perform.func(target)
    work.func(workflow_id)
    assert set(WorkflowRun.objects.values_list("state", flat=True)) == {RunState.COMPLETE}
