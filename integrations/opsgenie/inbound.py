"""What the webhooks of Opsgenie and of Jira Service Management tell: an alert there is an alert here while it is open.

They are not signed: the source's own secret stands in the address, or in a header of the webhook. What they say is
written at support.atlassian.com, Alert action data.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.alert_templates import as_text
from incidents.models import AlertStatus, Incident
from integrations.base import Inbound

LONGEST_KEY = 500
LONGEST_NUMBER = 19  # digits of nanoseconds since 1970
LATEST_SECONDS = 2**33
# Every other action may be done to an alert that is closed, too (a note, a tag): it does not say whether one is open.
STATUSES = {
    "create": AlertStatus.FIRING,
    "acknowledge": AlertStatus.FIRING,
    "unacknowledge": AlertStatus.FIRING,
    "escalate": AlertStatus.FIRING,
    "close": AlertStatus.RESOLVED,
    "delete": AlertStatus.RESOLVED,
}
WORDS = ("alertId", "alias", "tinyId", "priority", "entity", "source", "username", "owner", "note")
LISTS = ("tags", "teams", "recipients", "actions")


def parse(body: Mapping[str, Any]) -> Sequence[AlertEvent]:
    """What became of an alert; nothing, where it was only written on.

    An alert that the hub itself made is none: it would make an incident of its own incident.

    Raises:
        Invalid: this is no webhook of Opsgenie's.
    """
    action, alert = body.get("action"), body.get("alert")
    if not isinstance(action, str) or not isinstance(alert, dict):
        message = "This is no webhook of Opsgenie: it has no action, or no alert"
        raise Invalid("invalid_value", message, "alert" if isinstance(action, str) else "action")
    alias, alert_id = (as_text(alert.get(name)).strip() for name in ("alias", "alertId"))
    key = next((name for name in (alias, alert_id) if name and len(_key(name)) <= LONGEST_KEY), "")
    if not key:
        raise Invalid("is_required", "The alert has neither an alias nor an ID", "alert.alertId")
    status = STATUSES.get(action.strip().casefold())
    if status is None or _is_ours(alias):
        return []
    return [_event_of(_key(key), status, alert, body)]


def _key(name: str) -> str:
    return f"opsgenie:{name}"


def _is_ours(alias: str) -> bool:
    return is_id(alias) and Incident.objects.filter(pk=alias).exists()


def _event_of(key: str, status: AlertStatus, alert: dict[str, Any], body: Mapping[str, Any]) -> AlertEvent:
    title = " ".join(as_text(alert.get("message")).split()) or f"Alert {as_text(alert.get('tinyId'))}".strip()
    return AlertEvent(
        status=status,
        title=title[:LONGEST_TITLE],
        deduplication_key=key,
        description=as_text(alert.get("description"))[:LONGEST_DESCRIPTION],
        metadata=_metadata(alert, body),
        payload=dict(body),
        at=_moment(alert.get("updatedAt")) or _moment(alert.get("createdAt")),
    )


def _metadata(alert: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"action": body["action"]}
    metadata |= {name: alert[name] for name in WORDS if isinstance(alert.get(name), str) and alert[name]}
    metadata |= {name: alert[name] for name in LISTS if isinstance(alert.get(name), list)}
    if isinstance(alert.get("details"), dict):
        metadata["details"] = alert["details"]
    for name, inside in (("integration", body.get("integrationName")), ("escalation", _name(body))):
        metadata |= {name: inside} if isinstance(inside, str) and inside else {}
    return metadata


def _name(body: Mapping[str, Any]) -> Any:
    """Whom an escalation tells."""
    notified = body.get("escalationNotify")
    return notified.get("name") if isinstance(notified, dict) else None


def _moment(said: Any) -> datetime | None:
    """The instant of so many milliseconds, as `createdAt` has it, or nanoseconds, as `updatedAt` has."""
    text = as_text(said).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
        return None
    number = float(text)
    while number > LATEST_SECONDS:
        number /= 1_000
    return datetime.fromtimestamp(number, UTC) if number > 0 else None


INBOUND = tuple(Inbound(source_type, parse) for source_type in ("opsgenie", "jsm"))
