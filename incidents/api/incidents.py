"""Incidents: declare, list, show, edit, and what was learned from them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from apikeys.authentication import caller_of
from apikeys.roles import EDIT_INCIDENTS, SKIP_FLOW
from catalog import snapshot
from catalog.snapshot import Snapshot
from incidentio.core.errors import Invalid, NotFound, within
from incidentio.core.fields import Body
from incidentio.core.filters import bracketed
from incidentio.core.ids import is_id
from incidentio.core.pagination import pagination_meta
from incidentio.core.views import ResourceViewSet, json_response, operation, validated
from incidents import reads
from incidents.api.embedded import Embedded, embedded, status_of_v1
from incidents.api.incidents_list import IncidentsListQueryV2, page_of
from incidents.api.incidents_shapes import (
    IncidentsCreatePayloadV1,
    IncidentsCreateResultV1,
    IncidentsListQueryV1,
    IncidentsListResultV1,
    IncidentsShowResultV1,
)
from incidents.api.incidents_v2_shapes import (
    IncidentsCreatePayloadV2,
    IncidentsCreateResultV2,
    IncidentsEditPayloadV2,
    IncidentsEditResultV2,
    IncidentsImportPostmortemDocumentPayloadV2,
    IncidentsImportPostmortemDocumentResultV2,
    IncidentsListResultV2,
    IncidentsShowResultV2,
)
from incidents.api.render import incident_v1, plain, postmortem_document_v1
from incidents.api.render import incident_v2 as render_v2
from incidents.api.viewing import find_incident, viewer_of
from incidents.conditions import column_among, joined
from incidents.declare import Declared, Report, Retrospective, declare, declared_before
from incidents.edit import Edit, edit_incident
from incidents.models import Mode
from incidents.postmortems import import_document
from incidents.reads import IncidentRead
from incidents.visibility import EVERYTHING

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

# What V2 calls otherwise than the hub.
OWN_WORD = {"retrospective_incident_options": "retrospective", "slack_channel_name_override": "slack_channel_name"}

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


def incident_status_v2(status_id: str) -> dict[str, Any]:
    """A status, in use or not any more, as V2 shows it in an incident; for webhooks."""
    return plain({"status": embedded(snapshot.current()).statuses[status_id]})["status"]  # type: ignore[no-any-return]


def report_v2(body: dict[str, Any], words: Snapshot) -> Report:
    """A V2 declare in the hub's words."""
    said = {OWN_WORD.get(name, name): value for name, value in body.items()}
    if "retrospective" in said:
        said["retrospective"] = Retrospective(**said["retrospective"])
    return Report(**said)


def edit_v2(body: dict[str, Any]) -> Edit:
    """A V2 edit in the hub's words."""
    return Edit(**{OWN_WORD.get(name, name): value for name, value in body.items()})


def declared(request: Request, shape: type[Body], report_of: Callable[[dict[str, Any], Snapshot], Report]) -> Declared:
    """Declare what the request says in `shape`, or find what its key declared before.

    The key is looked up before the body is checked: a retry is answered whatever became of it.

    Raises:
        Conflict: the key was used by another caller for an incident this one may not see.
        Invalid: see `declare`.
    """
    caller, viewer = caller_of(request), viewer_of(request)
    key = request.data.get("idempotency_key") if isinstance(request.data, dict) else None
    if isinstance(key, str) and "\0" not in key and (found := declared_before(key, caller.actor, viewer)):
        return Declared(found, replayed=True)
    words = snapshot.at(caller.config_version)
    body = validated(shape, request.data)
    made = declare(caller.actor, report_of(body, words), words)
    if made.replayed:  # lost the race for the key: its owner decides who may see the incident
        declared_before(body["idempotency_key"], caller.actor, viewer)
    return made


def answer_declared(request: Request, made: Declared, render: Callable[[IncidentRead, Embedded], Any]) -> HttpResponse:
    """The incident of a key, and whether it had been declared before."""
    read = reads.incident(EVERYTHING, made.incident_id)
    assert read is not None  # noqa: S101  incidents are never deleted
    response = json_response({"incident": render(read, words_of(request))})
    if made.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def words_of(request: Request) -> Embedded:
    """The configuration as of the request, as incidents embed it."""
    return embedded(snapshot.at(caller_of(request).config_version))


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
        """Declare, once per key."""
        return answer_declared(request, declared(request, IncidentsCreatePayloadV1, report_v1), incident_v1)

    @operation("Incidents V1#Show", scope="incidents.view", answer=IncidentsShowResultV1, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        read = reads.incident(viewer_of(request), pk) if is_id(pk) else None
        if read is None:
            raise NotFound("incident")
        return {"incident": incident_v1(read, words_of(request))}


class IncidentsV2(ResourceViewSet):
    """Incidents. One is named by its ID, or by its number: `123` is INC-123."""

    @operation(
        "Incidents V2#List",
        scope="incidents.view",
        query=IncidentsListQueryV2,
        query_data=bracketed,
        answer=IncidentsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        words = snapshot.at(caller_of(request).config_version)
        found, meta = page_of(viewer_of(request), query, words)
        rendered = embedded(words)
        return {"incidents": [render_v2(read, rendered) for read in found], "pagination_meta": meta}

    @operation(
        "Incidents V2#Create",
        scope="incidents.create",
        body=IncidentsCreatePayloadV2,
        answer=IncidentsCreateResultV2,
        validate_body=False,
        example=ZENDESK_EXAMPLE,
    )
    def create(self, request: Request) -> HttpResponse:
        """Declare, once per key."""
        return answer_declared(request, declared(request, IncidentsCreatePayloadV2, report_v2), render_v2)

    @operation("Incidents V2#Show", scope="incidents.view", answer=IncidentsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._shown(request, pk if is_id(pk) else find_incident(viewer_of(request), pk))

    @operation("Incidents V2#Edit", body=IncidentsEditPayloadV2, answer=IncidentsEditResultV2, validate_body=False)
    def edit(self, request: Request, pk: str) -> dict[str, Any]:
        """Edit. The published operation names no scope, since what is needed depends on what is edited."""
        caller = caller_of(request)
        caller.require(EDIT_INCIDENTS)
        said = edit_v2(validated(IncidentsEditPayloadV2, request.data)["incident"])
        incident_id, words = find_incident(viewer_of(request), pk), snapshot.at(caller.config_version)
        with within("incident"):
            edit_incident(caller.actor, incident_id, said, words, may_skip_flow=caller.has(SKIP_FLOW))
        return self._shown(request, incident_id)

    @operation(
        "Incidents V2#ImportPostmortemDocument",
        scope="in_app_postmortems.import",
        body=IncidentsImportPostmortemDocumentPayloadV2,
        answer=IncidentsImportPostmortemDocumentResultV2,
        status=201,
    )
    def import_postmortem_document(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        incident_id = find_incident(viewer_of(request), pk)
        document = import_document(caller_of(request).actor, incident_id, **body)
        return {"postmortem_document": postmortem_document_v1(document)}

    def _shown(self, request: Request, incident_id: str) -> dict[str, Any]:
        read = reads.incident(viewer_of(request), incident_id)
        if read is None:
            raise NotFound("incident")
        return {"incident": render_v2(read, words_of(request))}
