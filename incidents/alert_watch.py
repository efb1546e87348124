"""What happens to alerts when nothing is said: heartbeats that do not come, silence, and incidents that close."""

from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog import snapshot
from catalog.models import StatusCategory
from events.actors import Actor
from events.models import Event
from incidents.alert_changes import OPEN, lock_alert, resolve_alert
from incidents.alert_events import AlertEvent, receive
from incidents.alert_sources import HEARTBEAT
from incidents.models import Alert, AlertSource, AlertStatus, IncidentAlert
from incidents.totals import CREATED

RESOLVED_AT_ONCE = 500


def watch(now: datetime) -> None:
    """Fire the alerts of heartbeats that are overdue `now`, and resolve alerts that were silent for too long.

    Two statements when there is nothing to do; safe to call again and by several at once.
    """
    sources = list(_watched())
    for source in sources:
        if source.source_type == HEARTBEAT and not source.told and is_overdue(source, now):
            _miss(source.id, now)
    _resolve_silent([source for source in sources if source.source_type != HEARTBEAT], now)


def _watched() -> QuerySet[Any]:
    """Heartbeats that came at least once, `told` if their alert was heard of since, and sources with a timeout."""
    told = Alert.objects.filter(alert_source=OuterRef("pk"), heard_at__gt=OuterRef("last_ping_at"))
    beating = Q(source_type=HEARTBEAT, last_ping_at__isnull=False, archived_at=None)
    watched = AlertSource.objects.filter(beating | Q(auto_resolve_timeout_minutes__isnull=False))
    found: QuerySet[Any] = watched.annotate(told=Exists(told)).defer("secret")
    return found


def ping(source: AlertSource, now: datetime | None = None) -> None:
    """Note the heartbeat; that it was missed is over."""
    now = now or timezone.now()
    with transaction.atomic():
        AlertSource.objects.filter(pk=source.pk).update(last_ping_at=now)
        if Alert.objects.filter(alert_source=source, status=AlertStatus.FIRING).exists():
            receive(source, _heartbeat(source, AlertStatus.RESOLVED), now)


def _heartbeat(source: AlertSource, status: str) -> AlertEvent:
    return AlertEvent(
        status=status,
        title=f"{source.name}: no heartbeat",
        deduplication_key=source.id,
        description=f"A heartbeat is expected every {source.options['interval_seconds']} seconds.",
    )


def is_overdue(source: AlertSource, now: datetime) -> bool:
    """Whether too many heartbeats did not come; they are waited for once the first has come."""
    if source.last_ping_at is None:
        return False
    options = source.options
    allowed = options["interval_seconds"] * options["failure_threshold"] + options["grace_period_seconds"]
    return source.last_ping_at + timedelta(seconds=allowed) < now


def _miss(source_id: str, now: datetime) -> None:
    """Fire the alert of the heartbeat, once after each ping, whatever people do to the alert meanwhile."""
    with transaction.atomic():
        source = AlertSource.objects.select_for_update(no_key=True).get(pk=source_id)
        told = Alert.objects.filter(alert_source=source, heard_at__gt=source.last_ping_at)
        if is_overdue(source, now) and not told.exists():
            receive(source, _heartbeat(source, AlertStatus.FIRING), now)


def _resolve_silent(sources: list[AlertSource], now: datetime) -> None:
    """Resolve alerts their sources (all with a timeout) have not spoken of for so long."""
    since = {source.id: now - timedelta(minutes=source.auto_resolve_timeout_minutes or 0) for source in sources}
    silent = [Q(alert_source_id=pk, heard_at__lte=moment) for pk, moment in since.items()]
    if not silent:
        return
    rows = Alert.objects.filter(reduce(or_, silent), status=AlertStatus.FIRING).order_by("id")
    for alert_id in rows.values_list("id", flat=True)[:RESOLVED_AT_ONCE]:
        with transaction.atomic():
            alert = lock_alert(alert_id)
            if alert.heard_at <= since[alert.alert_source_id]:
                resolve_alert(Actor.system(), alert_id, now)


def resolve_with_incidents(events: list[Event]) -> None:
    """Follow the events: an incident that closes resolves its alerts where their source says so, unless they belong
    to another incident that is open. Whoever closed it resolved them.
    """
    moved = [event for event in events if event.type != CREATED and "incident_status_id" in event.changes]
    if not moved:
        return
    closed = {status.id for status in snapshot.current().statuses_in(StatusCategory.CLOSED)}
    closers = {event.subject_id: event.actor for event in moved if event.changes["incident_status_id"][1] in closed}
    links = IncidentAlert.objects.filter(
        incident_id__in=closers,
        alert__status=AlertStatus.FIRING,
        alert__alert_source__auto_resolve_incident_alerts=True,
    ).exclude(alert__incident_alerts__incident__incident_status__category__in=OPEN)
    for alert_id, incident_id in links.order_by("alert_id").values_list("alert_id", "incident_id"):
        resolve_alert(closers[incident_id], alert_id)
