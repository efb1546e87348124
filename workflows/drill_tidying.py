"""Tidying up after a fire drill: at the tools it went through, and in the hub."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from catalog import snapshot
from catalog.models import StatusCategory
from incidents.actions import delete_action
from incidents.edit import Edit, edit_incident
from incidents.follow_ups import delete_follow_up
from incidents.models import Incident, WorkStatus
from integrations.asking import Clock
from integrations.base import Made, Outcome, Remains, Repeat, Sent, StepFailed
from integrations.registry import STEPS, TOOLS
from workflows import ledger
from workflows.drills import TOOL_OF, How, connections, note
from workflows.effects import may_have_arrived
from workflows.models import CallState, Effect, FireDrill

TIDY_ATTEMPTS = 3


def tidy_tools(drill: FireDrill, may_go_on: Callable[[], bool]) -> bool:
    """Take away what was made at the tools; whether that is over everywhere. Safe to repeat.

    Before each tool `may_go_on` is asked.
    """
    assert drill.incident is not None  # noqa: S101  it began
    made, is_over = _made(drill), True
    for connection in connections():
        tool, told = TOOLS[connection.tool], drill.tidied.get(connection.tool, {})
        if tool.tidy_up is None or told.get("is_over"):
            continue
        if not may_go_on():
            return False
        attempts = told.get("attempts", 0) + 1
        try:
            clock = Clock(ledger.call_seconds())
            calls = [_found(call, clock.left / 2) for call in made[tool.name]]
            said, how, ended = tool.tidy_up(Remains(drill.incident, calls, clock.left)), How.WORKS, True
        except StepFailed as failure:
            said, how, ended = str(failure), How.BROKEN, attempts >= TIDY_ATTEMPTS
        note(drill, "tidied", tool.name, how, said, attempts=attempts, is_over=ended)
        is_over = is_over and ended
    return is_over


def _made(drill: FireDrill) -> Mapping[str, Sequence[Effect]]:
    """The calls of the drill that arrived or may have, the earliest first, by tool."""
    by_tool = defaultdict(list)
    for call in Effect.objects.filter(step_run__run__incident=drill.incident_id).order_by("id"):
        if call.state in (CallState.DONE, CallState.UNKNOWN) or may_have_arrived(call):
            by_tool[TOOL_OF.get(call.step_name, "")].append(call)
    return by_tool


def _found(call: Effect, seconds: float) -> Made:
    """The call, with what it made: if nobody knows whether it arrived, it is looked for where the tool can tell."""
    step, remote_id = STEPS[call.step_name], call.remote_id
    if call.state != CallState.DONE and step.repeats == Repeat.LOOKUP and step.find is not None:
        with suppress(StepFailed):  # the step is broken, which the report says
            found = step.find(Sent(call.key, call.request_body, {}, seconds))
            remote_id = found.remote_id if found is not None and found.outcome is Outcome.DONE else ""
    return Made(call.step_name, call.key, call.request_body, remote_id)


def put_away(drill: FireDrill) -> None:
    """Leave the incident canceled, with nothing to be done about it."""
    assert drill.incident is not None  # noqa: S101  it began
    incident, words = drill.incident, snapshot.current()
    for action in incident.actions.exclude(status=WorkStatus.DELETED):
        delete_action(drill.actor, action.pk)
    for follow_up in incident.follow_ups.exclude(status=WorkStatus.DELETED):
        delete_follow_up(drill.actor, follow_up.pk)
    over = words.statuses_in(StatusCategory.CANCELED) or words.statuses_in(StatusCategory.CLOSED)
    status = words.statuses.get(Incident.objects.values_list("incident_status_id", flat=True).get(pk=incident.pk))
    if over and status is not None and status.category in (StatusCategory.TRIAGE, StatusCategory.LIVE):
        edit_incident(drill.actor, incident.pk, Edit(incident_status_id=over[0].id), words)
