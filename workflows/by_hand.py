"""Single steps that people have done at a tool, on an incident: each is a run of its own, like any other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import snapshot
from events.actors import Actor
from events.record import record
from incidentio.core import mail
from incidentio.core.errors import Conflict, Gather, Invalid
from incidentio.core.ids import new_id
from incidentio.core.vocabulary import Stored
from incidents.models import FollowUp, Incident, Visibility
from integrations.base import Param, Step, StepFailed
from integrations.models import Connection
from integrations.registry import TOOLS
from integrations.tracking import PRIVATE_TOO
from integrations.types import FOLLOW_UP
from workflows.book import entries_of
from workflows.checking import check
from workflows.doers import RUN, STARTED
from workflows.facts import Facts, timelines
from workflows.lookup import Lookup
from workflows.models import Cursor, Workflow, WorkflowRun, WorkflowState, WorkflowVersion
from workflows.offering import grouped, steps
from workflows.runs import Start, start_runs
from workflows.sealing import seal
from workflows.steps import email, webhook
from workflows.templates import bind
from workflows.triggers import MANUAL
from workflows.world import WorkflowWords, world_of

NUL = json.dumps("\0").strip('"')
BINDINGS = "steps.0.param_bindings"
# Steps that call out and need no account.
_WITHOUT_ACCOUNT = (email.SEND.name, webhook.SEND.name)
_TOOL_OF = {step.name: tool for tool in TOOLS.values() for step in tool.steps}


def offered() -> list[tuple[str, list[Step]]]:
    """The steps that can be done at tools now, by tool, those that need no account last. One statement."""
    connected = _connected()
    at_hand = [(noun, step) for noun, rows in steps() for step in rows if _is_at_hand(step, connected)]
    by_tool = grouped((_TOOL_OF[step.name].label if step.name in _TOOL_OF else noun, step) for noun, step in at_hand)
    return sorted(by_tool, key=_needs_no_account)


def _is_at_hand(step: Step, connected: Mapping[str, bool]) -> bool:
    return is_at_a_tool(step) and not _hindrance(step, connected)


def _needs_no_account(offer: tuple[str, list[Step]]) -> bool:
    return offer[1][0].name in _WITHOUT_ACCOUNT


def is_at_a_tool(step: Step) -> bool:
    """Whether it is a step people can have done by itself, once its tool is connected."""
    return step.name in _TOOL_OF or step.name in _WITHOUT_ACCOUNT


def hindrance(step: Step) -> str:
    """Why the step cannot be done at its tool now, in words; empty if it can. One statement."""
    return _hindrance(step, _connected())


def _hindrance(step: Step, connected: Mapping[str, bool]) -> str:
    tool = _TOOL_OF.get(step.name)
    if step.name == email.SEND.name and not mail.is_set_up():
        return "No mail server is set up: set EMAIL_URL"
    if tool is None or not tool.settings or connected.get(tool.name):
        return ""
    if tool.name in connected:
        return f"The connection to {tool.label} is switched off: see Connections"
    return f"{tool.label} is not connected: see Connections"


def _connected() -> dict[str, bool]:
    """The tools that are connected, each with whether its connection is switched on."""
    return dict(Connection.objects.active().values_list("tool", "enabled"))


def do_step(
    actor: Actor, incident: Incident, step: Step, bindings: Sequence[Mapping[str, Any]], key: str
) -> WorkflowRun:
    """Have one step done for the incident, told `bindings`, one for each of its parameters.

    The same under the same `key` is the same run, however often it is asked for.

    Raises:
        Conflict: its tool is not connected, or is switched off.
        Invalid: all that is wrong with what it is told, each with its place.
    """
    why_not = hindrance(step)
    if why_not:
        raise Conflict("not_connected", why_not)
    definition = definition_of(step, bindings)
    once_key = sha256(json.dumps([incident.pk, key, step.name, bindings]).encode()).hexdigest()
    with transaction.atomic():
        Cursor.objects.get_or_create(pk=1)
        Cursor.objects.select_for_update().get(pk=1)
        earlier = WorkflowRun.objects.filter(workflow__by_hand=True, once_key=once_key).first()
        if earlier is not None:
            return earlier
        state = timelines([incident.pk])[incident.pk]
        facts = Facts(snapshot.current(), Lookup(), timezone.now(), state)
        _check(incident, step, definition, facts)
        entry = entries_of([_version(step, definition)])[0]
        (run_id,) = start_runs([Start(entry, facts, once_key=once_key)])
        record(actor, STARTED, RUN, run_id, {"workflow_id": [None, entry.workflow_id]})
    return WorkflowRun.objects.get(pk=run_id)


def definition_of(step: Step, bindings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A workflow of nothing but the step, once, on whatever incident it is started."""
    return {
        "once_for": [],
        "condition_groups": [],
        "steps": [{"id": new_id(), "name": step.name, "param_bindings": list(bindings)}],
        "expressions": [],
        "runs_on_incidents": "newly_created_and_active",
        "runs_on_incident_modes": [],
        "continue_on_step_error": False,
        "private_incident_scope": "all",
        "include_private_escalations": False,
        "auto_run_mode": "run_automatically",
    }


