"""Fire drills: an incident in test mode that goes through every connection and every workflow that is switched on."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.actors import Actor
from events.record import record
from incidentio.core.errors import Conflict
from integrations.base import Rehearsal
from integrations.connections import secrets_of
from integrations.models import Connection
from integrations.registry import TOOLS
from workflows.models import (
    CallState,
    Delivery,
    DrillState,
    FireDrill,
    RunState,
    StepRun,
    StepStatus,
    WorkflowRun,
)
from workflows.triggers import TRIGGERS

SUBJECT = "fire_drill"
# A workflow's run of a drill is known by what it runs once for.
ONCE = "fire_drill:"
TOOL_OF = {step.name: tool.name for tool in TOOLS.values() for step in tool.steps}


class How(StrEnum):
    """How a link of the chain fares."""

    WORKS = "works"
    BROKEN = "broken"
    WAITS = "waits"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Link:
    """One thing a drill tries: a connection, a step of a workflow, an endpoint, or the tidying up after it."""

    where: str
    what: str
    how: str
    said: str = ""
    run_id: str = ""


def open_drill(actor: Actor) -> FireDrill:
    """Write down that a fire drill is to be; the background begins with it.

    Raises:
        Conflict: another one is under way.
    """
    now = timezone.now()
    drill = FireDrill(actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label, due_at=now)
    drill.ends_by = now + timedelta(seconds=settings.FIRE_DRILL_SECONDS)
    try:
        with transaction.atomic():
            drill.save(force_insert=True)
            record(actor, f"{SUBJECT}.started", SUBJECT, drill.pk, {"state": [None, drill.state]})
    except IntegrityError as error:
        raise Conflict("under_way", "A fire drill is under way; one at a time") from error
    return drill


def rehearsed(incident_ids: Iterable[str]) -> set[str]:
    """Those of the incidents that are a fire drill's: no event of theirs starts anything by itself. One statement."""
    return set(FireDrill.objects.filter(incident__in=list(incident_ids)).values_list("incident_id", flat=True))


def is_rehearsal(run: WorkflowRun) -> bool:
    """Whether a workflow's run is part of a fire drill."""
    return (run.once_key or "").startswith(ONCE)


def links_of(drill: FireDrill) -> list[Link]:
    """What the drill has come to so far. A constant number of statements."""
    if drill.state == DrillState.DONE:
        return [Link(**entry) for entry in drill.report]
    if drill.incident_id is None:
        return []
    return [*_asked(drill), *_runs(drill), *_deliveries(drill), *_tidied(drill)]


def as_report(links: Collection[Link]) -> list[dict[str, Any]]:
    """The links as the row keeps them; what still waits is given up."""
    return [asdict(link) for link in links]


def is_broken(links: Iterable[Link]) -> bool:
    """Whether any link is."""
    return any(link.how == How.BROKEN for link in links)


def rehearsals_at(connection: Connection) -> list[Rehearsal]:
    """What a drill does at the tool that is connected by this."""
    known = connection.settings | secrets_of(connection)
    return [one for one in TOOLS[connection.tool].rehearsals if not one.needs or known.get(one.needs)]


def connections() -> list[Connection]:
    """Those that a drill goes through."""
    return list(Connection.objects.active().filter(enabled=True, tool__in=list(TOOLS)).order_by("tool"))


def tool_label(name: str) -> str:
    """What people call a tool."""
    return TOOLS[name].label if name in TOOLS else name


def _asked(drill: FireDrill) -> Iterator[Link]:
    for name, told in drill.asked.items():
        yield Link(tool_label(name), "Connection", told["how"], told["said"])


def _tidied(drill: FireDrill) -> Iterator[Link]:
    for name, told in drill.tidied.items():
        if told["said"]:
            yield Link(tool_label(name), "Tidying up", told["how"], told["said"])


