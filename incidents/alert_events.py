"""Receiving what a source tells of an alert: one deduplication key is one alert, however often it is told of."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents import alert_times
from incidents.alert_changes import HEARD, own_state, save, set_status
from incidents.alert_routes import actor_of, route
from incidents.alert_templates import as_text, find, render
from incidents.models import Alert, AlertSource, AlertStatus

LONGEST_TITLE = 5_000
LONGEST_DESCRIPTION = 100_000


@dataclass(frozen=True)
class AlertEvent:
    """What a source says of one alert. `payload` is all that was sent, for the source's template to pick from; `at` is
    when it was so, by the sender's own clock, where it says that.
    """

    status: str
    title: str
    deduplication_key: str
    description: str = ""
    source_url: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def receive(source: AlertSource, event: AlertEvent, moment: datetime | None = None) -> Alert | None:
    """Make, update, fire or resolve the alert of the event's key, and route it if it fires (API behaviour, section 11).

    Where the sender says when it was so, what is older than what is known changes nothing; else what comes last is the
    latest. The same event again changes nothing but when the alert was last heard of. That something is resolved which
    never fired is no news: then there is no alert, unless the event says its time, so that an earlier one may follow.
    """
    moment = moment or timezone.now()
    with transaction.atomic(savepoint=False):
        alert, made = _find(source, event, moment)
        if alert is None:
            return None
        before = {} if made else own_state(alert)
        fires = made and event.status == AlertStatus.FIRING
        if made or not alert_times.is_late(alert, event.status, event.at, moment):
            fires |= apply(source, alert, event, moment)
        links = route(source, [alert], moment).get(alert.id, {}) if fires else {}
        alert.heard_at = moment
        save(actor_of(alert), alert, before, moment, links)
        if own_state(alert) == before:
            alert.save(update_fields=HEARD)
    return alert


def apply(source: AlertSource, alert: Alert, event: AlertEvent, moment: datetime) -> bool:
    """Let the alert be as the event says; whether it went from quiet to firing by that."""
    alert.title, alert.description = words_of(source, event)
    alert.source_url, alert.metadata = event.source_url, event.metadata
    alert.told_at, alert.doubted_at = alert_times.told_at(event.at, moment), None
    return set_status(alert, event.status, moment)


def _find(source: AlertSource, event: AlertEvent, moment: datetime) -> tuple[Alert | None, bool]:
    """The alert of the event's key, locked, and whether it was made by this event: of rivals, one makes it."""
    locked = Alert.objects.select_for_update()
    if event.status == AlertStatus.RESOLVED and event.at is None:
        return locked.filter(alert_source=source, deduplication_key=event.deduplication_key).first(), False
    said = first_said(source, event, moment)
    return locked.get_or_create(alert_source=source, deduplication_key=event.deduplication_key, defaults=said)


def first_said(source: AlertSource, event: AlertEvent, moment: datetime) -> dict[str, Any]:
    """The columns of the alert that the event makes, its source and key apart."""
    title, description = words_of(source, event)
    said: dict[str, Any] = {
        "title": title,
        "description": description,
        "source_url": event.source_url,
        "metadata": event.metadata,
        "told_at": alert_times.told_at(event.at, moment),
        "is_private": bool(source.template.get("is_private")),
        "heard_at": moment,
        "created_at": moment,
        "updated_at": moment,
    }
    if event.status == AlertStatus.RESOLVED:
        said |= {"status": AlertStatus.RESOLVED, "firings": 0, "resolved_at": moment}
    return said


def words_of(source: AlertSource, event: AlertEvent) -> tuple[str, str]:
    """Title and description as the source's template has them; where it says nothing this hub understands, as sent."""
    said = {"title": event.title, "description": event.description}
    own = said | {
        "source_url": event.source_url,
        "deduplication_key": event.deduplication_key,
        "status": event.status,
        "metadata": event.metadata,
    }
    document = {**own, "alert": own, "payload": event.payload}
    title = _worded(source.template.get("title"), document, LONGEST_TITLE) or event.title
    description = _worded(source.template.get("description"), document, LONGEST_DESCRIPTION) or event.description
    return title, description


def _worded(binding: dict[str, Any] | None, document: dict[str, Any], longest: int) -> str:
    """What a binding says: what it refers to, or its literal. A literal in rich text says nothing here."""
    literal, reference = (binding or {}).get("literal") or "", (binding or {}).get("reference")
    if reference:
        return as_text(find(document, reference))[:longest]
    return "" if literal.startswith('{"') else render(literal, document, longest)
