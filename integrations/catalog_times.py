"""How often a catalog that is kept elsewhere is synced by itself: a setting of each tool that keeps one."""

from collections.abc import Mapping
from datetime import timedelta

from integrations.base import Setting

NAME = "sync_every"
INTERVALS = {"every hour": timedelta(hours=1), "every 6 hours": timedelta(hours=6), "every day": timedelta(days=1)}
SYNC_EVERY = Setting(
    NAME,
    "Sync by itself",
    "What is new or changed there is then applied; what is gone there waits for you. Not set: only when asked",
    required=False,
    choices=tuple(INTERVALS),
)


def interval_of(values: Mapping[str, str]) -> timedelta | None:
    """The time from one sync to the next, as the plain settings of a connection say; None: never by itself."""
    return INTERVALS.get(values.get(NAME, ""))
