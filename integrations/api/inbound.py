"""What tools send in their own words: checked against the sender's signature, then read as events of alerts."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.errors import Invalid, NotFound, Unauthenticated
from incidentio.core.lookup import get_or_404
from incidentio.core.views import operation
from incidents.alert_batches import receive_all
from incidents.api.alert_events import AUTHORIZED, SourceViewSet, TokenQuery, body_of, source_of
from incidents.models import AlertSource
from integrations.base import Arrived, Forged, Inbound
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
            raise NotFound("alert source")
        source = proven_source(request, inbound, alert_source_config_id)
        events = inbound.parse(body_of(request))
        receive_all(source, events)
        return {"status": "success", "message": "Events accepted for processing", "accepted": len(events)}


def proven_source(request: Request, inbound: Inbound, pk: str) -> AlertSource:
    """The source `pk`, which the request proves to speak for: by the tool's signature where people gave the source the
    secret the tool signs with, else by the source's own secret.

    Raises:
        NotFound: there is no such source of this type.
        Unauthenticated: it proves nothing.
        Invalid: the source is of another type.
    """
    body = request._request.body  # the very bytes, before anything reads them
    source: AlertSource = get_or_404(AlertSource.objects.active(), pk, "alert source")
    if source.source_type != inbound.source_type:
        raise Invalid("invalid_value", f"This source is of type {source.source_type!r}, not {inbound.source_type!r}")
    if inbound.verify is None or not source.signing_secret:
        return source_of(request, pk)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        inbound.verify(Arrived(headers, body, timezone.now()), source.signing_secret)
    except Forged as forgery:
        raise Unauthenticated("signature_invalid", str(forgery)) from forgery
    return source
