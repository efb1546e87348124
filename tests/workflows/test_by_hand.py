"""Single steps done by hand, asked for by several at once."""

from collections.abc import Callable

import pytest

from incidentio.core.ids import new_id
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import receiving
from tests.workflows.test_at_once import at_once
from workflows.by_hand import do_step
from workflows.models import Effect, Workflow, WorkflowRun, WorkflowVersion
from workflows.steps.webhook import SEND

pytestmark = pytest.mark.django_db(transaction=True)
Declare = Callable[..., Incident]
NOTHING = [{}] * (len(SEND.params or ()) - 1)


def test_asked_for_many_times_at_once_it_is_done_once(declare: Declare, drain: Callable[[], None]) -> None:
    incident, key = declare(), new_id()
    with receiving() as receiver:
        bindings = [{"value": {"literal": receiver.url}}, *NOTHING]
        at_once(*[lambda: do_step(SYSTEM, incident, SEND, bindings, key)] * 6)
        drain()
    assert len(receiver.arrivals) == WorkflowRun.objects.count() == Effect.objects.count() == 1


def test_asked_for_by_several_at_once_each_is_done(declare: Declare) -> None:
    incident = declare()
    bindings = [{"value": {"literal": "https://example.com/"}}, *NOTHING]
    at_once(*[lambda: do_step(SYSTEM, incident, SEND, bindings, new_id())] * 6)
    assert Workflow.objects.count() == 1
    assert sorted(WorkflowVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert WorkflowRun.objects.count() == 6
