"""Doing a step as a run of a workflow does it."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import snapshot
from events.actors import Actor, ActorKind
from incidents.models import Incident
from integrations.base import Call, Doing
from tests.incidents.folding import folded, stored
from workflows.registry import STEPS

WORKFLOW = Actor(ActorKind.WORKFLOW, "01JT3Y8M5QJ4V6F2H0W7P9D1RA", "Escalate", cause="01JT3Y8M5QJ4V6F2H0W7P9D1RB")


def doing(incident: Incident | None, key: str = "step.0") -> Doing:
    """A workflow at work on an incident, or on none."""
    words = snapshot.current()
    return Doing(WORKFLOW, key, incident.pk if incident is not None else None, words, timezone.now())


def do(name: str, incident: Incident | None, /, key: str = "step.0", **args: Any) -> str:
    """Do a step in the transaction that completes it; what it did. The incident's events tell all of it."""
    step = STEPS[name]
    assert step.do is not None
    with transaction.atomic():
        did = step.do(doing(incident, key), args)
    if incident is not None:
        incident.refresh_from_db()
        assert folded(incident) == stored(incident)
    return did


def planned(name: str, incident: Incident | None, /, key: str = "step.0", **args: Any) -> list[Call]:
    """The calls a step is going to make."""
    step = STEPS[name]
    assert step.plan is not None
    return list(step.plan(doing(incident, key), args))
