"""What happens to an alert: each change, under the alert's lock, is an event in the timeline of its latest incident."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import snapshot
from catalog.models import StatusCategory
from catalog.snapshot import Snapshot
from events.actors import Actor
from events.record import Changes, changed, created, record, state_of
from incidentio.core.errors import NotFound
from incidentio.core.ids import is_id
from incidents.edit import Edit, edit_incident
from incidents.models import Alert, AlertStatus, Incident, IncidentAlert

SUBJECT = "alert"
# When its source spoke of it, by whose clock ever, is no news; when it last changed is the time of its latest event.
HEARD = ("heard_at", "told_at", "doubted_at")
UNTOLD = (*HEARD, "updated_at")
OPEN = (StatusCategory.TRIAGE, StatusCategory.LIVE, StatusCategory.PAUSED)


def own_state(alert: Alert) -> dict[str, Any]:
    """The alert's columns as its events tell them."""
    return {name: value for name, value in state_of(alert).items() if name not in UNTOLD}


def lock_alert(alert_id: str) -> Alert:
    """The alert, locked until the transaction ends. An alert's lock is taken before those of its incidents.

    Raises:
        NotFound: there is no such alert.
    """
    rows = Alert.objects.select_for_update(of=("self",)).select_related("alert_source").defer("alert_source__secret")
    alert = rows.filter(pk=alert_id).first() if is_id(alert_id) else None
    if alert is None:
        raise NotFound("alert")
    return alert


def resolve_alert(actor: Actor, alert_id: str, moment: datetime | None = None) -> Alert:
    """Resolve the alert, now or at `moment`; one that is resolved stays as it is.

    Raises:
        NotFound: there is no such alert.
    """
    with transaction.atomic():
        alert = lock_alert(alert_id)
        before, moment = own_state(alert), moment or timezone.now()
        set_status(alert, AlertStatus.RESOLVED, moment)
        save(actor, alert, before, moment)
    return alert


def set_status(alert: Alert, status: str, moment: datetime) -> bool:
    """Let the alert fire or be resolved; whether it went from quiet to firing by that."""
    if status == alert.status:
        return False
    fires = status == AlertStatus.FIRING
    alert.status = status
    alert.resolved_at = None if fires else moment
    alert.firings += fires
    return fires


def save(actor: Actor, alert: Alert, before: dict[str, Any], moment: datetime, links: Changes | None = None) -> None:
    """Save the locked alert and record what differs from `before` (nothing: it was just made), besides its `links`.

    Once it is resolved, incidents that wait for nobody any more are declined.
    """
    now = own_state(alert)
    changes = (changed(before, now) if before else created(now)) | (links or {})
    if not changes:
        return
    if before:
        alert.updated_at = moment
        alert.save()
    latest = IncidentAlert.objects.filter(alert=alert).order_by("-id").values_list("incident_id", flat=True).first()
    type = f"{SUBJECT}.{verb_of(changes)}"
    record(actor, type, SUBJECT, alert.id, changes, incident_id=latest, moment=moment)
    if before and "status" in changes and alert.status == AlertStatus.RESOLVED:
        decline_quiet(actor, alert, moment)


def verb_of(changes: Changes) -> str:
    """What happened to the alert, by what changed."""
    was, status = changes.get("status", (None, None))
    if status is None:
        return "updated"
    if was is None:
        return "created"
    return "fired" if status == AlertStatus.FIRING else "resolved"


def open_statuses(words: Snapshot) -> set[str]:
    """The ids of the statuses of incidents that people still have to do with."""
    return {status.id for status in words.statuses.values() if status.category in OPEN}


def open_incidents(alerts: Iterable[Alert], words: Snapshot) -> dict[str, list[str]]:
    """The ids of the open incidents of each of the alerts, by the alert's id; nothing for one that has none."""
    links = IncidentAlert.objects.filter(alert__in=list(alerts), incident__incident_status__in=open_statuses(words))
    found: dict[str, list[str]] = {}
    for alert_id, incident_id in links.values_list("alert_id", "incident_id"):
        found.setdefault(alert_id, []).append(incident_id)
    return found


def lock_open(incident_ids: Collection[str], words: Snapshot) -> dict[str, Incident]:
    """Those of the incidents that are open, by their ids, in whose order everybody locks several: they stay so until
    the transaction ends.
    """
    if not incident_ids:
        return {}
    rows = Incident.objects.select_for_update().filter(pk__in=incident_ids).order_by("id")
    return {row.id: row for row in rows if row.incident_status_id in open_statuses(words)}


def decline_quiet(actor: Actor, alert: Alert, moment: datetime) -> None:
    """Decline the alert's incidents that are still in triage and have no firing alert, if its source says so."""
    if not alert.alert_source.declines_resolved:
        return
    words = snapshot.current()
    declined = words.statuses_in(StatusCategory.DECLINED)
    for incident in lock_open(open_incidents([alert], words).get(alert.id, ()), words).values():
        firing = Alert.objects.filter(incident_alerts__incident=incident, status=AlertStatus.FIRING)
        in_triage = words.statuses[incident.incident_status_id].category == StatusCategory.TRIAGE
        if declined and in_triage and not firing.exists():
            edit_incident(actor, incident.id, Edit(incident_status_id=declined[0].id), words, moment)
