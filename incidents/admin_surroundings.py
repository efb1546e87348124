"""What stands around an incident on its admin page: read-only, with the same few statements for every incident."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from events.models import Event
from events.record import Changes
from incidents.models import (
    Action,
    Attachment,
    FollowUp,
    Incident,
    IncidentUpdate,
    Membership,
    PostmortemDocument,
    Relationship,
    WorkStatus,
)
from incidents.visibility import Viewer, visible_to

MOST = 50
RELATION = "relationships."
NAMES = ("name", "title", "description", "value")


@dataclass(frozen=True)
class Happening:
    """An event as people read it: what it did, and to which columns, or under which name."""

    event: Event
    title: str
    changed: str
    incident: Incident | None = None


@dataclass(frozen=True)
class Surroundings:
    """Everything that belongs to an incident, newest first, at most `MOST` of each."""

    updates: list[IncidentUpdate]
    actions: list[Action]
    follow_ups: list[FollowUp]
    documents: list[PostmortemDocument]
    attachments: list[Attachment]
    members: list[Membership]
    related: list[Incident]
    timeline: list[Happening]


def surroundings(viewer: Viewer, incident_id: str) -> Surroundings:
    """What `viewer` may see around the incident. Eight statements."""
    updates = IncidentUpdate.objects.select_related("new_incident_status", "new_severity")
    actions = Action.objects.exclude(status=WorkStatus.DELETED).select_related("assignee")
    follow_ups = FollowUp.objects.exclude(status=WorkStatus.DELETED).select_related("assignee", "assignee_team")
    events = Event.objects.filter(incident_id=incident_id).order_by("-id")[:MOST]
    return Surroundings(
        updates=_of(updates, incident_id),
        actions=_of(actions, incident_id),
        follow_ups=_of(follow_ups, incident_id),
        documents=_of(PostmortemDocument.objects.defer("content"), incident_id),
        attachments=_of(Attachment.objects.all(), incident_id),
        members=_of(Membership.objects.select_related("user"), incident_id),
        related=_related(viewer, incident_id),
        timeline=[happening(event) for event in events],
    )


def happening(event: Event, incident: Incident | None = None) -> Happening:
    """`event` in words; `incident` where it is not clear which one it belongs to."""
    title = event.type.replace(".", " ").replace("_", " ").capitalize()
    if event.type.endswith(".created"):
        told = next((event.changes[name][1] for name in NAMES if name in event.changes), "")
    else:
        told = ", ".join(dict.fromkeys(_column(name) for name in event.changes if name != "updated_at"))
    return Happening(event, title, told, incident)


def without_hidden(viewer: Viewer, changes: Changes) -> Changes:
    """`changes` of an event without relationships to incidents that `viewer` may not know of."""
    others = {name: after or before for name, (before, after) in changes.items() if name.startswith(RELATION)}
    if not others:
        return changes
    known = Incident.objects.filter(visible_to(viewer), pk__in=others.values()).values_list("pk", flat=True)
    hidden = {name for name, pk in others.items() if pk not in set(known)}
    return {name: change for name, change in changes.items() if name not in hidden}


def _of(rows: Any, incident_id: str) -> list[Any]:
    return list(rows.filter(incident_id=incident_id).order_by("-id")[:MOST])


def _column(name: str) -> str:
    """`severity_id` and `updates.01H…` as people say it."""
    return name.split(".", maxsplit=1)[0].removesuffix("_id").replace("_", " ")


def _related(viewer: Viewer, incident_id: str) -> list[Incident]:
    older = Relationship.objects.filter(related_incident=incident_id).values("incident")
    newer = Relationship.objects.filter(incident=incident_id).values("related_incident")
    rows = Incident.objects.filter(visible_to(viewer)).filter(Q(pk__in=older) | Q(pk__in=newer))
    return list(rows.order_by("-id")[:MOST])
