"""Severities on the wire (API behaviour, section 7.1)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.models import Severity
from catalog.severities import archive_severity, create_severity, update_severity
from incidentio.core.fields import Body, Text, Whole
from incidentio.core.lookup import get_or_404
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation


class SeverityV1(serializers.Serializer[Any]):
    """How bad an incident is: the higher the rank, the worse."""

    id = serializers.CharField()
    name = serializers.CharField(max_length=50)
    description = serializers.CharField()
    rank = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SeverityV2(SeverityV1):
    """A severity inside what V2 answers."""


class SeveritiesCreatePayloadV1(Body):
    """A severity to make. Without a rank it is worse than all others."""

    name = Text(max_length=50)
    description = Text(allow_blank=True, max_length=10_000)
    rank = Whole(required=False)


class SeveritiesUpdatePayloadV1(SeveritiesCreatePayloadV1):
    """A severity as it shall be. Without a rank it stays where it is."""


class SeveritiesListResultV1(serializers.Serializer[Any]):
    """All severities, by rank."""

    severities = SeverityV1(many=True)


class SeveritiesShowResultV1(serializers.Serializer[Any]):
    """One severity."""

    severity = SeverityV1()


def severity_v1(row: Severity) -> dict[str, Any]:
    """A severity on the wire."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "rank": row.rank,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


class SeveritiesV1(ResourceViewSet):
    """How bad it is."""

    @operation("Severities V1#List", scope="severities.view", answer=SeveritiesListResultV1)
    def list(self, request: Request) -> dict[str, Any]:
        return {"severities": [severity_v1(row) for row in Severity.objects.active().order_by("rank")]}

    @operation(
        "Severities V1#Create",
        scope="organisation_settings.update",
        body=SeveritiesCreatePayloadV1,
        answer=SeveritiesShowResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"severity": severity_v1(create_severity(caller_of(request).actor, **body))}

    @operation("Severities V1#Show", scope="severities.view", answer=SeveritiesShowResultV1)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"severity": severity_v1(self._find(pk))}

    @operation(
        "Severities V1#Update",
        scope="organisation_settings.update",
        body=SeveritiesUpdatePayloadV1,
        answer=SeveritiesShowResultV1,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"severity": severity_v1(update_severity(caller_of(request).actor, self._find(pk), **body))}

    @operation("Severities V1#Delete", scope="organisation_settings.update", status=202)
    def destroy(self, request: Request, pk: str) -> None:
        archive_severity(caller_of(request).actor, self._find(pk))

    def _find(self, pk: str) -> Severity:
        row: Severity = get_or_404(Severity.objects.active(), pk, "severity")
        return row
