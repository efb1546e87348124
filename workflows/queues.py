"""How long work waits: the age of the oldest thing that is due and not done, of each kind."""

from datetime import datetime
from typing import Any

import structlog
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from events.models import Event
from workflows.delivering import at_the_front
from workflows.models import CallState, Cursor, Delivery, Effect, RunState, WorkflowRun

LATE_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)


def ages(now: datetime | None = None) -> dict[str, float]:
    """By the kind of work, for how many seconds the oldest of it has been due; 0 where nothing is. A statement each."""
    now = now or timezone.now()
    asked = Cursor.objects.values_list("position", flat=True).first() or 0
    oldest = {
        "events": _first(Event.objects.filter(position__isnull=True).order_by("id"), "created_at"),
        "evaluations": _first(Event.objects.filter(position__gt=asked).order_by("position"), "created_at"),
        "runs": _oldest(WorkflowRun.objects.filter(_free(now), state=RunState.PENDING, due_at__lte=now)),
        "effects": _oldest(Effect.objects.filter(_free(now), state=CallState.PENDING, due_at__lte=now)),
        # what stands behind a delivery that is tried again later waits for that one, not for the hub
        "deliveries": _oldest(at_the_front().filter(_free(now), state=CallState.PENDING, due_at__lte=now)),
    }
    return {kind: max(0.0, (now - moment).total_seconds()) if moment else 0.0 for kind, moment in oldest.items()}


def counts() -> dict[str, dict[str, int]]:
    """How many runs, effects and deliveries there are, by their states."""
    kinds: dict[str, Any] = {"runs": WorkflowRun, "effects": Effect, "deliveries": Delivery}
    return {
        kind: dict(model.objects.order_by().values_list("state").annotate(Count("pk"))) for kind, model in kinds.items()
    }


def watch_for_late_work() -> None:
    """Say in the log what has been due for more than a minute: somebody should look."""
    for kind, seconds in ages().items():
        if seconds > LATE_SECONDS:
            log.warning("work_is_late", kind=kind, oldest_due_seconds=round(seconds))


def _free(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=now)


def _first(rows: "QuerySet[Any]", column: str) -> datetime | None:
    found: datetime | None = rows.values_list(column, flat=True).first()
    return found


def _oldest(rows: "QuerySet[Any]") -> datetime | None:
    found: datetime | None = rows.order_by().aggregate(oldest=Min("due_at"))["oldest"]
    return found
