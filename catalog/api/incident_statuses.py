"""Incident statuses on the wire (API behaviour, section 7.5)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.models import IncidentStatus, StatusCategory
from catalog.statuses import CREATABLE, archive_status, create_status, update_status
from incidentio.core.fields import Body, Choice, Text, Whole
from incidentio.core.lookup import get_or_404
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation


class IncidentStatusV1(serializers.Serializer[Any]):
    """A stage of an incident's life."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.ChoiceField(choices=StatusCategory.values)
    rank = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentStatusV2(IncidentStatusV1):
    """A status inside what V2 answers."""


class IncidentStatusesUpdatePayloadV1(Body):
    """A status as it shall be; its category stays."""

    name = Text(max_length=200)
    description = Text(allow_blank=True, max_length=10_000)
    rank = Whole(required=False, help_text="Where it sits within its category, the lowest first")


class IncidentStatusesCreatePayloadV1(IncidentStatusesUpdatePayloadV1):
    """A status to make, at the end of its category unless its rank is given."""

    category = Choice(choices=[str(category) for category in CREATABLE])


class IncidentStatusesListResultV1(serializers.Serializer[Any]):
    """All statuses, by rank."""

    incident_statuses = IncidentStatusV1(many=True)


class IncidentStatusesShowResultV1(serializers.Serializer[Any]):
    """One status."""

    incident_status = IncidentStatusV1()


def incident_status_v1(row: IncidentStatus) -> dict[str, Any]:
    """A status on the wire."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "category": row.category,
        "rank": row.rank,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


class IncidentStatusesV1(ResourceViewSet):
    """The stages of an incident's life."""

    @operation("Incident Statuses V1#List", scope="incident_statuses.view", answer=IncidentStatusesListResultV1)
    def list(self, request: Request) -> dict[str, Any]:
        rows = IncidentStatus.objects.active().order_by("rank", "id")
        return {"incident_statuses": [incident_status_v1(row) for row in rows]}

    @operation(
        "Incident Statuses V1#Create",
        scope="incident_lifecycles.update",
        body=IncidentStatusesCreatePayloadV1,
        answer=IncidentStatusesShowResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"incident_status": incident_status_v1(create_status(caller_of(request).actor, **body))}

    @operation("Incident Statuses V1#Show", scope="incident_statuses.view", answer=IncidentStatusesShowResultV1)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"incident_status": incident_status_v1(self._find(pk))}

    @operation(
        "Incident Statuses V1#Update",
        scope="incident_lifecycles.update",
        body=IncidentStatusesUpdatePayloadV1,
        answer=IncidentStatusesShowResultV1,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"incident_status": incident_status_v1(update_status(caller_of(request).actor, self._find(pk), **body))}

    @operation("Incident Statuses V1#Delete", scope="incident_lifecycles.update", status=202)
    def destroy(self, request: Request, pk: str) -> None:
        archive_status(caller_of(request).actor, self._find(pk))

    def _find(self, pk: str) -> IncidentStatus:
        row: IncidentStatus = get_or_404(IncidentStatus.objects.active(), pk, "incident status")
        return row
