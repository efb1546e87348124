"""How long something took in an incident: the time between two of its timestamps (API behaviour, section 6.2)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

SECOND = timedelta(seconds=1)


class DurationStatus(StrEnum):
    """Whether a duration can be told, and why not."""

    SUCCESS = "success"
    TIMESTAMPS_MISSING = "timestamps_missing"
    CALCULATING = "calculating"
    INVALID_TIMESTAMPS = "invalid_timestamps"


class Duration(NamedTuple):
    """How long something took, in whole seconds begun and ended; None unless the status is success."""

    status: DurationStatus
    seconds: int | None = None


MISSING = Duration(DurationStatus.TIMESTAMPS_MISSING)
CALCULATING = Duration(DurationStatus.CALCULATING)
INVALID = Duration(DurationStatus.INVALID_TIMESTAMPS)


def duration(start: datetime | None, end: datetime | None, *, is_open: bool) -> Duration:
    """The time from `start` to `end`; in an incident that is still open the end may be to come."""
    if start is None:
        return MISSING
    if end is None:
        return CALCULATING if is_open else MISSING
    if end < start:
        return INVALID
    return Duration(DurationStatus.SUCCESS, (end - start) // SECOND)
