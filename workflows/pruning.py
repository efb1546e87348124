"""What is long over leaves the log, and who is not called any more the list of targets, a few rows at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from incidentio.core.ids import first_id_of
from workflows.ledger import whole_of
from workflows.models import CallState, Delivery, Effect, Target

KEPT = timedelta(days=30)
# A target that is called again gets another row; that of a workflow, whose runs it makes serial, stays.
TARGETS_KEPT = timedelta(days=90)
OF_WORKFLOWS = "workflow:"
AT_ONCE = 500
BATCHES = 10


def prune_deliveries() -> int:
    """Delete deliveries made more than 30 days ago that wait for nothing; how many. What is left is for the next time.

    Keys rise with time, so the primary key finds them; each batch is a transaction of its own.
    """
    pruned = 0
    for _ in range(BATCHES):
        old = Delivery.objects.filter(pk__lt=first_id_of(timezone.now() - KEPT)).exclude(state=CallState.PENDING)
        ids = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        pruned += Delivery.objects.filter(pk__in=ids).exclude(state=CallState.PENDING).delete()[0]
        if len(ids) < AT_ONCE:
            break
    return pruned


def prune_targets() -> int:
    """Delete targets that no call of the last 90 days goes to and that do not rest; how many. What is left is for the
    next time.

    It reads all those calls, which is nothing for every minute. What somebody has locked is in use, and stays.
    """
    now = timezone.now()
    used, pruned = _used(now - TARGETS_KEPT), 0
    names = _not_resting(now).order_by("pk").values_list("pk", flat=True)
    idle = [name for name in names if name not in used][: AT_ONCE * BATCHES]
    for start in range(0, len(idle), AT_ONCE):
        with transaction.atomic():
            free = _not_resting(now).filter(pk__in=idle[start : start + AT_ONCE]).select_for_update(skip_locked=True)
            pruned += Target.objects.filter(pk__in=[target.pk for target in free]).delete()[0]
    return pruned


def _not_resting(now: datetime) -> QuerySet[Target]:
    closed = Q(held_until=None) | Q(held_until__lte=now)
    return Target.objects.filter(closed).exclude(pk__startswith=OF_WORKFLOWS)


def _used(since: datetime) -> set[str]:
    """Those called since then, or still to be called, and whom they are parts of."""
    lately = Q(pk__gte=first_id_of(since)) | Q(state=CallState.PENDING)
    names = {*_targets_of(Delivery.objects.filter(lately)), *_targets_of(Effect.objects.filter(lately))}
    return names | {whole_of(name) for name in names}


def _targets_of(calls: QuerySet[Delivery] | QuerySet[Effect]) -> Iterable[str]:
    names: Iterable[str] = calls.order_by().values_list("target", flat=True).distinct()
    return names
