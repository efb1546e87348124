"""Deliveries that are long over leave the log, a few at a time."""

from datetime import timedelta

from django.utils import timezone

from incidentio.core.ids import first_id_of
from workflows.models import CallState, Delivery

KEPT = timedelta(days=30)
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
