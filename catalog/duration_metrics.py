"""Duration metrics: how long something takes between two timestamps of an incident (API behaviour, section 6.2)."""

from catalog.models import DurationMetric, IncidentTimestamp, SetOn
from catalog.ordering import place
from catalog.words import archive, change, check_name, configuring, make, renew
from events.actors import Actor
from incidentio.core.errors import Invalid

SUBJECT = "duration_metric"
DEFAULTS = (
    ("Time to accept", SetOn.REPORTED, SetOn.ACCEPTED),
    ("Time to resolve", SetOn.REPORTED, SetOn.RESOLVED),
    ("Time to close", SetOn.REPORTED, SetOn.CLOSED),
)


def create_metric(
    actor: Actor,
    *,
    name: str,
    from_timestamp: IncidentTimestamp,
    to_timestamp: IncidentTimestamp,
    rank: int | None = None,
) -> DurationMetric:
    """A new metric: at `rank` (what stands there moves up), or after all others.

    Raises:
        Invalid: the name is blank, too long or taken, the rank too large, the timestamps are the same or archived.
    """
    with configuring():
        metric = DurationMetric(name=name, from_timestamp=from_timestamp, to_timestamp=to_timestamp)
        check_name(metric, name)
        _check_ends(from_timestamp, to_timestamp)
        place(actor, metric, rank)
        return make(actor, SUBJECT, metric)


def update_metric(
    actor: Actor,
    metric: DurationMetric,
    *,
    name: str,
    from_timestamp: IncidentTimestamp,
    to_timestamp: IncidentTimestamp,
) -> DurationMetric:
    """Change a metric.

    Raises:
        Invalid: the name is blank, too long or taken, the timestamps are the same or one was archived.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(metric, SUBJECT)
        check_name(metric, name)
        _check_ends(from_timestamp, to_timestamp)
        return change(
            actor, SUBJECT, metric, name=name, from_timestamp_id=from_timestamp.pk, to_timestamp_id=to_timestamp.pk
        )


def archive_metric(actor: Actor, metric: DurationMetric) -> None:
    """Take a metric out of use; incidents no longer show it.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(metric, SUBJECT)
        archive(actor, SUBJECT, metric)


def make_defaults(actor: Actor) -> int:
    """Metrics of what is usually asked, as far as the timestamps in use allow; returns how many.

    Call inside `configuring()`.
    """
    stamps: dict[str, IncidentTimestamp] = {}
    for stamp in IncidentTimestamp.objects.active().order_by("-rank"):
        stamps[stamp.set_on] = stamp
    possible = [(name, start, end) for name, start, end in DEFAULTS if start in stamps and end in stamps]
    for rank, (name, start, end) in enumerate(possible):
        metric = DurationMetric(name=name, from_timestamp=stamps[start], to_timestamp=stamps[end], rank=rank)
        make(actor, SUBJECT, metric)
    return len(possible)


def _check_ends(start: IncidentTimestamp, end: IncidentTimestamp) -> None:
    if start.pk == end.pk:
        raise Invalid("invalid_value", "A duration ends with another timestamp than it starts with", "to_timestamp")
    for pointer, stamp in (("from_timestamp", start), ("to_timestamp", end)):
        stamp.refresh_from_db()
        if stamp.archived_at is not None:
            raise Invalid("not_found", f"{stamp.name!r} was archived; choose another timestamp", pointer)
