"""Where alerts that fire go: the route of their source says whether into an incident, and into which."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from catalog import snapshot
from catalog.models import StatusCategory, Word
from catalog.snapshot import Snapshot
from events.actors import Actor, ActorKind
from events.record import Changes
from incidentio.core.ids import first_id_of
from incidents.alert_changes import lock_open, open_incidents, open_statuses
from incidents.alert_templates import render
from incidents.changing import child, touch
from incidents.declare import Report, declare
from incidents.models import Alert, AlertSource, Incident, IncidentAlert, Visibility

LONGEST_NAME = 500
LONGEST_SUMMARY = 100_000


def actor_of(alert: Alert) -> Actor:
    """The alert as the doer of what it brings about (API behaviour, section 11)."""
    return Actor(ActorKind.ALERT, alert.id, alert.title)


def route(source: AlertSource, alerts: Sequence[Alert], moment: datetime) -> dict[str, Changes]:
    """See that the locked `alerts`, which fire, have an open incident, if the route of their source makes incidents.

    Each keeps the one it has; else it joins the one of the alerts it is grouped with, those before it included; else it
    declares one, in triage. Returns what is new about them by that, by their ids.
    """
    if not source.creates_incidents or not alerts:
        return {}
    words = snapshot.current()
    joinable = _joinable(source, alerts, words, moment)
    own = open_incidents(alerts, words)
    incidents = lock_open({*joinable, *chain.from_iterable(own.values())}, words)
    homeless = [alert for alert in alerts if incidents.keys().isdisjoint(own.get(alert.id, ()))]
    shared = [incidents[pk] for pk in joinable if pk in incidents]
    links = list(_links(source, homeless, shared, words, moment))
    IncidentAlert.objects.bulk_create(links)
    joined = {link.incident_id for link in links}
    for incident in shared:
        if incident.id in joined:
            touch(incident, moment)
    return {link.alert_id: {child("incident_alerts", link.id): [None, link.incident_id]} for link in links}


def _joinable(source: AlertSource, alerts: Sequence[Alert], words: Snapshot, moment: datetime) -> list[str]:
    """The open incidents that other alerts of the source came to last within the grouping window, the newest first: one
    for all, and one for private alerts, which do not join a public incident.
    """
    if not source.grouping_window_seconds:
        return []
    # alerts of this source that fire at once wait here for each other
    AlertSource.objects.select_for_update(no_key=True).only("id").get(pk=source.pk)
    since = moment - timedelta(seconds=source.grouping_window_seconds)
    links = IncidentAlert.objects.filter(
        id__gte=first_id_of(since),
        created_at__gte=since,
        alert__alert_source=source,
        incident__incident_status__in=open_statuses(words),
    )
    private = links.filter(incident__visibility=Visibility.PRIVATE)
    wanted = [private if is_private else links for is_private in sorted({alert.is_private for alert in alerts})]
    found = [rows.order_by("-id").values_list("incident_id", flat=True).first() for rows in wanted]
    return list(dict.fromkeys(pk for pk in found if pk is not None))


def _links(
    source: AlertSource, alerts: Sequence[Alert], shared: Sequence[Incident], words: Snapshot, moment: datetime
) -> Iterator[IncidentAlert]:
    """Where each of the alerts goes: into the newest of the `shared` incidents that it may join, or one of its own,
    which those after it may join where they are grouped.
    """
    for alert in alerts:
        fitting = (one for one in shared if not alert.is_private or one.visibility == Visibility.PRIVATE)
        incident = next(fitting, None)
        incident_id = incident.id if incident is not None else _declared(source, alert, words, moment)
        if source.grouping_window_seconds:
            incident = incident or Incident.objects.get(pk=incident_id)
            shared = [incident, *(one for one in shared if one != incident)]
        yield IncidentAlert(incident_id=incident_id, alert=alert, created_at=moment, updated_at=moment)


def _declared(source: AlertSource, alert: Alert, words: Snapshot, moment: datetime) -> str:
    """A new incident in triage, as the route words it. A severity or type that was archived is left open."""
    document = {"alert": as_document(alert)}
    triage = words.statuses_in(StatusCategory.TRIAGE)
    report = Report(
        idempotency_key=f"alert:{alert.id}:{alert.firings}",
        visibility=Visibility.PRIVATE if alert.is_private else Visibility.PUBLIC,
        name=" ".join(render(source.incident_name, document, LONGEST_NAME).split()),
        summary=render(source.incident_summary, document, LONGEST_SUMMARY),
        mode=source.incident_mode,
        severity_id=_offered(words.severities, source.incident_severity_id),
        incident_type_id=_offered(words.types, source.incident_type_id),
        incident_status_id=triage[0].id if triage else None,
    )
    return declare(actor_of(alert), report, words, moment).incident_id


def as_document(alert: Alert) -> dict[str, Any]:
    """The alert as templates name its parts."""
    names = ("title", "description", "source_url", "deduplication_key", "status", "metadata")
    return {name: getattr(alert, name) for name in names}


def _offered[W: Word](words: dict[str, W], pk: str | None) -> str | None:
    word = words.get(pk or "")
    return None if word is None or word.archived_at is not None else pk
