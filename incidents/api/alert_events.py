"""What sources send: events of alerts, in the hub's own words or Alertmanager's, and heartbeats.

A source proves itself by its own secret, as a token in the address or by HTTP authentication, not by an API key; one of
type http_custom by its sender's signature, once people gave it the secret to sign with.
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import Any

import structlog
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Invalid, NotFound, SecretUnreadable, Unauthenticated
from incidentio.core.fields import Body, Choice, Text
from incidentio.core.ids import new_id
from incidentio.core.lookup import get_or_404
from incidentio.core.parsing import StrictJSONParser
from incidentio.core.times import instant
from incidentio.core.views import ResourceViewSet, operation, validated
from incidents import alert_mapping
from incidents.alert_batches import receive_all
from incidents.alert_events import LONGEST_DESCRIPTION, LONGEST_TITLE, AlertEvent, receive
from incidents.alert_senders import SENDERS
from incidents.alert_signatures import is_signed, may_sign
from incidents.alert_sources import ALERTMANAGER, HEARTBEAT, HTTP_CUSTOM, is_secret
from incidents.alert_templates import as_text, find
from incidents.alert_watch import ping
from incidents.models import AlertSource, AlertStatus

LONGEST_KEY = 500
LONGEST_URL = 5_000
DEEPEST = 50
MOST_ALERTS = 5_000

log = structlog.stdlib.get_logger(__name__)


class AlertEventsCreateHTTPPayloadV2(Body):
    """What is wrong, or is not any more."""

    title = Text(max_length=LONGEST_TITLE)
    status = Choice(choices=AlertStatus.values)
    deduplication_key = Text(
        required=False, allow_blank=True, max_length=LONGEST_KEY, help_text="One key is one alert; made if left out"
    )
    description = Text(required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION)
    source_url = Text(required=False, allow_blank=True, max_length=LONGEST_URL)
    metadata = serializers.DictField(required=False)


class AlertEventsCreateHTTPResultV2(serializers.Serializer[Any]):
    """It was taken in."""

    status = serializers.CharField()
    message = serializers.CharField()
    deduplication_key = serializers.CharField()


class AlertmanagerAlert(Body):
    """One alert of a notification by Alertmanager."""

    status = Choice(choices=AlertStatus.values)
    fingerprint = Text(max_length=LONGEST_KEY)
    labels = serializers.DictField(child=Text(allow_blank=True))
    annotations = serializers.DictField(child=Text(allow_blank=True), required=False)
    startsAt = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    endsAt = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    generatorURL = Text(required=False, allow_blank=True, max_length=LONGEST_URL)  # noqa: N815  as sent


class AlertmanagerPayload(Body):
    """A notification, as Alertmanager's `incidentio_config` and `webhook_config` send it."""

    groupKey = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    externalURL = Text(required=False, allow_blank=True)  # noqa: N815  as sent
    alerts = serializers.ListField(child=AlertmanagerAlert(), max_length=MOST_ALERTS)


class TokenQuery(serializers.Serializer[Any]):
    """The source's secret, where it is not in the Authorization header."""

    token = serializers.CharField(required=False, help_text="The secret of the source; better sent as a bearer token")


AUTHORIZED = extend_schema(
    auth=[{"AlertSource": []}],  # type: ignore[list-item]  # the stubs know names only
    parameters=[
        OpenApiParameter("authorization", location="header", description="`Bearer` or `Basic`, with the secret"),
        OpenApiParameter("query", OpenApiTypes.OBJECT, style="deepObject", description="Anything else; not read"),
    ],
)


def source_of(request: Request, pk: str) -> AlertSource:
    """The source `pk`, which the request proves to speak for.

    Raises:
        NotFound: there is no such source, or it was deleted.
        Unauthenticated: no secret, or another's; no signature where one is due, or a wrong one.
    """
    source: AlertSource = get_or_404(AlertSource.objects.active(), pk, "alert source")
    if source.source_type == HTTP_CUSTOM and source.signing_secret:
        _check_signature(request, source)
    else:
        _check_token(request, source)
    return source


def _check_signature(request: Request, source: AlertSource) -> None:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = request._request.body  # the very bytes, before anything reads them
    if not is_signed(headers, body, source.signing_secret):
        message = "Sign the body: X-Signature: sha256=<HMAC-SHA256 of its bytes, in lower-case hexadecimal>"
        raise Unauthenticated("signature_invalid", message)


