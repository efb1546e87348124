"""Where an alert that fires goes: the route of its source says whether into an incident, and into which."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ulid import ULID

from catalog import snapshot
from catalog.models import StatusCategory, Word
from events.actors import Actor, ActorKind
from events.record import Changes
from incidents.alert_changes import OPEN, is_open, lock_open_incidents
from incidents.alert_templates import render
from incidents.changing import child, lock, touch
from incidents.declare import Report, declare
from incidents.models import Alert, AlertSource, IncidentAlert, Visibility

LONGEST_NAME = 500
LONGEST_SUMMARY = 100_000


def actor_of(alert: Alert) -> Actor:
    """The alert as the doer of what it brings about (API behaviour, section 11)."""
    return Actor(ActorKind.ALERT, alert.id, alert.title)


def route(source: AlertSource, alert: Alert, moment: datetime) -> Changes:
    """See that the locked `alert`, which fires, has an open incident, if the route of its source makes incidents.

    It keeps the one it has; else it joins the one of the alerts it is grouped with; else it declares one, in triage.
    Returns what is new about the alert by that.
    """
    if not source.creates_incidents or lock_open_incidents(alert):
        return {}
    incident_id = _grouped(source, alert, moment) or _declared(source, alert, moment)
    link = IncidentAlert.objects.create(incident_id=incident_id, alert=alert, created_at=moment, updated_at=moment)
    return {child("incident_alerts", link.id): [None, incident_id]}


def route_new(source: AlertSource, alerts: Sequence[Alert], moment: datetime) -> dict[str, Changes]:
    """As `route`, of alerts that were just made and fire, by their ids: grouped ones share what the first comes to."""
    if not source.creates_incidents or not alerts:
        return {}
    if source.grouping_window_seconds:
        first = _grouped(source, alerts[0], moment) or _declared(source, alerts[0], moment)
        incident_ids = [first] * len(alerts)
    else:
        incident_ids = [_declared(source, alert, moment) for alert in alerts]
    links = [
        IncidentAlert(incident_id=incident_id, alert=alert, created_at=moment, updated_at=moment)
        for alert, incident_id in zip(alerts, incident_ids, strict=True)
    ]
    IncidentAlert.objects.bulk_create(links)
    return {link.alert_id: {child("incident_alerts", link.id): [None, link.incident_id]} for link in links}


def _grouped(source: AlertSource, alert: Alert, moment: datetime) -> str | None:
    """The open incident that another alert of the source came to within the grouping window, if there is one.

    A private alert does not join a public incident.
    """
    if not source.grouping_window_seconds:
        return None
    # alerts of this source that fire at once wait here for each other
    AlertSource.objects.select_for_update(no_key=True).only("id").get(pk=source.pk)
    since = moment - timedelta(seconds=source.grouping_window_seconds)
    links = IncidentAlert.objects.filter(
        id__gte=_first_id(since),
        created_at__gte=since,
        alert__alert_source=source,
        incident__incident_status__category__in=OPEN,
    )
    if alert.is_private:
        links = links.filter(incident__visibility=Visibility.PRIVATE)
    link = links.order_by("-id").first()
    incident = lock(link.incident_id) if link is not None else None
    if incident is None or not is_open(incident):
        return None
    touch(incident, moment)
    return incident.id


def _first_id(moment: datetime) -> str:
    """The smallest id anything made at `moment` can have."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + bytes(10)))


def _declared(source: AlertSource, alert: Alert, moment: datetime) -> str:
    """A new incident in triage, as the route words it. A severity or type that was archived is left open."""
    words, document = snapshot.current(), {"alert": as_document(alert)}
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
