"""What is remembered of requests and calls that are long over is forgotten, a few rows at a time.

Only what keeps things from being done twice goes, and certificates that prove nothing any more. Rows that stand for
what there is at a tool (a channel, an issue, the latest message of an incident) stay.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.models import RemoteObject
from integrations.slack.client import TOOL
from integrations.slack.posting import CALL, MESSAGE
from integrations.slack.reactions import REACTION, RECORDED, WAITING
from integrations.slack.visitors import REQUEST
from integrations.sns.certificates import useless

# Slack sends again for an hour; people make a call again that failed within days.
KEPT = timedelta(days=90)
AT_ONCE = 500
BATCHES = 10
_OF_SLACK = (
    Q(kind__in=(REQUEST, RECORDED))
    | (Q(kind=REACTION) & ~Q(remote_id=WAITING))
    | Q(kind=MESSAGE, subject_type=CALL)  # those of incidents say where the latest one stands
)


def prune_remembered() -> int:
    """Delete what was remembered more than 90 days ago; how many rows. What is left is for the next time."""
    return _prune(RemoteObject.objects.filter(_OF_SLACK, tool=TOOL)) + _prune(useless())


def _prune(rows: QuerySet[RemoteObject]) -> int:
    pruned = 0
    for _ in range(BATCHES):
        old = rows.filter(created_at__lt=timezone.now() - KEPT)
        ids = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        pruned += rows.filter(pk__in=ids).delete()[0]
        if len(ids) < AT_ONCE:
            break
    return pruned
