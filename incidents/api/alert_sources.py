"""Alert sources on the wire (API behaviour, section 11)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.errors import Invalid
from incidentio.core.lookup import get_or_404
from incidentio.core.views import ResourceViewSet, operation
from incidentio.core.vocabulary import Meaning, Vocabulary, binding_v2, expression_v2, unknown, value_v2
from incidents.alert_addresses import mail_address
from incidents.alert_mapping import OWN
from incidents.alert_senders import SENDERS, mailbox_address
from incidents.alert_sources import (
    ALERTMANAGER,
    EMAIL,
    HEARTBEAT,
    OPTIONS,
    archive_alert_source,
    create_alert_source,
    secret_of,
    update_alert_source,
    validate_alert_source,
)
from incidents.api.alert_sources_shapes import (
    AlertSourcesCreatePayloadV2,
    AlertSourcesCreateResultV2,
    AlertSourcesListResultV2,
    AlertSourcesShowResultV2,
    AlertSourcesUpdatePayloadV2,
    AlertSourcesUpdateResultV2,
    AlertSourcesValidatePayloadV2,
)
from incidents.models import AlertSource

WHOLES = {"alert": "Alert", "payload": "Payload", "metadata": "Metadata"}


class AlertWords(Vocabulary):
    """What templates of alerts can refer to: parts of the alert, and of what was sent."""

    def look_up(self, reference: str) -> Meaning:
        whole, *parts = reference.split(".")
        return Meaning(" → ".join([WHOLES[whole], *parts])) if whole in WHOLES else unknown(reference)


def template_v2(template: dict[str, Any]) -> dict[str, Any]:
    """A stored template with labels."""
    words = AlertWords(template["expressions"])
    wire: dict[str, Any] = {
        "title": value_v2(template["title"], words),
        "description": value_v2(template["description"], words),
        "attributes": [],
        "expressions": [expression_v2(expression, words) for expression in template["expressions"]],
        "is_private": template.get("is_private", False),
    }
    if "visible_to_teams" in template:
        wire["visible_to_teams"] = binding_v2(template["visible_to_teams"], words)
    return wire


def alert_events_url(source: AlertSource) -> str:
    """Where the source's alerts are sent to."""
    own = source.source_type == ALERTMANAGER or source.source_type in SENDERS
    kind = source.source_type if own else "http"
    return f"{settings.PUBLIC_URL}/v2/alert_events/{kind}/{source.id}"


def ping_url(source: AlertSource) -> str:
    """Where the source's heartbeats are sent to."""
    return f"{settings.PUBLIC_URL}/v2/heartbeat/{source.id}/ping"


def _options_v2(source: AlertSource, mailbox: str | None) -> dict[str, Any]:
    options = {name: value for name, value in source.options.items() if name not in OWN}
    if source.source_type == HEARTBEAT:
        options["ping_url"] = ping_url(source)
    elif source.source_type == EMAIL:
        options = {"redactions": []} | options
        options["email_address"] = email_address(source, mailbox_address() if mailbox is None else mailbox)
    return {OPTIONS[source.source_type]: options} if options else {}


def email_address(source: AlertSource, mailbox: str) -> str:
    """Where letters of the source are sent to; where no mailbox is read, that reaches nobody."""
    return mail_address(source, mailbox) if mailbox else f"{source.id.lower()}@{urlsplit(settings.PUBLIC_URL).hostname}"


def alert_source_v2(source: AlertSource, mailbox: str | None = None) -> dict[str, Any]:
    """A source on the wire, its secret included. `mailbox` is the one that is read, where the caller knows it."""
    wire: dict[str, Any] = {
        "id": source.id,
        "name": source.name,
        "source_type": source.source_type,
        "template": template_v2(source.template),
        "secret_token": secret_of(source),
        "owning_team_ids": source.owning_team_ids,
        "auto_resolve_incident_alerts": source.auto_resolve_incident_alerts,
        **_options_v2(source, mailbox),
    }
    if source.source_type != HEARTBEAT:
        wire["alert_events_url"] = alert_events_url(source)
    if source.auto_resolve_timeout_minutes is not None:
        wire["auto_resolve_timeout_minutes"] = source.auto_resolve_timeout_minutes
    return wire


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """The settings of `body` as the verbs take them; what it leaves out is as in a new source."""
    return {
        "name": body["name"],
        "template": body["template"],
        "owning_team_ids": body.get("owning_team_ids", []),
        "auto_resolve_incident_alerts": body.get("auto_resolve_incident_alerts", False),
        "auto_resolve_timeout_minutes": body.get("auto_resolve_timeout_minutes"),
        "options": {name: body[name] for name in OPTIONS.values() if name in body},
    }


class AlertSourcesV2(ResourceViewSet):
    """Who sends alerts."""

    @operation("Alert Sources V2#List", scope="alert_sources.view", answer=AlertSourcesListResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        mailbox, rows = mailbox_address(), AlertSource.objects.active().order_by("id")
        return {"alert_sources": [alert_source_v2(row, mailbox) for row in rows]}

    @operation(
        "Alert Sources V2#Create",
        scope="alert_source.create",
        body=AlertSourcesCreatePayloadV2,
        answer=AlertSourcesCreateResultV2,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        made = create_alert_source(caller_of(request).actor, source_type=body["source_type"], **_said(body))
        return {"alert_source": alert_source_v2(made)}

    @operation("Alert Sources V2#Validate", scope="alert_sources.view", body=AlertSourcesValidatePayloadV2, status=204)
    def validate(self, request: Request, body: dict[str, Any]) -> None:
        validate_alert_source(**body)

    @operation("Alert Sources V2#Show", scope="alert_sources.view", answer=AlertSourcesShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"alert_source": alert_source_v2(self._find(pk))}

    @operation(
        "Alert Sources V2#Update",
        scope="alert_source.update",
        body=AlertSourcesUpdatePayloadV2,
        answer=AlertSourcesUpdateResultV2,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        source = self._find(pk)
        if body.get("disabled"):
            message = "A source cannot be disabled: switch its route off in the admin, or delete the source"
            raise Invalid("invalid_value", message, "disabled")
        return {"alert_source": alert_source_v2(update_alert_source(caller_of(request).actor, source, **_said(body)))}

    @operation("Alert Sources V2#Delete", scope="alert_source.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_alert_source(caller_of(request).actor, self._find(pk))

    def _find(self, pk: str) -> AlertSource:
        source: AlertSource = get_or_404(AlertSource.objects.active(), pk, "alert source")
        return source
