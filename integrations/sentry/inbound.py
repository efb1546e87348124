"""What the webhooks of a Sentry integration tell: alerts about issues, alerts about metrics, and what became of issues.

Sentry's documentation, "Webhooks" (headers, signature) and its pages on issue alerts, metric alerts and issues. No time
is in the signature, so what is sent again cannot be told from what was sent before; each alert says when it was so.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from incidentio.core.errors import Invalid
from incidentio.core.times import instant
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.alert_templates import as_text
from incidents.models import AlertStatus
from integrations.base import Arrived, Forged, Inbound

SIGNATURE = "sentry-hook-signature"
LONGEST_ID, LONGEST_URL = 200, 5_000
LATEST_SECONDS = 2**33
# What people did to an issue that ends its alert; one that is created, assigned or open again fires by an alert rule.
ENDS_ISSUE = ("resolved", "archived", "ignored")
ENDS_METRIC = "resolved"
OF_EVENT = ("level", "culprit", "environment", "platform", "release", "project", "event_id", "issue_id")
OF_ISSUE = ("level", "culprit", "platform", "shortId", "status", "substatus")
OF_RULE = ("aggregate", "query", "dataset", "environment", "time_window")


def verify(arrived: Arrived, secret: str) -> None:
    """Sentry signs the very bytes it sends with the client secret of the integration.

    Raises:
        Forged: it is another body, or another secret.
    """
    given = arrived.headers.get(SIGNATURE, "")
    if not given:
        raise Forged("There is no Sentry-Hook-Signature")
    expected = hmac.new(secret.encode(), arrived.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged("Sentry-Hook-Signature is not of this body with the secret of this source")


def parse(body: Mapping[str, Any]) -> Sequence[AlertEvent]:
    """What a webhook tells of an issue or a metric; nothing if it is about something else (an installation, a comment).

    Raises:
        Invalid: this is no webhook of an integration, or it does not say of what it tells.
    """
    action, data = body.get("action"), body.get("data")
    if not isinstance(action, str) or not isinstance(data, dict):
        raise Invalid("invalid_value", "This is no webhook of a Sentry integration: it has no action and data", "data")
    if isinstance(data.get("event"), dict):
        return [_of_event(body, data, data["event"])]
    if isinstance(data.get("metric_alert"), dict):
        return [_of_metric(body, data, data["metric_alert"])]
    if isinstance(data.get("issue"), dict) and action in ENDS_ISSUE:
        return [_of_issue(body, data["issue"])]
    return []


def _of_event(body: Mapping[str, Any], data: dict[str, Any], event: dict[str, Any]) -> AlertEvent:
    """An issue alert: one of the issue's events met a rule."""
    issue_id = _id(event.get("issue_id"), "data.event.issue_id")
    metadata = _kept(event, OF_EVENT) | {"tags": _tags(event.get("tags")), "rule": as_text(data.get("triggered_rule"))}
    return AlertEvent(
        status=AlertStatus.FIRING,
        title=_title(event.get("title") or event.get("message") or f"Sentry issue {issue_id}"),
        deduplication_key=_key(issue_id),
        description=as_text(event.get("message") or event.get("culprit"))[:LONGEST_DESCRIPTION],
        source_url=_url(event.get("web_url")),
        metadata={name: value for name, value in metadata.items() if value},
        payload=dict(body),
        # When Sentry got it: whoever sends to Sentry may have kept it for long, or have a clock that is wrong.
        at=_seconds(event.get("received")) or instant(event.get("datetime")),
    )


def _of_issue(body: Mapping[str, Any], issue: dict[str, Any]) -> AlertEvent:
    """What became of an issue. It says no time, so that what never fired here leaves no alert behind."""
    issue_id = _id(issue.get("id"), "data.issue.id")
    return AlertEvent(
        status=AlertStatus.RESOLVED,
        title=_title(issue.get("title") or f"Sentry issue {issue_id}"),
        deduplication_key=_key(issue_id),
        description=as_text(issue.get("culprit"))[:LONGEST_DESCRIPTION],
        source_url=_url(issue.get("web_url") or issue.get("permalink")),
        metadata=_kept(issue, OF_ISSUE) | {"issue_id": issue_id, "action": as_text(body["action"])},
        payload=dict(body),
    )


def _of_metric(body: Mapping[str, Any], data: dict[str, Any], metric: dict[str, Any]) -> AlertEvent:
    """A metric alert: it went over a threshold, or came back."""
    pk = _id(metric.get("id"), "data.metric_alert.id")
    over = body["action"] == ENDS_METRIC
    rule = metric.get("alert_rule")
    about = _kept(rule, OF_RULE) | {"rule": as_text(rule.get("name"))} if isinstance(rule, dict) else {}
    said_at = metric.get("date_closed") if over else metric.get("date_detected") or metric.get("date_started")
    return AlertEvent(
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        title=_title(data.get("description_title") or metric.get("title") or f"Sentry metric alert {pk}"),
        deduplication_key=f"sentry:metric:{pk}",
        description=as_text(data.get("description_text"))[:LONGEST_DESCRIPTION],
        source_url=_url(data.get("web_url")),
        metadata=about | {"level": body["action"], "projects": _texts(metric.get("projects"))},
        payload=dict(body),
        at=instant(said_at),
    )


def _key(issue_id: str) -> str:
    return f"sentry:{issue_id}"


def _id(value: Any, pointer: str) -> str:
    """An id, which Sentry writes as text or as a number."""
    text = as_text(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(text) <= LONGEST_ID:
        raise Invalid("is_required", f"1 to {LONGEST_ID} characters are required", pointer)
    return text


def _title(said: Any) -> str:
    return " ".join(as_text(said).split())[:LONGEST_TITLE]


def _url(said: Any) -> str:
    return said[:LONGEST_URL] if isinstance(said, str) else ""


def _kept(thing: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: thing[name] for name in names if isinstance(thing.get(name), str | int | float) and thing[name] != ""}


def _tags(said: Any) -> dict[str, str]:
    """Tags, which Sentry writes as pairs."""
    pairs = said if isinstance(said, list) else []
    return {as_text(pair[0]): as_text(pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2}


def _texts(said: Any) -> list[str]:
    return [as_text(one) for one in said] if isinstance(said, list) else []


def _seconds(said: Any) -> datetime | None:
    """The instant of so many seconds."""
    is_time = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said < LATEST_SECONDS
    return datetime.fromtimestamp(said, UTC) if is_time else None


HELP = "The client secret of the internal integration in Sentry, under Settings, Custom Integrations"
ISSUES = Inbound("sentry", parse, verify, HELP)
METRICS = Inbound("sentry_metric", parse, verify, HELP)
