"""The meeting in which people talk about an incident: made once, and its link is the incident's call.

The tools have no key by which they would know a request again. So whoever makes a meeting first claims the incident, in
a row of the hub's that all these tools share: of a Zoom step and a Google Meet step one makes it, the other finds it.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from django.db import transaction

from catalog import snapshot
from events.actors import Actor
from incidentio.core.errors import NotFound
from incidents.changing import lock
from incidents.edit import Edit, edit_incident
from incidents.models import Incident, Visibility
from integrations.base import Args, Attempt, Call, Doing, Outcome, Param, Repeat, Sent, Step, StepFailed
from integrations.claims import claim
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.told import INCIDENT_PARAM, incident_of, text_of
from integrations.types import BOOL, TEMPLATED_TEXT

MEETING, CLAIM = "call", "call_claim"
ANY_TOOL = ""

TOPIC = Param("topic", "Topic", TEMPLATED_TEXT)
REPLACE = Param("replace", "In place of a call the incident has", BOOL)
__all__ = ["REPLACE", "TOPIC", "Meeting", "MeetingTool", "Order", "find", "made_at", "make", "plan"]


@dataclass(frozen=True)
class Meeting:
    """A meeting as its tool tells of it; `url` is how people join it."""

    remote_id: str
    url: str


@dataclass(frozen=True)
class Order:
    """A meeting that is to be made: for which incident, what it is called, by whom. `replace`: its link takes the place
    of one that stands on the incident.
    """

    incident_id: str
    topic: str
    replace: bool
    by: Mapping[str, Any]

    @classmethod
    def read(cls, body: str) -> "Order":
        return cls(**json.loads(body))


@dataclass(frozen=True)
class MeetingTool:
    """A tool's way with meetings. `create` tries once, within seconds, and tells the meeting if it is there; `search`
    looks for the one an order may have made (both raise StepFailed; of `create`, nothing was made then).
    """

    tool: str
    label: str
    create: Callable[[Order, float], tuple[Attempt, Meeting | None]]
    search: Callable[[Order, float], Meeting | None]

    def step(self, name: str, *params: Param) -> Step:
        """The step that makes the incident's meeting, told these besides the incident."""
        return Step(
            f"{self.tool}.{name}",
            f"Create the incident's {self.label} meeting",
            (INCIDENT_PARAM, *params),
            plan=partial(plan, self),
            make=partial(make, self),
            find=partial(find, self),
            repeats=Repeat.LOOKUP,
        )


def plan(tool: MeetingTool, doing: Doing, args: Args) -> list[Call]:
    """The call that makes the meeting of the incident the step is about.

    Raises:
        StepFailed: it is about none, or the tool is not connected.
    """
    incident = incident_of(doing, args)
    account_of(tool.tool)
    topic = " ".join(text_of(args, TOPIC.name).split()) or f"{incident.reference} {incident.name}"
    order = Order(incident.pk, topic, bool(args.get(REPLACE.name)), asdict(doing.actor))
    return [Call(tool.tool, json.dumps(vars(_discreet(order, incident)), ensure_ascii=False))]


def make(tool: MeetingTool, sent: Sent) -> Attempt:
    """Make the meeting of an order, unless the incident has a call, or somebody else is making one.

    Raises:
        StepFailed: it cannot be made, or not now.
    """
    order = Order.read(sent.body)
    settled = _known(tool, order) or _another(order)
    if settled is not None:
        _give_up(order, sent.key)
        return settled
    order, seconds = _discreet(order, _existing(order)), sent.seconds
    if _claim(order, sent.key):
        seconds /= 2
        found = tool.search(order, seconds)
        if found is not None:
            return _found(tool, order, found)
    try:
        attempt, meeting = tool.create(order, seconds)
    except StepFailed:
        _give_up(order, sent.key)
        raise
    if meeting is not None:
        return replace(attempt, detail={"did": _keep(tool, order, meeting, f"Made a meeting at {tool.label}")})
    if attempt.outcome is not Outcome.UNKNOWN:
        _give_up(order, sent.key)
    return attempt


