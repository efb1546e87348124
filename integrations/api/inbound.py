"""What tools send in their own words: checked against the sender's signature, then read as events of alerts."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.errors import Invalid, Unauthenticated, Unavailable
from incidentio.core.lookup import get_or_404
from incidentio.core.views import operation
from incidents.alert_batches import receive_all
from incidents.api.alert_events import AUTHORIZED, SourceViewSet, TokenQuery, body_of, source_of
from incidents.api.alert_sources import alert_events_url
from incidents.models import AlertSource
from integrations.base import Arrived, Forged, Inbound, NotYet
from integrations.registry import INBOUND


class ToolEventResultV2(serializers.Serializer[Any]):
    """It was taken in."""

    status = serializers.CharField()
    message = serializers.CharField()
    accepted = serializers.IntegerField(help_text="How many events of alerts it told of")


class ToolEventsV2(SourceViewSet):
    """Events in the words of the tool that a source is of: its type says how its body is read and its sender known."""

    @AUTHORIZED
    @operation("Alert Events V2#CreateByTool", query=TokenQuery, answer=ToolEventResultV2, status=202)
    def create(self, request: Request, source_type: str, alert_source_config_id: str, query: dict[str, Any]) -> Any:
        inbound = INBOUND.get(source_type)
        if inbound is None:
            raise _elsewhere(source_type, source_of(request, alert_source_config_id))
        arrived = _arrived(request)
        source = proven_source(request, arrived, inbound, alert_source_config_id)
        body = body_of(request)
        said = inbound.set_aside(source, arrived, body) if inbound.set_aside is not None else None
        if said is not None:
            return _accepted(said, 0)
        events = inbound.parse(body)
        receive_all(source, events)
        return _accepted("Events accepted for processing", len(events))


def _elsewhere(source_type: str, source: AlertSource) -> Invalid:
    """What a source is told whose alerts come to an address of no tool, as /v2/alert_events/http_custom/<id> is."""
    message = f"No alerts are taken at {source_type[:50]!r}; those of this source at {alert_events_url(source)}"
    return Invalid("invalid_value", message)


def _accepted(message: str, events: int) -> dict[str, Any]:
    return {"status": "success", "message": message, "accepted": events}


def _arrived(request: Request) -> Arrived:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = request._request.body  # the very bytes, before anything reads them
    return Arrived(headers, body, timezone.now(), request.query_params.dict())


def proven_source(request: Request, arrived: Arrived, inbound: Inbound, pk: str) -> AlertSource:
    """The source `pk`, which the request proves to speak for: by the tool's signature where people gave the source the
    secret the tool signs with, else by the source's own secret; by both where the tool signs alike for everybody.

    Raises:
        NotFound: there is no such source of this type.
        Unauthenticated: it proves nothing.
        Unavailable: what it takes to check that is not known yet.
        Invalid: the source is of another type.
    """
    source: AlertSource = get_or_404(AlertSource.objects.active(), pk, "alert source")
    if source.source_type != inbound.source_type:
        raise Invalid("invalid_value", f"This source is of type {source.source_type!r}, not {inbound.source_type!r}")
    is_signed = inbound.verify is not None and (inbound.signs_for_all or bool(source.signing_secret))
    if inbound.signs_for_all or not is_signed:
        source = source_of(request, pk)
    if inbound.verify is not None and is_signed:
        try:
            inbound.verify(arrived, source.signing_secret)
        except Forged as forgery:
            raise Unauthenticated("signature_invalid", str(forgery)) from forgery
        except NotYet as delay:
            raise Unavailable("not_yet", str(delay), delay.wait_seconds) from delay
    return source