def _version(step: Step, definition: dict[str, Any]) -> WorkflowVersion:
    """The definition as the next version of what is called like the step. Under the cursor's lock."""
    known = {"name": step.label, "trigger": MANUAL, "by_hand": True}
    hidden = {"state": WorkflowState.DISABLED, "archived_at": timezone.now(), "version": 0}
    workflow, _ = Workflow.objects.get_or_create(**known, defaults=hidden)
    workflow.version += 1
    sealed = seal(definition, None)
    workflow.definition = sealed.definition
    workflow.save()
    return WorkflowVersion.objects.create(
        workflow=workflow,
        number=workflow.version,
        definition=sealed.definition,
        secrets=sealed.secrets,
        state=workflow.state,
    )


def _check(incident: Incident, step: Step, definition: Stored, facts: Facts) -> None:
    """Refuse what the step cannot be told, as things are now.

    Raises:
        Invalid: all of it, each with its place.
    """
    world = world_of([definition])
    unknown = check(world, MANUAL, definition)
    if unknown:
        raise Invalid("not_found", f"Nobody here knows {unknown[0]!r}", "steps.0")
    words, problems = WorkflowWords(world, MANUAL, definition), Gather()
    for place, (param, binding) in enumerate(_told(step, definition)):
        with problems:
            _check_param(incident, param, binding, f"{BINDINGS}.{place}")
        with problems:
            _check_value(words, param, binding, facts, f"{BINDINGS}.{place}")
    problems.raise_if_any()


def _told(step: Step, definition: Stored) -> Iterator[tuple[Param, Stored]]:
    yield from zip(step.params, definition["steps"][0]["param_bindings"], strict=True)


def _check_param(incident: Incident, param: Param, binding: Stored, pointer: str) -> None:
    """Refuse what no text has, a follow-up of another incident, and silence about a private one."""
    if NUL in json.dumps(binding):
        raise Invalid("invalid_value", "Null characters are not allowed", pointer)
    if param == PRIVATE_TOO and incident.visibility == Visibility.PRIVATE and not binding:
        message = f"{incident.reference} is private: say so here if it is to be told all the same"
        raise Invalid("is_required", message, pointer)
    literal = binding.get("value", {}).get("literal") if param.type == FOLLOW_UP else None
    if literal and not FollowUp.objects.filter(pk=literal, incident=incident).exists():
        raise Invalid("not_found", "The incident has no such follow-up", pointer)


def _check_value(words: WorkflowWords, param: Param, binding: Stored, facts: Facts, pointer: str) -> None:
    try:
        bind(words, param, binding, facts)
    except StepFailed as failure:
        raise Invalid("invalid_value", str(failure), pointer) from failure
