"""Incident updates: what was said of incidents as they went on (API behaviour, section 6.8)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import ActorV2, actor_v2
from apikeys.authentication import caller_of
from apikeys.roles import EDIT_INCIDENTS, SKIP_FLOW
from catalog import snapshot
from catalog.api.incident_statuses import IncidentStatusV2
from catalog.api.severities import SeverityV2
from incidentio.core.errors import Conflict, Invalid
from incidentio.core.fields import Body, Id, Text
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, json_response, operation
from incidents import update_reads
from incidents.api.embedded import Embedded, embedded
from incidents.api.viewing import check_parent_in_body, check_parent_in_query, viewer_of
from incidents.sharing import share_update
from incidents.update_reads import UpdateRow

MAX_PAGE = 250
OWN_WORD = {"to_incident_status_id": "incident_status_id", "to_severity_id": "severity_id"}


class IncidentUpdateV2(serializers.Serializer[Any]):
    """What was said of an incident, and its status and severity from then on."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    new_incident_status = IncidentStatusV2()
    new_severity = SeverityV2(required=False)
    message = serializers.CharField(required=False)
    updater = ActorV2()
    merged_into_incident_id = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()


class IncidentUpdatesListResultV2(serializers.Serializer[Any]):
    """A page of updates, oldest first."""

    incident_updates = IncidentUpdateV2(many=True)
    pagination_meta = PaginationMeta(required=False)


class IncidentUpdatesCreateResultV2(serializers.Serializer[Any]):
    """The update of this idempotency key."""

    incident_update = IncidentUpdateV2()


class IncidentUpdatesListQueryV2(serializers.Serializer[Any]):
    """Which updates."""

    incident_id = serializers.CharField(required=False, help_text="Only those of this incident")
    page_size = page_query(MAX_PAGE)["page_size"]
    after = page_query(MAX_PAGE)["after"]


class IncidentUpdatesCreatePayloadV2(Body):
    """An update to share: a message, a new status, a new severity, or any of them together."""

    idempotency_key = Text(max_length=500, help_text="The same key again returns the update it first shared")
    incident_id = Id()
    message = Text(required=False, allow_blank=True, max_length=100_000, help_text="Markdown")
    to_incident_status_id = Id(required=False)
    to_severity_id = Id(required=False)


def incident_update_v2(row: UpdateRow, words: Embedded) -> dict[str, Any]:
    """An update on the wire; what it does not have is left out."""
    wire: dict[str, Any] = {
        "id": row.id,
        "incident_id": row.incident_id,
        "new_incident_status": words.statuses[row.new_incident_status_id],
        "updater": actor_v2(row.updater_kind, row.updater_id, row.updater_label, row.updater),
        "created_at": row.created_at,
    }
    if row.new_severity_id is not None:
        wire["new_severity"] = words.severities[row.new_severity_id]
    if row.message:
        wire["message"] = row.message
    if row.merged_into_incident_id is not None:
        wire["merged_into_incident_id"] = row.merged_into_incident_id
    return wire


@contextmanager
def in_own_words() -> Iterator[None]:
    """What the verb calls its arguments, in the words of this payload, wherever it says what is wrong."""
    said = {own: name for name, own in OWN_WORD.items()}
    try:
        yield
    except Invalid as refusal:
        named = [replace(one, pointer=said.get(one.pointer or "", one.pointer)) for one in refusal.problems]
        raise Invalid.many(named) from None


class IncidentUpdatesV2(ResourceViewSet):
    """What was said of incidents as they went on."""

    @operation(
        "Incident Updates V2#List",
        scope="incidents.view",
        query=IncidentUpdatesListQueryV2,
        answer=IncidentUpdatesListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer, size, incident_id = viewer_of(request), query["page_size"], query.get("incident_id")
        if incident_id is not None:
            check_parent_in_query(viewer, incident_id)
        words = embedded(snapshot.at(caller_of(request).config_version))
        rows = update_reads.page(viewer, size + 1, query.get("after"), incident_id)
        meta = pagination_meta(rows, size, lambda row: row.id)
        return {"incident_updates": [incident_update_v2(row, words) for row in rows[:size]], "pagination_meta": meta}

    @operation(
        "Incident Updates V2#Create",
        scope=EDIT_INCIDENTS,
        body=IncidentUpdatesCreatePayloadV2,
        answer=IncidentUpdatesCreateResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> HttpResponse:
        """Share an update, once per key."""
        caller, viewer = caller_of(request), viewer_of(request)
        check_parent_in_body(viewer, body["incident_id"])
        words = snapshot.at(caller.config_version)
        said = {OWN_WORD.get(name, name): value for name, value in body.items()}
        with in_own_words():
            shared = share_update(caller.actor, words=words, may_skip_flow=caller.has(SKIP_FLOW), **said)
        row = update_reads.one(viewer, shared.update_id)
        if row is None:
            raise Conflict("already_exists", "This idempotency key was used by another caller", "idempotency_key")
        response = json_response({"incident_update": incident_update_v2(row, embedded(words))}, 201)
        if shared.replayed:
            response["Idempotent-Replayed"] = "true"
        return response