def _runs(drill: FireDrill) -> Iterator[Link]:
    runs = list(WorkflowRun.objects.filter(incident=drill.incident_id).select_related("workflow").order_by("id"))
    steps = StepRun.objects.filter(run__in=runs).order_by("place").prefetch_related("effects")
    by_run: dict[str, list[StepRun]] = {run.pk: [] for run in runs}
    for step_run in steps:
        by_run[step_run.run_id].append(step_run)
    for run in runs:
        if not by_run[run.pk]:
            how = How.BROKEN if run.state == RunState.ERROR else How.WORKS
            yield Link(run.workflow.name, "It has no steps", how, run.error, run.pk)
        is_stuck = False
        for step_run in by_run[run.pk]:
            yield _step(run, step_run, is_stuck)
            is_stuck = is_stuck or step_run.status == StepStatus.PENDING


def _step(run: WorkflowRun, step_run: StepRun, is_stuck: bool) -> Link:
    """How one step fared; `is_stuck`: one before it was not done yet, so that it was never begun."""
    where, what = _place(run, step_run), step_run.name
    if step_run.status == StepStatus.COMPLETE:
        how = How.LEFT_OUT if step_run.did == PUBLIC else How.WORKS
        return Link(where, what, how, step_run.did or "There was nothing to do", run.pk)
    if step_run.status == StepStatus.ERROR:
        if _was_told_too_little(run, step_run):
            return Link(where, what, How.LEFT_OUT, f"Nothing in a drill is what starts it: {step_run.error}", run.pk)
        return Link(where, what, How.BROKEN, step_run.error, run.pk)
    if run.state == RunState.ERROR:
        return Link(where, what, How.LEFT_OUT, "A step before it failed", run.pk)
    if run.state == RunState.CANCELLED and is_stuck:
        return Link(where, what, How.LEFT_OUT, "A step before it was not done in time", run.pk)
    tried = [effect.log[-1].get("error", "") for effect in step_run.effects.all() if effect.log]
    problems = "\n".join(filter(None, tried))
    how = How.BROKEN if problems or run.state == RunState.CANCELLED else How.WAITS
    return Link(where, what, how, problems or _unfinished(run), run.pk)


def _was_told_too_little(run: WorkflowRun, step_run: StepRun) -> bool:
    """Whether the step failed before it called anybody, in a run that lacks what its trigger tells, as of an alert."""
    trigger = TRIGGERS.get(run.workflow.trigger)
    lacks = trigger is not None and trigger.scope.keys() - run.scope.keys() > {"incident"}
    return lacks and not step_run.effects.all()


def _place(run: WorkflowRun, step_run: StepRun) -> str:
    """The workflow; of what a tool rehearses, the tool."""
    return tool_label(TOOL_OF.get(step_run.name, "")) if run.workflow.by_hand else run.workflow.name


def _unfinished(run: WorkflowRun) -> str:
    return "It was not done in time" if run.state == RunState.CANCELLED else ""


# ---- the row


def save(drill: FireDrill, **columns: Any) -> None:
    """Write down some of its columns."""
    for name, value in columns.items():
        setattr(drill, name, value)
    drill.save(update_fields=[*columns, "updated_at"])


def note(drill: FireDrill, column: str, tool: str, how: How, said: str, **more: Any) -> None:
    """Write down in `column` how it went at a tool."""
    save(drill, **{column: getattr(drill, column) | {tool: {"how": how, "said": said, **more}}})


PUBLIC = "Left out in a fire drill: customers may read it"


def _deliveries(drill: FireDrill) -> Iterator[Link]:
    """The last delivery of the drill's events to each endpoint."""
    rows = Delivery.objects.filter(incident_id=drill.incident_id).select_related("endpoint")
    latest = {row.endpoint_id: row for row in rows.order_by("position").defer("request_body")}
    for row in latest.values():
        said = row.log[-1].get("error", "") if row.log else ""
        if row.state == CallState.PENDING and not said:
            how = How.WAITS
        else:
            how = How.WORKS if row.state == CallState.DONE else How.BROKEN
        yield Link(row.endpoint.name, f"Webhook {row.event_type}", how, said)
