"""When fire drills begin by themselves: when FIRE_DRILL_SCHEDULE says, as in `tue 10:00`, in the hub's time zone."""

from contextlib import suppress
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from events.actors import Actor
from incidentio.core.errors import Conflict
from workflows.drilling import start_drill
from workflows.models import FireDrill

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A hub that was down at the time makes up for it within this; later, people would be paged out of the blue.
LATEST = timedelta(hours=1)


def begin_if_due(now: datetime) -> None:
    """Begin a drill if its time has come and nobody had one since."""
    moment = latest_moment(settings.FIRE_DRILL_SCHEDULE, now)
    if moment is None or now - moment > LATEST or FireDrill.objects.filter(created_at__gte=moment).exists():
        return
    with suppress(Conflict):  # one is under way
        start_drill(Actor.system())


def latest_moment(schedule: str, now: datetime) -> datetime | None:
    """The last time before `now` that a schedule names, as `tue 10:00` or `mon,thu 09:30`; None if there is none."""
    if not schedule:
        return None
    said, at = schedule.lower().split()
    days, local = {DAYS.index(day) for day in said.split(",")}, timezone.localtime(now)
    for ago in range(8):
        day = local.date() - timedelta(days=ago)
        moment = datetime.combine(day, time.fromisoformat(at), local.tzinfo)
        if day.weekday() in days and moment <= now:
            return moment
    return None
