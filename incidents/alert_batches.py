"""Receiving many events at once, as in a storm: each alert ends as `receive` would leave it, at less cost.

Most of what is told in a storm was told before: that is found out with one read, and noted with one write. The rest is
done some at a time, so that whoever else writes gets in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.utils import timezone

from events.record import Changes, changed, created, record_each
from incidents import alert_times
from incidents.alert_changes import SUBJECT, UNTOLD, decline_quiet, own_state, verb_of
from incidents.alert_events import AlertEvent, apply, first_said, receive, words_of
from incidents.alert_routes import actor_of, route
from incidents.models import Alert, AlertSource, AlertStatus, IncidentAlert

READ_AT_ONCE = 500
WRITTEN_AT_ONCE = 100
COLUMNS = (
    "title",
    "description",
    "source_url",
    "metadata",
    "status",
    "firings",
    "resolved_at",
    *UNTOLD,
)

Known = dict[str, Alert]


def receive_all(source: AlertSource, events: Sequence[AlertEvent], moment: datetime | None = None) -> None:
    """Receive the events of one request, in their order where they speak of one alert.

    What a failure cuts off is sent again, and changes nothing twice.
    """
    moment = moment or timezone.now()
    if len(events) == 1:
        receive(source, events[0], moment)
        return
    for wave in _waves(events):
        for some in batched(wave, READ_AT_ONCE):
            _take(source, some, moment)


def _waves(events: Iterable[AlertEvent]) -> list[list[AlertEvent]]:
    """The first event of each key, then the second ones, and so on; what only repeats the one before is left out."""
    by_key: dict[str, list[AlertEvent]] = {}
    for event in events:
        said = by_key.setdefault(event.deduplication_key, [])
        if not said or said[-1] != event:
            said.append(event)
    longest = max(map(len, by_key.values()), default=0)
    waves = ([said[place] for said in by_key.values() if place < len(said)] for place in range(longest))
    return [sorted(wave, key=lambda event: event.status == AlertStatus.RESOLVED) for wave in waves]


def _take(source: AlertSource, events: Sequence[AlertEvent], moment: datetime) -> None:
    """Receive events of as many alerts: what fires before what is resolved, so that no incident is declined for want
    of an alert of the same events.
    """
    known = _known(source, events)
    heard, new, other = [], [], []
    for event in events:
        alert = known.get(event.deduplication_key)
        if alert is None:
            new.append(event)
        elif _is_old_news(source, alert, event, moment):
            heard.append(alert.pk)
        else:
            other.append(event)
    _hear(heard, moment)
    for some in batched(sorted(new, key=lambda event: event.deduplication_key), WRITTEN_AT_ONCE):
        _make(source, some, moment)
    for status in (AlertStatus.FIRING, AlertStatus.RESOLVED):
        for some in batched((event for event in other if event.status == status), WRITTEN_AT_ONCE):
            _change(source, some, moment)


def _known(source: AlertSource, events: Sequence[AlertEvent], *, locked: bool = False) -> Known:
    """The alerts of these events, by their keys; locked in the order in which everybody locks several."""
    rows = Alert.objects.select_for_update() if locked else Alert.objects.all()
    keys = [event.deduplication_key for event in events]
    found = rows.filter(alert_source=source, deduplication_key__in=keys).order_by("id")
    return {alert.deduplication_key: alert for alert in found}


def _is_old_news(source: AlertSource, alert: Alert, event: AlertEvent, moment: datetime) -> bool:
    """Whether the alert is as the event says already."""
    return (
        (alert.status, alert.source_url, alert.metadata) == (event.status, event.source_url, event.metadata)
        and (alert.told_at, alert.doubted_at) == (alert_times.told_at(event.at, moment), None)
        and (alert.title, alert.description) == words_of(source, event)
    )


def _hear(alert_ids: Sequence[str], moment: datetime) -> None:
    """Note that these alerts were heard of, locked in that order, too."""
    if not alert_ids:
        return
    with transaction.atomic():
        rows = Alert.objects.select_for_update().filter(pk__in=alert_ids, heard_at__lt=moment).order_by("id")
        Alert.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(heard_at=moment)


def _make(source: AlertSource, events: Sequence[AlertEvent], moment: datetime) -> None:
    """Make the alerts of these events, none of which was there; of rivals, one makes an alert, the others update it."""
    telling = [event for event in events if event.status == AlertStatus.FIRING or event.at is not None]
    with transaction.atomic():
        rows = [
            Alert(alert_source=source, deduplication_key=event.deduplication_key, **first_said(source, event, moment))
            for event in telling
        ]
        Alert.objects.bulk_create(rows, ignore_conflicts=True)
        stored = set(Alert.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        made = [row for row in rows if row.pk in stored]
        links = route(source, [row for row in made if row.status == AlertStatus.FIRING], moment)
        told = []
        for alert in made:
            changes = created(own_state(alert)) | links.get(alert.pk, {})
            incident_id = next((after for _, after in links.get(alert.pk, {}).values()), None)
            told.append((actor_of(alert), f"{SUBJECT}.created", alert.pk, changes, incident_id))
        record_each(SUBJECT, told, moment)
    rivals = {row.deduplication_key for row in rows} - {row.deduplication_key for row in made}
    for event in telling:
        if event.deduplication_key in rivals:
            receive(source, event, moment)


def _change(source: AlertSource, events: Sequence[AlertEvent], moment: datetime) -> None:
    """Let alerts that are there be as these events say, all of which fire or none of which do."""
    with transaction.atomic():
        known = _known(source, events, locked=True)
        before = {alert: own_state(alert) for alert in known.values()}
        pairs = [(known[event.deduplication_key], event) for event in events]
        fires = [alert for alert, event in pairs if _apply(source, alert, event, moment)]
        links = route(source, fires, moment)
        changes = {alert: changed(was, own_state(alert)) | links.get(alert.pk, {}) for alert, was in before.items()}
        news = {alert: said for alert, said in changes.items() if said}
        for alert in news:
            alert.updated_at = moment
        _save(before)
        _tell(source, news, moment)


def _apply(source: AlertSource, alert: Alert, event: AlertEvent, moment: datetime) -> bool:
    """Let the locked alert be as the event says, unless that comes late; whether it went to firing by that."""
    alert.heard_at = moment
    return not alert_times.is_late(alert, event.status, event.at, moment) and apply(source, alert, event, moment)


def _save(alerts: Iterable[Alert]) -> None:
    """Save the locked alerts in one statement: each is there, so none is inserted."""
    Alert.objects.bulk_create(alerts, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS)


def _tell(source: AlertSource, changes: Mapping[Alert, Changes], moment: datetime) -> None:
    """Record what changed about the alerts, and decline the incidents that wait for nobody any more."""
    incidents = _latest_incidents(changes)
    told = [
        (actor_of(alert), f"{SUBJECT}.{verb_of(said)}", alert.pk, said, incidents.get(alert.pk))
        for alert, said in changes.items()
    ]
    record_each(SUBJECT, told, moment, are_new=False)
    resolved = [a for a, said in changes.items() if "status" in said and a.status == AlertStatus.RESOLVED]
    for alert in _last_of_each_incident(source, resolved):
        decline_quiet(actor_of(alert), alert, moment)


def _latest_incidents(alerts: Iterable[Alert]) -> dict[str, str]:
    """The incident that each of the alerts came to last."""
    links = IncidentAlert.objects.filter(alert__in=[alert.pk for alert in alerts]).order_by("id")
    return dict(links.values_list("alert_id", "incident_id"))


def _last_of_each_incident(source: AlertSource, alerts: Sequence[Alert]) -> Iterator[Alert]:
    """One of the alerts for each incident they belong to, in the order of the incidents."""
    if not source.declines_resolved:
        return
    by_id = {alert.pk: alert for alert in alerts}
    links = IncidentAlert.objects.filter(alert__in=list(by_id)).order_by("incident_id", "id")
    last = dict(links.values_list("incident_id", "alert_id"))
    yield from (by_id[pk] for pk in dict.fromkeys(last.values()))
