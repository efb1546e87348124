"""Incidents: declare, list, show."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog import snapshot
from catalog.snapshot import Snapshot
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.ids import is_id
from incidentio.core.pagination import pagination_meta
from incidentio.core.views import ResourceViewSet, json_response, operation, validated
from incidents import reads
from incidents.api.embedded import embedded, status_of_v1
from incidents.api.incidents_shapes import (
    IncidentsCreatePayloadV1,
    IncidentsCreateResultV1,
    IncidentsListQueryV1,
    IncidentsListResultV1,
    IncidentsShowResultV1,
)
from incidents.api.render import incident_v1, plain
from incidents.api.render import incident_v2 as render_v2
from incidents.api.viewing import viewer_of
from incidents.conditions import column_among, joined
from incidents.declare import Report, declare, declared_before
from incidents.models import Mode
from incidents.visibility import EVERYTHING, Viewer

V1_LISTED_MODES = (Mode.STANDARD, Mode.RETROSPECTIVE)
SAME_IN_REPORT = (
    "idempotency_key",
    "visibility",
    "name",
    "summary",
    "severity_id",
    "incident_type_id",
    "custom_field_entries",
    "incident_role_assignments",
    "slack_team_id",
    "source_message_channel_id",
    "source_message_timestamp",
)

ZENDESK_EXAMPLE = {
    "idempotency_key": "zendesk-4711",
    "visibility": "public",
    "name": "Checkout fails for everyone in Europe",
    "summary": "Three customers report errors when paying by card.",
    "custom_field_entries": [
        {
            "custom_field_id": "01HZX3Q8W5Y7V9K2M4N6P8R0ST",
            "values": [{"value_link": "https://example.zendesk.com/agent/tickets/4711"}],
        }
    ],
}


def report_v1(body: dict[str, Any], words: Snapshot) -> Report:
    """A V1 declare in the hub's words.

    Raises:
        Invalid: the installation has no status of the V1 name asked for.
    """
    same = {name: body[name] for name in SAME_IN_REPORT if name in body}
    status_id = None
    if "status" in body:
        status_id = status_of_v1(words, body["status"])
        if status_id is None:
            raise Invalid("invalid_value", f"No incident status stands for {body['status']!r} here", "status")
    mode = Mode.TEST if body.get("mode") == "test" else Mode.STANDARD
    return Report(**same, incident_status_id=status_id, mode=mode)


def list_data(request: Request) -> dict[str, Any]:
    """The query string of a list: `status` may be repeated."""
    params = request.query_params
    data: dict[str, Any] = {key: params[key] for key in ("page_size", "after") if params.get(key)}
    if wanted := [value for value in params.getlist("status") if value]:
        data["status"] = wanted
    return data


def incident_v2(incident_id: str) -> dict[str, Any] | None:
    """The incident as V2 shows it to whoever may see everything, or None if there is none; for webhooks."""
    read = reads.incident(EVERYTHING, incident_id)
    return plain(render_v2(read, embedded(snapshot.current()))) if read else None


class IncidentsV1(ResourceViewSet):
    """Incidents in the words of V1."""

    @operation(
        "Incidents V1#List",
        scope="incidents.view",
        query=IncidentsListQueryV1,
        query_data=list_data,
        answer=IncidentsListResultV1,
        deprecated=True,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        words = embedded(snapshot.at(caller_of(request).config_version))
        where = [column_among("mode", V1_LISTED_MODES)]
        if "status" in query:
            statuses = [pk for pk, name in words.v1_statuses.items() if name in query["status"]]
            where.append(column_among("incident_status_id", statuses))
        wanted = reads.Page(query["page_size"] + 1, query.get("after"), where=joined(where))
        found = reads.page(viewer_of(request), wanted)
        meta = pagination_meta(found, query["page_size"], lambda read: read.row.id)
        return {
            "incidents": [incident_v1(read, words) for read in found[: query["page_size"]]],
            "pagination_meta": meta,
        }

    @operation(
        "Incidents V1#Create",
        scope="incidents.create",
        body=IncidentsCreatePayloadV1,
        answer=IncidentsCreateResultV1,
        deprecated=True,
        validate_body=False,
    )
    def create(self, request: Request) -> HttpResponse:
        """Declare. The key is looked up before the body is checked: a retry is answered whatever became of it."""
        caller, viewer = caller_of(request), viewer_of(request)
        words = snapshot.at(caller.config_version)
        incident_id = self._declared_before(request, viewer)
        replayed = incident_id is not None
        if incident_id is None:
            body = validated(IncidentsCreatePayloadV1, request.data)
            made = declare(caller.actor, report_v1(body, words), words)
            incident_id, replayed = made.incident_id, made.replayed
            if replayed:  # lost the race for the key: its owner decides who may see the incident
                declared_before(body["idempotency_key"], caller.actor, viewer)
        read = reads.incident(EVERYTHING, incident_id)
        assert read is not None  # noqa: S101  incidents are never deleted
        response = json_response({"incident": incident_v1(read, embedded(words))})
        if replayed:
            response["Idempotent-Replayed"] = "true"
        return response

    def _declared_before(self, request: Request, viewer: Viewer) -> str | None:
        key = request.data.get("idempotency_key") if isinstance(request.data, dict) else None
        if not isinstance(key, str) or "\0" in key:
            return None
        return declared_before(key, caller_of(request).actor, viewer)

    @operation("Incidents V1#Show", scope="incidents.view", answer=IncidentsShowResultV1, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        read = reads.incident(viewer_of(request), pk) if is_id(pk) else None
        if read is None:
            raise NotFound("incident")
        return {"incident": incident_v1(read, embedded(snapshot.at(caller_of(request).config_version)))}
