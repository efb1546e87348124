"""What clients read on their rounds and this hub does not offer yet: well-formed lists of nothing.

Without them a client that copies everything would stop at the first 404 (API behaviour, section 13).
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation


def _nothing() -> serializers.ListField:
    return serializers.ListField(child=serializers.DictField(), help_text="Always empty: not offered by this hub yet")


class PageQuery(serializers.Serializer[Any]):
    """Which page."""

    page_size = page_query(250)["page_size"]
    after = page_query(250)["after"]


class AlertAttributesListResultV2(serializers.Serializer[Any]):
    """All alert attributes."""

    alert_attributes = _nothing()


class EscalationsListResultV2(serializers.Serializer[Any]):
    """A page of escalations."""

    escalations = _nothing()
    pagination_meta = PaginationMeta()


class EscalationsListPathsResultV2(serializers.Serializer[Any]):
    """A page of escalation paths."""

    escalation_paths = _nothing()
    pagination_meta = PaginationMeta()


class SchedulesListResultV2(serializers.Serializer[Any]):
    """A page of schedules."""

    schedules = _nothing()
    pagination_meta = PaginationMeta()


def empty_page(name: str, query: dict[str, Any]) -> dict[str, Any]:
    """The first and last page of what there is none of."""
    return {name: [], "pagination_meta": pagination_meta([], query["page_size"], str)}


class AlertAttributesV2(ResourceViewSet):
    """Attributes of alerts: not offered by this hub yet."""

    @operation("Alert Attributes V2#List", scope="alert_sources.view", answer=AlertAttributesListResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        """Always empty: this hub does not offer alert attributes yet."""
        return {"alert_attributes": []}


class EscalationsV2(ResourceViewSet):
    """Escalations and their paths: not offered by this hub yet."""

    @operation("Escalations V2#List", scope="escalations.view", query=PageQuery, answer=EscalationsListResultV2)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        """Always empty: this hub does not offer escalations yet."""
        return empty_page("escalations", query)

    @operation(
        "Escalations V2#ListPaths",
        scope="escalation_paths.view",
        query=PageQuery,
        answer=EscalationsListPathsResultV2,
    )
    def paths(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        """Always empty: this hub does not offer escalation paths yet."""
        return empty_page("escalation_paths", query)


class SchedulesV2(ResourceViewSet):
    """On-call schedules: not offered by this hub yet."""

    @operation("Schedules V2#List", scope="schedules.view", query=PageQuery, answer=SchedulesListResultV2)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        """Always empty: this hub does not offer schedules yet."""
        return empty_page("schedules", query)
