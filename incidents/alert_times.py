"""When things were so by the clock of whoever tells of them: what is older must not undo what is newer."""

from datetime import datetime, timedelta

from incidents.models import Alert, AlertStatus

# Who says again so much later that it fires means it: Prometheus that was away comes back with the old time.
MEANT_AFTER = timedelta(minutes=5)


def told_at(at: datetime | None, moment: datetime) -> datetime | None:
    """The time of an event of `at` that is received at `moment`: a clock that is ahead does not count."""
    return None if at is None else min(at, moment)


def is_late(alert: Alert, status: str, at: datetime | None, moment: datetime) -> bool:
    """Whether an event of `at` is older than what is known of the locked alert, and so says nothing.

    That a resolved alert fires since before it was resolved is doubted once, and noted; it is believed when it is said
    again a good while later, since an alert that is missed is worse than one too many.
    """
    if at is None or alert.told_at is None or at >= alert.told_at:
        return False
    if status != AlertStatus.FIRING or alert.status != AlertStatus.RESOLVED:
        return True
    if alert.doubted_at is None:
        alert.doubted_at = moment
        return True
    return moment - alert.doubted_at < MEANT_AFTER