def find(tool: MeetingTool, sent: Sent) -> Attempt | None:
    """The meeting that an earlier attempt made, if it arrived and the tool can tell.

    Raises:
        StepFailed: the tool does not say.
    """
    order = Order.read(sent.body)
    known = _known(tool, order)
    if known is not None:
        return known
    found = tool.search(order, sent.seconds)
    return _found(tool, order, found) if found is not None else None


def made_at(tool: str, incident_id: str) -> str:
    """What `tool` calls the meeting it made for the incident; nothing if it made none."""
    rows = RemoteObject.objects.filter(tool=tool, kind=MEETING, subject_type="incident", subject_id=incident_id)
    return rows.values_list("remote_id", flat=True).first() or ""


def _discreet(order: Order, incident: Incident) -> Order:
    """The order as it may be told: of a private incident nothing but its reference."""
    return replace(order, topic=incident.reference) if incident.visibility == Visibility.PRIVATE else order


def _existing(order: Order) -> Incident:
    incident = Incident.objects.filter(pk=order.incident_id).first()
    if incident is None:
        raise StepFailed("The incident is not there any more")
    return incident


def _known(tool: MeetingTool, order: Order) -> Attempt | None:
    """That the incident has a meeting of this tool's."""
    row = RemoteObject.objects.filter(**_row(tool.tool, MEETING, order)).first()
    if row is None:
        return None
    return _done(tool, order, Meeting(row.remote_id, row.url), f"It has a meeting at {tool.label} already")


def _another(order: Order) -> Attempt | None:
    """That the incident has a call that is to stay."""
    if not _existing(order).call_url or order.replace:
        return None
    return Attempt(Outcome.DONE, detail={"did": "It has a call already, which stays"})


def _found(tool: MeetingTool, order: Order, meeting: Meeting) -> Attempt:
    return _done(tool, order, meeting, f"Found the meeting at {tool.label} that an earlier attempt made")


def _done(tool: MeetingTool, order: Order, meeting: Meeting, did: str) -> Attempt:
    detail = {"did": _keep(tool, order, meeting, did)}
    return Attempt(Outcome.DONE, remote_id=meeting.remote_id, detail=detail)


def _keep(tool: MeetingTool, order: Order, meeting: Meeting, did: str) -> str:
    """Write down that the meeting stands for the incident, and make its link the incident's call; what was done, in
    words. Safe to repeat.
    """
    with transaction.atomic():
        shown = _show(order, meeting.url)
        RemoteObject.objects.update_or_create(
            **_row(tool.tool, MEETING, order), defaults={"remote_id": meeting.remote_id, "url": meeting.url}
        )
        RemoteObject.objects.filter(**_row(ANY_TOOL, CLAIM, order)).delete()
    return did if shown else f"{did}; the incident's call is another, which stays"


def _show(order: Order, url: str) -> bool:
    """Make `url` the incident's call, unless it has another that is to stay; whether it is the call now."""
    with suppress(NotFound):  # the meeting is there, whatever became of the incident
        now = lock(order.incident_id).call_url
        if now and now != url and not order.replace:
            return False
        edit_incident(Actor(**order.by), order.incident_id, Edit(call_url=url), snapshot.current())
    return True


# ---- of rivals, one


def _claim(order: Order, key: str) -> bool:
    """Claim the incident for the call `key`; whether somebody else may have made a meeting and never said so.

    Raises:
        StepFailed: somebody else is making one.
    """
    busy = "Another step is making this incident's call"
    return claim(_row(ANY_TOOL, CLAIM, order), key, busy).taken_over


def _give_up(order: Order, key: str) -> None:
    """The call `key` surely made no meeting: others may."""
    RemoteObject.objects.filter(**_row(ANY_TOOL, CLAIM, order), state__key=key).delete()


def _row(tool: str, kind: str, order: Order) -> dict[str, Any]:
    return {"tool": tool, "kind": kind, "subject_type": "incident", "subject_id": order.incident_id}
