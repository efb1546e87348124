"""What Grafana's webhook contact points tell: a notification of alerts, as Alertmanager's with more to say of each.

Grafana's documentation, "Configure webhook notifications" (body, HMAC signature), and "No Data and Error states".
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from rest_framework import serializers

from incidentio.core.fields import Body, Choice, Text
from incidentio.core.times import instant
from incidentio.core.views import validated
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent
from incidents.models import AlertStatus
from integrations.base import Arrived, Forged, Inbound

SOURCE_TYPE = "grafana"
LONGEST_KEY, LONGEST_URL, MOST_ALERTS = 500, 5_000, 5_000
SIGNATURE = "x-grafana-alerting-signature"
# A request on its way for longer is taken for one that somebody kept; Grafana's clock and ours may differ by as much.
LONGEST_WAY = timedelta(minutes=5)
SECONDS_DIGITS = range(9, 12)  # of a time in seconds, from 1973 on
# Alerts that Grafana makes of a rule that finds no data, or fails; the rule's own name is a label of theirs.
OF_RULES = ("DatasourceNoData", "DatasourceError")
# Where whoever is called looks first.
LINKS = ("panelURL", "dashboardURL", "generatorURL")
KEPT = ("startsAt", "values", "valueString", "silenceURL", "dashboardURL", "panelURL", "generatorURL", "imageURL")
OF_ALL = ("externalURL", "orgId")
# What the notification says of itself, for the source's template.
SAID_OF_ALL = ("receiver", "groupKey", "groupLabels", "commonLabels", "commonAnnotations", "title", "state", "message")


def _address() -> Text:
    return Text(required=False, allow_blank=True, max_length=LONGEST_URL)


class GrafanaAlert(Body):
    """One alert of a notification by Grafana."""

    status = Choice(choices=AlertStatus.values)
    fingerprint = Text(max_length=LONGEST_KEY)
    labels = serializers.DictField(child=Text(allow_blank=True))
    annotations = serializers.DictField(child=Text(allow_blank=True), required=False)
    startsAt = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    endsAt = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    generatorURL = _address()  # noqa: N815  as sent
    dashboardURL = _address()  # noqa: N815  as sent
    panelURL = _address()  # noqa: N815  as sent
    silenceURL = _address()  # noqa: N815  as sent
    imageURL = _address()  # noqa: N815  as sent
    values = serializers.DictField(required=False)
    valueString = Text(required=False, allow_blank=True)  # noqa: N815  as sent


class GrafanaPayload(Body):
    """A notification, as a webhook contact point sends it without a payload template of its own."""

    alerts = serializers.ListField(child=GrafanaAlert(), max_length=MOST_ALERTS)


def verify(arrived: Arrived, secret: str) -> None:
    """Grafana signs the body, or, where people named a header for the time, `<time>:<body>`.

    Which header that is nobody tells us, so that any that holds a time may be it.

    Raises:
        Forged: the signature is another, or was made too long ago.
    """
    given = arrived.headers.get(SIGNATURE, "").encode()
    if not given:
        raise Forged("There is no X-Grafana-Alerting-Signature")
    if hmac.compare_digest(given, _signature(secret, arrived.body)):
        return
    signed_at = next(
        (time for time in _times(arrived) if hmac.compare_digest(given, _timed(secret, time, arrived))), None
    )
    if signed_at is None:
        raise Forged("X-Grafana-Alerting-Signature is not of this body with the secret of this source")
    if abs(arrived.at.timestamp() - int(signed_at)) > LONGEST_WAY.total_seconds():
        raise Forged("X-Grafana-Alerting-Signature was made more than five minutes ago, or a clock is wrong")


def _times(arrived: Arrived) -> Iterator[str]:
    for value in arrived.headers.values():
        if value.isascii() and value.isdecimal() and len(value) in SECONDS_DIGITS:
            yield value


def _timed(secret: str, time: str, arrived: Arrived) -> bytes:
    return _signature(secret, f"{time}:".encode() + arrived.body)


def _signature(secret: str, content: bytes) -> bytes:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest().encode()


def parse(body: Mapping[str, Any]) -> list[AlertEvent]:
    """The alerts of a notification, each with its fingerprint for its key.

    Raises:
        ValidationError: something is missing or wrong, as where a payload template leaves fields out.
    """
    alerts = validated(GrafanaPayload, body)["alerts"]
    about = {name: body[name] for name in OF_ALL if body.get(name)}
    told = {name: body[name] for name in SAID_OF_ALL if name in body}
    return [_event_of(alert, about, told) for alert in alerts]


def _event_of(alert: dict[str, Any], about: dict[str, Any], told: dict[str, Any]) -> AlertEvent:
    annotations = alert.get("annotations", {})
    metadata = {"labels": alert["labels"], "annotations": annotations, **about}
    return AlertEvent(
        status=alert["status"],
        title=_title(alert, annotations)[:LONGEST_TITLE],
        deduplication_key=alert["fingerprint"],
        description=(annotations.get("description") or annotations.get("message") or "")[:LONGEST_DESCRIPTION],
        source_url=next((alert[name] for name in LINKS if alert.get(name)), ""),
        metadata=metadata | {name: alert[name] for name in KEPT if alert.get(name)},
        payload=told | alert,
        at=_at(alert),
    )


def _title(alert: dict[str, Any], annotations: dict[str, str]) -> str:
    """The summary; an alert about a rule says which one, and why Grafana made it."""
    labels = alert["labels"]
    name = labels.get("alertname", "")
    if name in OF_RULES:
        about = annotations.get("summary") or labels.get("rulename") or labels.get("datasource_uid") or ""
        return f"{name}: {about}" if about else name
    return annotations.get("summary") or name or alert["fingerprint"]


def _at(alert: dict[str, Any]) -> datetime | None:
    """Since when it fires, or is resolved; the end of an alert that is not over is the year 1, or a guess."""
    end = instant(alert.get("endsAt")) if alert["status"] == AlertStatus.RESOLVED else None
    return end or instant(alert.get("startsAt"))


INBOUND = Inbound(
    SOURCE_TYPE,
    parse,
    verify,
    signature_help="The secret under HMAC Signature in the settings of the contact point",
)
