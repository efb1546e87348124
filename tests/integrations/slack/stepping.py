"""Steps of Slack, planned and made as the ledger does it."""

from incidents.models import Incident
from integrations.base import Attempt, Call, Sent
from integrations.slack.tool import INTEGRATION
from tests.workflows.steps.doing import doing

STEPS = {one.name: one for one in INTEGRATION.steps}


def planned(name: str, incident: Incident | None, **args: object) -> list[Call]:
    """The calls a step is going to make."""
    plan = STEPS[name].plan
    assert plan is not None
    return list(plan(doing(incident), args))


def made(name: str, call: Call, seconds: float = 3.0, key: str = "step_0_0") -> Attempt:
    """One attempt."""
    make = STEPS[name].make
    assert make is not None
    return make(Sent(key, call.body, call.sealed, seconds))


def found(name: str, call: Call, key: str = "step_0_0") -> Attempt | None:
    """What an earlier attempt is found to have done."""
    find = STEPS[name].find
    assert find is not None
    return find(Sent(key, call.body, call.sealed, 3.0))


def do(name: str, incident: Incident, **args: object) -> list[Attempt]:
    """Plan a step and make each of its calls once."""
    calls = planned(name, incident, **args)
    attempts = [made(name, call, key=f"{name}_0_{place}") for place, call in enumerate(calls)]
    incident.refresh_from_db()
    return attempts
