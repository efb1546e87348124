"""Alerts and the incidents they belong to (API behaviour, section 11)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.models import StatusCategory
from incidentio.core.errors import Gather, Invalid, NotFound
from incidentio.core.filters import FilterQuery, Instants, KeyedOperators, Operators, Span, bracketed
from incidentio.core.ids import is_id
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import CursorField, PaginationMeta, pagination_meta
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents import alert_reads
from incidents.alert_changes import resolve_alert
from incidents.api.viewing import check_parent_in_query, viewer_of
from incidents.models import Alert, AlertSource, AlertStatus, Incident, IncidentAlert, Visibility

LARGEST_PAGE = 50
# What a slim incident calls the categories that have another name elsewhere.
SLIM_CATEGORY: dict[str, str] = {StatusCategory.LIVE: "active", StatusCategory.LEARNING: "post-incident"}
SLIM_CATEGORIES = [SLIM_CATEGORY.get(category, category) for category in StatusCategory.values]


class AlertAttributeV2(serializers.Serializer[Any]):
    """An attribute; there are none here yet."""

    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    array = serializers.BooleanField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    emoji = serializers.CharField(required=False)


class AlertAttributeCatalogEntryV2(serializers.Serializer[Any]):
    """A catalog entry."""

    id = serializers.CharField()
    name = serializers.CharField()
    catalog_type_id = serializers.CharField()


class AlertAttributeValueV2(serializers.Serializer[Any]):
    """A value of an attribute."""

    label = serializers.CharField(required=False)  # type: ignore[assignment]
    literal = serializers.CharField(required=False)
    catalog_entry = AlertAttributeCatalogEntryV2(required=False)


class AlertAttributeEntryV2(serializers.Serializer[Any]):
    """What an alert says of an attribute."""

    attribute = AlertAttributeV2()
    value = AlertAttributeValueV2(required=False)
    array_value = AlertAttributeValueV2(many=True, required=False)


class AlertSlimV2(serializers.Serializer[Any]):
    """An alert beside something else."""

    id = serializers.CharField()
    alert_source_id = serializers.CharField()
    deduplication_key = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(required=False)
    source_url = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=AlertStatus.values)
    alert_group_ids = serializers.ListField(child=serializers.CharField(), required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(required=False)


class AlertV2(AlertSlimV2):
    """An alert."""

    attributes = AlertAttributeEntryV2(many=True)


class IncidentSlimV2(serializers.Serializer[Any]):
    """An incident beside something else."""

    id = serializers.CharField()
    reference = serializers.CharField()
    external_id = serializers.IntegerField(help_text="The number in its reference")
    name = serializers.CharField()
    summary = serializers.CharField(required=False)
    visibility = serializers.ChoiceField(choices=Visibility.values)
    status_category = serializers.ChoiceField(choices=SLIM_CATEGORIES)


class IncidentAlertV2(serializers.Serializer[Any]):
    """An alert that belongs to an incident."""

    id = serializers.CharField()
    alert = AlertSlimV2()
    incident = IncidentSlimV2()
    alert_route_id = serializers.CharField(required=False)


class AlertsListResultV2(serializers.Serializer[Any]):
    """A page of alerts, newest first."""

    alerts = AlertV2(many=True)
    pagination_meta = PaginationMeta()


class AlertsShowResultV2(serializers.Serializer[Any]):
    """One alert."""

    alert = AlertV2()


class AlertsResolveResultV2(AlertsShowResultV2):
    """The alert, resolved."""


class AlertsListIncidentAlertsResultV2(serializers.Serializer[Any]):
    """A page of pairs of incident and alert, newest first."""

    incident_alerts = IncidentAlertV2(many=True)
    pagination_meta = PaginationMeta()


def _page_size() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, help_text="Rows on a page")


class AlertsListQueryV2(FilterQuery):
    """Which alerts."""

    page_size = _page_size()
    after = CursorField(required=False, help_text="The last ID of the page before")
    deduplication_key = Operators("is")
    status = Operators("one_of", "not_in", help_text="`status[one_of]`: firing, resolved")
    alert_source = Operators("one_of", "not_in", help_text="`alert_source[one_of]`: IDs of alert sources")
    alert_group_id = Operators("one_of", help_text="Alerts are not in groups here")
    created_at = Instants()
    updated_at = Instants()
    attributes = KeyedOperators("one_of", "not_in", "is", "is_blank", help_text="Alerts have no attributes here yet")
    has_notes = Operators("is", help_text="Alerts have no notes here")
    include_maintenance_window = Operators("is", help_text="There are no maintenance windows here")
    tags = Operators("one_of", help_text="Alerts have no tags here")


class AlertsListIncidentAlertsQueryV2(serializers.Serializer[Any]):
    """Which pairs of incident and alert."""

    page_size = _page_size()
    after = CursorField(required=False, help_text="The last ID of the page before")
    incident_id = serializers.CharField(required=False, help_text="Only those of this incident")
    alert_id = serializers.CharField(required=False, help_text="Only those of this alert")


def wanted_alerts(query: dict[str, Any]) -> alert_reads.Wanted | None:
    """Which alerts a list asks for; None if it asks for what no alert here has.

    Raises:
        Invalid: something that is not there; all mistakes at once.
    """
    problems, statuses, sources = Gather(), None, None
    with problems:
        statuses = _chosen(query, "status", AlertStatus.values)
    with problems:
        if "alert_source" in query:
            sources = _chosen(query, "alert_source", list(AlertSource.objects.values_list("id", flat=True)))
    for name in ("alert_group_id", "attributes"):
        with problems:
            for asked in query.get(name, {}):
                raise Invalid("not_found", "There is no such thing here", f"{name}.{asked}")
    flags = {}
    for name in ("has_notes", "include_maintenance_window"):
        with problems:
            flags[name] = _flag(query, name)
    problems.raise_if_any()
    if flags["has_notes"] or "tags" in query:
        return None
    return alert_reads.Wanted(
        keys=query.get("deduplication_key", {}).get("is"),
        statuses=statuses,
        sources=sources,
        created=query.get("created_at", Span()),
        updated=query.get("updated_at", Span()),
    )


def _chosen(query: dict[str, Any], name: str, known: list[str]) -> list[str] | None:
    """Which of what is `known` the filter lets through; None if there is no such filter."""
    if name not in query:
        return None
    for operator, values in query[name].items():
        for value in values:
            if value not in known:
                raise Invalid("not_found", f"There is no {value[:60]!r} to filter by", f"{name}.{operator}")
    wanted = query[name].get("one_of", known)
    return [value for value in wanted if value not in query[name].get("not_in", [])]


def _flag(query: dict[str, Any], name: str) -> bool:
    values = query.get(name, {}).get("is", ["false"])
    if values[-1] not in ("true", "false"):
        raise Invalid("invalid_value", "Must be true or false", f"{name}.is")
    return bool(values[-1] == "true")


def alert_slim_v2(alert: Alert) -> dict[str, Any]:
    """An alert beside something else; what it does not have is left out."""
    wire: dict[str, Any] = {
        "id": alert.id,
        "alert_source_id": alert.alert_source_id,
        "deduplication_key": alert.deduplication_key,
        "title": alert.title,
        "status": alert.status,
        "created_at": rfc3339(alert.created_at),
        "updated_at": rfc3339(alert.updated_at),
    }
    for name in ("description", "source_url"):
        if value := getattr(alert, name):
            wire[name] = value
    if alert.resolved_at is not None:
        wire["resolved_at"] = rfc3339(alert.resolved_at)
    return wire


def alert_v2(alert: Alert) -> dict[str, Any]:
    """An alert on the wire."""
    return {**alert_slim_v2(alert), "attributes": []}


def incident_slim_v2(incident: Incident) -> dict[str, Any]:
    """An incident beside something else."""
    category = incident.incident_status.category
    wire = {
        "id": incident.id,
        "reference": incident.reference,
        "external_id": incident.number,
        "name": incident.name,
        "visibility": incident.visibility,
        "status_category": SLIM_CATEGORY.get(category, category),
    }
    return wire | ({"summary": incident.summary} if incident.summary else {})


def incident_alert_v2(link: IncidentAlert) -> dict[str, Any]:
    """A pair of incident and alert on the wire."""
    return {"id": link.id, "alert": alert_slim_v2(link.alert), "incident": incident_slim_v2(link.incident)}


class AlertsV2(ResourceViewSet):
    """What monitoring says is wrong."""

    @operation(
        "Alerts V2#List",
        scope="alerts.view",
        query=AlertsListQueryV2,
        query_data=bracketed,
        answer=AlertsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        size, wanted = query["page_size"], wanted_alerts(query)
        rows = []
        if wanted is not None:
            rows = alert_reads.page(viewer_of(request), wanted, size + 1, query.get("after"))
        meta = pagination_meta(rows, size, lambda row: row.id)
        return {"alerts": [alert_v2(row) for row in rows[:size]], "pagination_meta": meta}

    @operation("Alerts V2#Show", scope="alerts.view", answer=AlertsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"alert": alert_v2(self._find(request, pk))}

    @operation("Alerts V2#Resolve", scope="alerts.resolve", answer=AlertsResolveResultV2)
    def resolve(self, request: Request, pk: str) -> dict[str, Any]:
        alert = self._find(request, pk)
        return {"alert": alert_v2(resolve_alert(caller_of(request).actor, alert.id))}

    @operation(
        "Alerts V2#ListIncidentAlerts",
        scope="alerts.view",
        query=AlertsListIncidentAlertsQueryV2,
        answer=AlertsListIncidentAlertsResultV2,
    )
    def list_incident_alerts(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer, size = viewer_of(request), query["page_size"]
        incident_id, alert_id = query.get("incident_id"), query.get("alert_id")
        if incident_id is not None:
            check_parent_in_query(viewer, incident_id)
        if alert_id is not None and not (is_id(alert_id) and alert_reads.alerts(viewer).filter(pk=alert_id).exists()):
            raise NotFound("alert", "alert_id")
        rows = alert_reads.page_of_links(viewer, alert_id, incident_id, size + 1, query.get("after"))
        return {
            "incident_alerts": [incident_alert_v2(row) for row in rows[:size]],
            "pagination_meta": pagination_meta(rows, size, lambda row: row.id),
        }

    def _find(self, request: Request, pk: str) -> Alert:
        return get_or_404(alert_reads.alerts(viewer_of(request)), pk, "alert")
