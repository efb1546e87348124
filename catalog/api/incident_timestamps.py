"""Incident timestamps on the wire: read only (API behaviour, section 6.7)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from catalog.models import IncidentTimestamp
from incidentio.core.lookup import get_or_404
from incidentio.core.views import ResourceViewSet, operation


class IncidentTimestampV2(serializers.Serializer[Any]):
    """A moment of an incident's life that a team records."""

    id = serializers.CharField()
    name = serializers.CharField()
    rank = serializers.IntegerField()


class IncidentTimestampsListResultV2(serializers.Serializer[Any]):
    """All timestamps, by rank."""

    incident_timestamps = IncidentTimestampV2(many=True)


class IncidentTimestampsShowResultV2(serializers.Serializer[Any]):
    """One timestamp."""

    incident_timestamp = IncidentTimestampV2()


def incident_timestamp_v2(row: IncidentTimestamp) -> dict[str, Any]:
    """A timestamp on the wire."""
    return {"id": row.id, "name": row.name, "rank": row.rank}


class IncidentTimestampsV2(ResourceViewSet):
    """The moments of an incident's life."""

    @operation("Incident Timestamps V2#List", answer=IncidentTimestampsListResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        rows = IncidentTimestamp.objects.active().order_by("rank")
        return {"incident_timestamps": [incident_timestamp_v2(row) for row in rows]}

    @operation("Incident Timestamps V2#Show", answer=IncidentTimestampsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        row: IncidentTimestamp = get_or_404(IncidentTimestamp.objects.active(), pk, "incident timestamp")
        return {"incident_timestamp": incident_timestamp_v2(row)}
