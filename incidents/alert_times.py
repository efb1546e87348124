"""When things were so by the clock of whoever tells of them: what is older must not undo what is newer.

The time stands among the alert's metadata, beside what its source said.
"""

from datetime import datetime, timedelta
from typing import Any

from incidentio.core.times import instant, rfc3339
from incidents.models import Alert, AlertStatus

TOLD_AT = "told_at"
DOUBTED_AT = "doubted_at"
# Who says again so much later that it fires means it: Prometheus that was away comes back with the old time.
MEANT_AFTER = timedelta(minutes=5)


def noted(metadata: dict[str, Any], at: datetime | None, moment: datetime) -> dict[str, Any]:
    """`metadata` with the time of the event, as far as it is not in the future."""
    return metadata if at is None else metadata | {TOLD_AT: rfc3339(min(at, moment))}


def is_late(alert: Alert, status: str, at: datetime | None, moment: datetime) -> bool:
    """Whether an event of `at` is older than what is known of the locked alert, and so says nothing.

    That a resolved alert fires since before it was resolved is doubted once, and noted; it is believed when it is said
    again a good while later, since an alert that is missed is worse than one too many.
    """
    known = instant(alert.metadata.get(TOLD_AT))
    if at is None or known is None or at >= known:
        return False
    if status != AlertStatus.FIRING or alert.status != AlertStatus.RESOLVED:
        return True
    doubted = instant(alert.metadata.get(DOUBTED_AT))
    if doubted is None:
        alert.metadata = alert.metadata | {DOUBTED_AT: rfc3339(moment)}
        return True
    return moment - doubted < MEANT_AFTER
