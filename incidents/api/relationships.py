"""Relationships between incidents, read only."""

from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import check_parent_in_query, viewer_of
from incidents.models import Incident, Relationship
from incidents.visibility import visible_to

LARGEST_PAGE = 250


class IncidentRelationshipDetailsV1(serializers.Serializer[Any]):
    """The other incident."""

    id = serializers.CharField()
    external_id = serializers.IntegerField(help_text="The number in its reference")
    name = serializers.CharField()


class IncidentRelationshipV1(serializers.Serializer[Any]):
    """A relationship, from the side of the incident asked for."""

    id = serializers.CharField()
    incident = IncidentRelationshipDetailsV1()


class IncidentRelationshipsListResultV1(serializers.Serializer[Any]):
    """A page of relationships, oldest first."""

    incident_relationships = IncidentRelationshipV1(many=True)
    pagination_meta = PaginationMeta(required=False)


class IncidentRelationshipsListQueryV1(serializers.Serializer[Any]):
    """Whose relationships."""

    incident_id = serializers.CharField(help_text="The incident whose relationships to list")
    page_size = page_query(LARGEST_PAGE)["page_size"]
    after = page_query(LARGEST_PAGE)["after"]


def incident_relationship_v1(relationship_id: str, other: Incident) -> dict[str, Any]:
    """A relationship on the wire, naming the other incident."""
    return {"id": relationship_id, "incident": {"id": other.id, "external_id": other.number, "name": other.name}}


class IncidentRelationshipsV1(ResourceViewSet):
    """Which incidents have to do with each other."""

    @operation(
        "Incident Relationships V1#List",
        scope="incidents.view",
        query=IncidentRelationshipsListQueryV1,
        answer=IncidentRelationshipsListResultV1,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer, incident_id, size = viewer_of(request), query["incident_id"], query["page_size"]
        check_parent_in_query(viewer, incident_id)
        rows = Relationship.objects.filter(
            Q(incident_id=incident_id) | Q(related_incident_id=incident_id),
            visible_to(viewer, "incident__"),
            visible_to(viewer, "related_incident__"),
            id__gt=query.get("after", ""),
        )
        page = list(rows.select_related("incident", "related_incident").order_by("id")[: size + 1])
        return {
            "incident_relationships": [
                incident_relationship_v1(
                    row.id, row.related_incident if row.incident_id == incident_id else row.incident
                )
                for row in page[:size]
            ],
            "pagination_meta": pagination_meta(page, size, lambda row: row.id),
        }
