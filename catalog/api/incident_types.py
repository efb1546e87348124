"""Incident types on the wire, read only (API behaviour, section 7.6)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from catalog.models import CreateInTriage, IncidentType
from incidentio.core.lookup import get_or_404
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation


class IncidentTypeV1(serializers.Serializer[Any]):
    """A kind of incident."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    is_default = serializers.BooleanField()
    create_in_triage = serializers.ChoiceField(choices=CreateInTriage.values)
    private_incidents_only = serializers.BooleanField()
    owning_team_ids = serializers.ListField(child=serializers.CharField(), required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentTypesListResultV1(serializers.Serializer[Any]):
    """All types, by name."""

    incident_types = IncidentTypeV1(many=True)


class IncidentTypesShowResultV1(serializers.Serializer[Any]):
    """One type."""

    incident_type = IncidentTypeV1()


def incident_type_v1(row: IncidentType) -> dict[str, Any]:
    """A type on the wire."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "is_default": row.is_default,
        "create_in_triage": row.create_in_triage,
        "private_incidents_only": row.private_incidents_only,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


class IncidentTypesV1(ResourceViewSet):
    """The kinds of incidents."""

    @operation("Incident Types V1#List", scope="incident_types.view", answer=IncidentTypesListResultV1)
    def list(self, request: Request) -> dict[str, Any]:
        return {"incident_types": [incident_type_v1(row) for row in IncidentType.objects.active().order_by("name")]}

    @operation("Incident Types V1#Show", scope="incident_types.view", answer=IncidentTypesShowResultV1)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"incident_type": incident_type_v1(get_or_404(IncidentType.objects.active(), pk, "incident type"))}