def _refuse_unsigned(source: AlertSource) -> None:
    """Where people gave a source the secret its tool signs with, its token is no way around the signature."""
    if source.source_type in SENDERS and may_sign(source.source_type) and source.signing_secret:
        message = f"This source hears only what is signed, at /v2/alert_events/{source.source_type}/{source.id}"
        raise Unauthenticated("signature_invalid", message)


def _check_token(request: Request, source: AlertSource) -> None:
    tokens = [token for token in _tokens(request) if token]
    if not tokens:
        message = "Send the secret of the alert source as a bearer token, or as `?token=`"
        raise Unauthenticated("missing_authorization_material", message)
    if not any(is_secret(source, token) for token in tokens):
        raise Unauthenticated("access_token_invalid", "This is not the secret of the alert source")


def _tokens(request: Request) -> Iterator[str]:
    yield request.query_params.get("token", "")
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip()
    elif scheme.lower() == "basic":
        try:
            yield from base64.b64decode(credentials.strip()).decode().split(":", maxsplit=1)
        except ValueError:
            return


def body_of(request: Request) -> dict[str, Any]:
    """The body, which both databases can keep as JSON.

    Raises:
        Invalid: no object, null characters, numbers beyond all bounds, or nested too deeply.
    """
    if not isinstance(request.data, dict):
        raise Invalid("invalid_value", "Must be a JSON object")
    level: list[Any] = [request.data]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return request.data
    raise Invalid("invalid_value", f"Nested more than {DEEPEST} levels deep")


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, str) and "\0" in value:
        raise Invalid("invalid_value", "Null characters are not allowed")
    elif isinstance(value, float) and not isfinite(value):
        raise Invalid("invalid_value", "A number is too large")


def http_event(source: AlertSource, data: dict[str, Any]) -> AlertEvent:
    """An event in the hub's own words. A source of type http_custom may have its key elsewhere, and more to say.

    Raises:
        Invalid: something is missing or wrong.
    """
    if source.source_type == HTTP_CUSTOM and alert_mapping.is_mapped(source.options):
        return _mapped_event(source, data)
    body = validated(AlertEventsCreateHTTPPayloadV2, data)
    key, metadata = body.get("deduplication_key", ""), body.get("metadata", {})
    if source.source_type == HTTP_CUSTOM:
        metadata = data
        if path := source.options.get("deduplication_key_path"):
            key = as_text(find(data, path))
            if not 0 < len(key) <= LONGEST_KEY:
                raise Invalid("is_required", f"1 to {LONGEST_KEY} characters are required at {path}", path)
    return AlertEvent(
        status=body["status"],
        title=body["title"],
        deduplication_key=key or new_id(),
        description=body.get("description", ""),
        source_url=body.get("source_url", ""),
        metadata=metadata,
        payload=data,
    )


def _mapped_event(source: AlertSource, data: dict[str, Any]) -> AlertEvent:
    """An event that the source's paths find. Without a key it would be a new alert each time, so that is refused."""
    said = alert_mapping.mapped(source.options, data)
    path = source.options.get(alert_mapping.KEY_PATH, "")
    if alert_mapping.KEY_PATH in said.problems:
        raise Invalid("is_required", f"1 to {LONGEST_KEY} characters are required at {path}", path)
    return AlertEvent(
        status=said.status,
        title=said.title[:LONGEST_TITLE] or f"Alert of {source.name}",
        deduplication_key=said.deduplication_key or new_id(),
        description=said.description[:LONGEST_DESCRIPTION],
        source_url=said.source_url[:LONGEST_URL],
        metadata=data,
        payload=data,
    )


def alertmanager_events(data: dict[str, Any]) -> list[AlertEvent]:
    """The alerts of a notification, each with its fingerprint for its key.

    Raises:
        Invalid: something is missing or wrong.
    """
    body = validated(AlertmanagerPayload, data)
    return [_alertmanager_event(alert, body.get("externalURL", "")) for alert in body["alerts"]]


