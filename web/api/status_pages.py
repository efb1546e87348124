"""Status pages on the wire (API behaviour, section 12): this hub has none, so whatever names one names nothing."""

from typing import Any, NoReturn

from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.errors import NotFound
from incidentio.core.fields import Body, Choice, Flag, Text
from incidentio.core.pagination import PaginationMeta, page_query
from incidentio.core.views import ResourceViewSet, operation
from web.api.not_offered import PageQuery, empty_page

STAGES = ("investigating", "identified", "monitoring", "resolved")
TROUBLES = ("degraded_performance", "partial_outage", "full_outage")


class StatusPageV2(serializers.Serializer[Any]):
    """A page that tells the world how things are."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(required=False)
    public_url = serializers.CharField(required=False)


class StatusPageIncidentAffectedComponentV2(Body):
    """How a part of the product is."""

    component_id = Text()
    component_status = Choice(choices=("operational", *TROUBLES))


class StatusPageIncidentComponentImpactV2(serializers.Serializer[Any]):
    """How long a part of the product was in trouble."""

    component_id = serializers.CharField()
    component_status = serializers.ChoiceField(choices=TROUBLES)
    start_at = serializers.DateTimeField()
    end_at = serializers.DateTimeField(required=False)


class StatusPageIncidentUpdateV2(serializers.Serializer[Any]):
    """What was told of an incident at one moment."""

    id = serializers.CharField()
    status_page_incident_id = serializers.CharField()
    incident_status = serializers.ChoiceField(choices=STAGES)
    message = serializers.CharField()
    component_statuses = StatusPageIncidentAffectedComponentV2(many=True)
    published_at = serializers.DateTimeField()


class StatusPageIncidentV2(serializers.Serializer[Any]):
    """An incident as a status page tells it."""

    id = serializers.CharField()
    status_page_id = serializers.CharField()
    name = serializers.CharField()
    incident_status = serializers.ChoiceField(choices=STAGES)
    component_impacts = StatusPageIncidentComponentImpactV2(many=True)
    updates = StatusPageIncidentUpdateV2(many=True)
    published_at = serializers.DateTimeField()


class StatusPagesListStatusPagesResultV2(serializers.Serializer[Any]):
    """A page of status pages."""

    status_pages = StatusPageV2(many=True)
    pagination_meta = PaginationMeta()


class StatusPageIncidentsQueryV2(serializers.Serializer[Any]):
    """Which incidents of which status page."""

    status_page_id = serializers.CharField()
    component_id = serializers.CharField(required=False)
    group_id = serializers.CharField(required=False)
    sub_page_id = serializers.CharField(required=False)
    start_at = serializers.DateTimeField(required=False)
    end_at = serializers.DateTimeField(required=False)
    page_size = page_query(250)["page_size"]
    after = page_query(250)["after"]


class StatusPagesListStatusPageIncidentsResultV2(serializers.Serializer[Any]):
    """A page of a status page's incidents."""

    status_page_incidents = StatusPageIncidentV2(many=True)
    pagination_meta = PaginationMeta()


class StatusPagesShowStatusPageIncidentResultV2(serializers.Serializer[Any]):
    """One incident of a status page."""

    status_page_incident = StatusPageIncidentV2(required=False)


class StatusPagesShowStatusPageIncidentUpdateResultV2(serializers.Serializer[Any]):
    """One update."""

    status_page_incident_update = StatusPageIncidentUpdateV2(required=False)


class StatusPagesUpdateStatusPageIncidentPayloadV2(Body):
    """An incident of a status page as it shall be."""

    name = Text(max_length=200)


class StatusPagesCreateStatusPageIncidentPayloadV2(StatusPagesUpdateStatusPageIncidentPayloadV2):
    """An incident to tell of."""

    status_page_id = Text()
    idempotency_key = Text()
    incident_status = Choice(choices=STAGES)
    message = Text(max_length=4096)
    notify_subscribers = Flag()
    component_statuses = StatusPageIncidentAffectedComponentV2(many=True, required=False)


class StatusPagesCreateStatusPageIncidentUpdatePayloadV2(Body):
    """What to tell of an incident now."""

    status_page_incident_id = Text()
    message = Text(max_length=4096)
    notify_subscribers = Flag()
    incident_status = Choice(choices=STAGES, required=False)
    component_statuses = StatusPageIncidentAffectedComponentV2(many=True, required=False)


class StatusPagesV2(ResourceViewSet):
    """Status pages: this hub has none."""

    @operation("Status Pages V2#ListStatusPages", query=PageQuery, answer=StatusPagesListStatusPagesResultV2)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        """Always empty: this hub does not offer status pages."""
        return empty_page("status_pages", query)


class StatusPageIncidentsV2(ResourceViewSet):
    """Incidents of status pages. This hub has no status pages, so every call names one that does not exist: 404."""

    @operation(
        "Status Pages V2#ListStatusPageIncidents",
        query=StatusPageIncidentsQueryV2,
        answer=StatusPagesListStatusPageIncidentsResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> NoReturn:
        """Always 404: this hub does not offer status pages."""
        raise NotFound("status page", "status_page_id")

    @operation(
        "Status Pages V2#CreateStatusPageIncident",
        scope="status_pages.publish_updates",
        body=StatusPagesCreateStatusPageIncidentPayloadV2,
        answer=StatusPagesShowStatusPageIncidentResultV2,
        status=201,
        validate_body=False,
    )
    def create(self, request: Request) -> NoReturn:
        """Always 404: this hub does not offer status pages."""
        raise NotFound("status page", "status_page_id")

    @operation("Status Pages V2#ShowStatusPageIncident", answer=StatusPagesShowStatusPageIncidentResultV2)
    def retrieve(self, request: Request, status_page_incident_id: str) -> NoReturn:
        """Always 404: this hub does not offer status pages."""
        raise NotFound("status page incident")

    @operation(
        "Status Pages V2#UpdateStatusPageIncident",
        scope="status_pages.publish_updates",
        body=StatusPagesUpdateStatusPageIncidentPayloadV2,
        answer=StatusPagesShowStatusPageIncidentResultV2,
        validate_body=False,
    )
    def update(self, request: Request, status_page_incident_id: str) -> NoReturn:
        """Always 404: this hub does not offer status pages."""
        raise NotFound("status page incident")

    @operation(
        "Status Pages V2#CreateStatusPageIncidentUpdate",
        scope="status_pages.publish_updates",
        body=StatusPagesCreateStatusPageIncidentUpdatePayloadV2,
        answer=StatusPagesShowStatusPageIncidentUpdateResultV2,
        status=201,
        validate_body=False,
    )
    def tell(self, request: Request) -> NoReturn:
        """Always 404: this hub does not offer status pages."""
        raise NotFound("status page incident", "status_page_incident_id")
