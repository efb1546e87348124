"""Reading alerts for the API: a page is one statement, newest first, whatever is on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from incidentio.core.filters import Span
from incidents.models import Alert, IncidentAlert
from incidents.visibility import Viewer, visible_to

ALWAYS = Span()


@dataclass(frozen=True)
class Wanted:
    """Which alerts; None, and a span without ends, means no such filter."""

    keys: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    created: Span = ALWAYS
    updated: Span = ALWAYS


def visible_alerts(viewer: Viewer, alert: str = "") -> Q:
    """The condition under which `viewer` may know of an alert, or of what belongs to one (`alert` is the path to it):
    private ones are for who sees everything.
    """
    return Q() if viewer.sees_private else Q(**{f"{alert}is_private": False})


def alerts(viewer: Viewer) -> QuerySet[Alert]:
    """The alerts `viewer` may know of, newest first."""
    return Alert.objects.filter(visible_alerts(viewer)).defer("metadata").order_by("-id")


def page(viewer: Viewer, wanted: Wanted, limit: int, after: str | None) -> list[Alert]:
    """At most `limit` of the alerts that are `wanted`, those older than `after`."""
    rows = alerts(viewer)
    lists = {"deduplication_key": wanted.keys, "status": wanted.statuses, "alert_source": wanted.sources}
    rows = rows.filter(**{f"{name}__in": values for name, values in lists.items() if values is not None})
    for name, span in (("created_at", wanted.created), ("updated_at", wanted.updated)):
        ends = {"gte": span.since, "lt": span.until}
        rows = rows.filter(**{f"{name}__{end}": moment for end, moment in ends.items() if moment is not None})
    return list(rows.filter(id__lt=after)[:limit] if after else rows[:limit])


def page_of_links(
    viewer: Viewer, alert_id: str | None, incident_id: str | None, limit: int, after: str | None
) -> list[IncidentAlert]:
    """At most `limit` of the pairs of incident and alert (of one of each, if given), those older than `after`."""
    given = {"alert_id": alert_id, "incident_id": incident_id, "id__lt": after}
    rows = IncidentAlert.objects.filter(
        visible_to(viewer, "incident__"),
        visible_alerts(viewer, "alert__"),
        **{name: value for name, value in given.items() if value},
    )
    rows = rows.select_related("alert", "incident__incident_status").defer("alert__metadata")
    return list(rows.order_by("-id")[:limit])