def _alertmanager_event(alert: dict[str, Any], manager_url: str) -> AlertEvent:
    labels, annotations = alert["labels"], alert.get("annotations", {})
    title = annotations.get("summary") or labels.get("alertname") or alert["fingerprint"]
    metadata = {"labels": labels, "annotations": annotations, "externalURL": manager_url}
    return AlertEvent(
        status=alert["status"],
        title=title[:LONGEST_TITLE],
        deduplication_key=alert["fingerprint"],
        description=(annotations.get("description") or annotations.get("message") or "")[:LONGEST_DESCRIPTION],
        source_url=alert.get("generatorURL", ""),
        metadata=metadata | ({"startsAt": alert["startsAt"]} if alert.get("startsAt") else {}),
        payload=alert,
        at=_at(alert),
    )


def _at(alert: dict[str, Any]) -> datetime | None:
    """Since when it fires, or is resolved; an end that is not known is the year 1."""
    since = alert.get("startsAt")
    return (alert["status"] == AlertStatus.RESOLVED and instant(alert.get("endsAt"))) or instant(since)


def accepted(key: str) -> dict[str, Any]:
    """What the sender of an event is told."""
    return {"status": "success", "message": "Event accepted for processing", "deduplication_key": key}


class NotificationParser(StrictJSONParser):
    """Reads as much as 5,000 alerts take: Alertmanager does not send again what is refused for its size."""

    least_limit = 16 * 1024 * 1024


class SourceViewSet(ResourceViewSet):
    """What a source may call, by its secret; nothing is read before it is proven."""

    parser_classes = (NotificationParser,)
    authentication_classes = ()
    permission_classes = ()

    def handle_exception(self, exc: Exception) -> Any:
        """A secret that no key opens proves nothing and refuses nobody: senders are told to come again."""
        if isinstance(exc, UndecryptableSecret):
            log.error("secret_unreadable", alert_source_id=self.kwargs["alert_source_config_id"], why=str(exc))
            exc = SecretUnreadable()
        return super().handle_exception(exc)


class AlertEventsV2(SourceViewSet):
    """Events of alerts."""

    @AUTHORIZED
    @operation(
        "Alert Events V2#CreateHTTP",
        body=AlertEventsCreateHTTPPayloadV2,
        query=TokenQuery,
        answer=AlertEventsCreateHTTPResultV2,
        status=202,
        validate_body=False,
    )
    def http(self, request: Request, alert_source_config_id: str, query: dict[str, Any]) -> dict[str, Any]:
        source = source_of(request, alert_source_config_id)
        if source.source_type == ALERTMANAGER:
            return self._take_notification(source, request)
        if source.source_type == HEARTBEAT:
            raise Invalid("invalid_value", "A heartbeat source takes pings only, at its ping_url")
        _refuse_unsigned(source)
        event = http_event(source, body_of(request))
        receive(source, event)
        return accepted(event.deduplication_key)

    @AUTHORIZED
    @operation(
        "Alert Events V2#CreateAlertmanager",
        body=AlertmanagerPayload,
        query=TokenQuery,
        answer=AlertEventsCreateHTTPResultV2,
        status=202,
        validate_body=False,
    )
    def alertmanager(self, request: Request, alert_source_config_id: str, query: dict[str, Any]) -> dict[str, Any]:
        source = source_of(request, alert_source_config_id)
        if source.source_type != ALERTMANAGER:
            raise Invalid("invalid_value", f"This source is of type {source.source_type!r}, not 'alertmanager'")
        return self._take_notification(source, request)

    def _take_notification(self, source: AlertSource, request: Request) -> dict[str, Any]:
        data = body_of(request)
        receive_all(source, alertmanager_events(data))
        return accepted(as_text(data.get("groupKey")))


class HeartbeatV2(SourceViewSet):
    """Signs of life."""

    @AUTHORIZED
    @operation("Heartbeat V2#Ping", query=TokenQuery, status=204)
    def ping(self, request: Request, alert_source_config_id: str, query: dict[str, Any]) -> None:
        self._ping(request, alert_source_config_id)

    @AUTHORIZED
    @operation("Heartbeat V2#Ping#1", query=TokenQuery, status=204)
    def ping_by_get(self, request: Request, alert_source_config_id: str, query: dict[str, Any]) -> None:
        self._ping(request, alert_source_config_id)

    def _ping(self, request: Request, pk: str) -> None:
        source = source_of(request, pk)
        if source.source_type != HEARTBEAT:
            raise NotFound("heartbeat")
        ping(source)
