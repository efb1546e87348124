"""Every public path on one page."""

from typing import Any

from django.contrib import admin
from django.urls import URLPattern, path

from accounts.api.notifications import PoliciesV2, UserNotificationsV2
from accounts.api.users import UsersV2
from apikeys.api.api_keys import ApiKeysV1
from apikeys.api.identity import UtilitiesIdentityV1
from catalog.api.catalog_entries import CatalogEntriesV2, CatalogEntriesV3
from catalog.api.catalog_resources import CatalogResourcesV2, CatalogResourcesV3
from catalog.api.catalog_types import CatalogTypesV2, CatalogTypesV3
from catalog.api.custom_field_options import CustomFieldOptionsV1
from catalog.api.custom_fields import CustomFieldsV1, CustomFieldsV2
from catalog.api.incident_roles import IncidentRolesV1, IncidentRolesV2
from catalog.api.incident_statuses import IncidentStatusesV1
from catalog.api.incident_timestamps import IncidentTimestampsV2
from catalog.api.incident_types import IncidentTypesV1
from catalog.api.severities import SeveritiesV1
from catalog.api.teams import TeamsV3
from incidents.api.actions import ActionsV1, ActionsV2, ActionsV3
from incidents.api.alert_events import AlertEventsV2, HeartbeatV2
from incidents.api.alert_sources import AlertSourcesV2
from incidents.api.alerts import AlertsV2
from incidents.api.attachments import IncidentAttachmentsV1
from incidents.api.follow_ups import FollowUpsV2, FollowUpsV3
from incidents.api.incidents import IncidentsV1, IncidentsV2
from incidents.api.memberships import IncidentMembershipsV1
from incidents.api.participants import ParticipantsV2
from incidents.api.relationships import IncidentRelationshipsV1
from incidents.api.updates import IncidentUpdatesV2
from integrations.api.inbound import ToolEventsV2
from integrations.hooks import receive as tool_hook
from integrations.slack import hooks as slack_hooks
from web.api.not_offered import AlertAttributesV2, EscalationsV2, SchedulesV2
from web.api.status_pages import StatusPageIncidentsV2, StatusPagesV2
from web.api_document import UtilitiesDocumentV1, public_document, redoc, swagger
from web.health import healthz, livez
from web.metrics import metrics
from web.pages import favicon, home, incident, postmortem_document
from workflows.api.explanations import WorkflowExplanationsV2
from workflows.api.managed_resources import ManagedResourcesV2
from workflows.api.previews import WorkflowPreviewsV2
from workflows.api.rich_text import RichTextV1
from workflows.api.workflow_effects import WorkflowEffectsV2
from workflows.api.workflow_runs import WorkflowRunsV2
from workflows.api.workflows import WorkflowsV2

LIST: dict[str, Any] = {"get": "list", "post": "create"}
ITEM: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

# ---- API: identity and keys
identity = [
    path("v1/identity", UtilitiesIdentityV1.as_view({"get": "retrieve"})),
    path("v1/api_keys", ApiKeysV1.as_view(LIST)),
    path("v1/api_keys/<str:pk>", ApiKeysV1.as_view(ITEM)),
    path("v1/api_keys/<str:pk>/actions/rotate", ApiKeysV1.as_view({"post": "rotate"})),
    path("v1/openapiV3.json", UtilitiesDocumentV1.as_view({"get": "retrieve"})),
]

# ---- API: people
people = [
    path("v2/users", UsersV2.as_view({"get": "list"})),
    path("v2/users/<str:pk>", UsersV2.as_view({"get": "retrieve"})),
    path(
        "v2/users/<str:user_id>/notification_methods",
        UserNotificationsV2.as_view({"get": "methods", "post": "create_method"}),
    ),
    path(
        "v2/users/<str:user_id>/notification_rules",
        UserNotificationsV2.as_view({"get": "rules", "post": "create_rule"}),
    ),
    path(
        "v2/users/<str:user_id>/paging_provider",
        UsersV2.as_view({"get": "paging_provider", "post": "choose_paging_provider"}),
    ),
    path("v2/users/<str:user_id>/policies/<str:policy_id>/open", PoliciesV2.as_view({"get": "has_open"})),
    path("v3/teams", TeamsV3.as_view({"get": "list"})),
    path("v3/teams/<str:pk>", TeamsV3.as_view({"get": "retrieve"})),
]

# ---- API: configuration
configuration: list[URLPattern] = [
    path("v1/severities", SeveritiesV1.as_view(LIST)),
    path("v1/severities/<str:pk>", SeveritiesV1.as_view(ITEM)),
    path("v1/incident_statuses", IncidentStatusesV1.as_view(LIST)),
    path("v1/incident_statuses/<str:pk>", IncidentStatusesV1.as_view(ITEM)),
    path("v2/incident_timestamps", IncidentTimestampsV2.as_view({"get": "list"})),
    path("v2/incident_timestamps/<str:pk>", IncidentTimestampsV2.as_view({"get": "retrieve"})),
    path("v1/incident_types", IncidentTypesV1.as_view({"get": "list"})),
    path("v1/incident_types/<str:pk>", IncidentTypesV1.as_view({"get": "retrieve"})),
    path("v1/incident_roles", IncidentRolesV1.as_view(LIST)),
    path("v1/incident_roles/<str:pk>", IncidentRolesV1.as_view(ITEM)),
    path("v2/incident_roles", IncidentRolesV2.as_view(LIST)),
    path("v2/incident_roles/<str:pk>", IncidentRolesV2.as_view(ITEM)),
    path("v1/custom_fields", CustomFieldsV1.as_view(LIST)),
    path("v1/custom_fields/<str:pk>", CustomFieldsV1.as_view(ITEM)),
    path("v2/custom_fields", CustomFieldsV2.as_view(LIST)),
    path("v2/custom_fields/<str:pk>", CustomFieldsV2.as_view(ITEM)),
    path("v1/custom_field_options", CustomFieldOptionsV1.as_view(LIST)),
    path("v1/custom_field_options/<str:pk>", CustomFieldOptionsV1.as_view(ITEM)),
]

# ---- API: the service catalog
catalog = [
    path("v2/catalog_types", CatalogTypesV2.as_view(LIST)),
    path("v2/catalog_types/<str:pk>", CatalogTypesV2.as_view(ITEM)),
    path("v2/catalog_types/<str:pk>/actions/update_schema", CatalogTypesV2.as_view({"post": "update_schema"})),
    path("v2/catalog_entries", CatalogEntriesV2.as_view(LIST)),
    path("v2/catalog_entries/<str:pk>", CatalogEntriesV2.as_view(ITEM)),
    path("v2/catalog_resources", CatalogResourcesV2.as_view({"get": "list"})),
    path("v3/catalog_types", CatalogTypesV3.as_view(LIST)),
    path("v3/catalog_types/<str:pk>", CatalogTypesV3.as_view(ITEM)),
    path("v3/catalog_types/<str:pk>/actions/update_schema", CatalogTypesV3.as_view({"post": "update_schema"})),
    path("v3/catalog_entries", CatalogEntriesV3.as_view(LIST)),
    path("v3/catalog_entries/actions/bulk_update", CatalogEntriesV3.as_view({"post": "bulk_update"})),
    path("v3/catalog_entries/<str:pk>", CatalogEntriesV3.as_view(ITEM)),
    path("v3/catalog_resources", CatalogResourcesV3.as_view({"get": "list"})),
]

# ---- API: incidents
incidents = [
    path("v1/incidents", IncidentsV1.as_view(LIST)),
    path("v1/incidents/<str:pk>", IncidentsV1.as_view({"get": "retrieve"})),
    path("v2/incidents", IncidentsV2.as_view(LIST)),
    path("v2/incidents/<str:pk>", IncidentsV2.as_view({"get": "retrieve"})),
    path("v2/incidents/<str:pk>/actions/edit", IncidentsV2.as_view({"post": "edit"})),
    path(
        "v2/incidents/<str:pk>/actions/import_postmortem_document",
        IncidentsV2.as_view({"post": "import_postmortem_document"}),
    ),
]

# ---- API: what belongs to incidents
children = [
    path("v1/actions", ActionsV1.as_view({"get": "list"})),
    path("v1/actions/<str:pk>", ActionsV1.as_view({"get": "retrieve"})),
    path("v2/actions", ActionsV2.as_view(LIST)),
    path("v2/actions/<str:pk>", ActionsV2.as_view(ITEM)),
    path("v3/actions", ActionsV3.as_view(LIST)),
    path("v3/actions/<str:pk>", ActionsV3.as_view(ITEM)),
    path("v2/follow_ups", FollowUpsV2.as_view(LIST)),
    path("v2/follow_ups/<str:pk>", FollowUpsV2.as_view(ITEM)),
    path(
        "v2/follow_ups/<str:pk>/actions/connect_external_issue",
        FollowUpsV2.as_view({"post": "connect_external_issue"}),
    ),
    path("v3/follow_ups", FollowUpsV3.as_view(LIST)),
    path("v3/follow_ups/<str:pk>", FollowUpsV3.as_view(ITEM)),
    path(
        "v3/follow_ups/<str:pk>/actions/connect_external_issue",
        FollowUpsV3.as_view({"post": "connect_external_issue"}),
    ),
    path("v1/incident_attachments", IncidentAttachmentsV1.as_view(LIST)),
    path("v1/incident_attachments/<str:pk>", IncidentAttachmentsV1.as_view({"delete": "destroy"})),
    path("v1/incident_memberships", IncidentMembershipsV1.as_view({"post": "create"})),
    path("v1/incident_memberships/actions/revoke", IncidentMembershipsV1.as_view({"post": "revoke"})),
    path("v2/incident_participants", ParticipantsV2.as_view({"get": "list"})),
    path("v2/incident_updates", IncidentUpdatesV2.as_view(LIST)),
    path("v1/incident_relationships", IncidentRelationshipsV1.as_view({"get": "list"})),
]

# ---- API: alerts; sources call the last three by their own secrets
alerts: list[URLPattern] = [
    path("v2/alerts", AlertsV2.as_view({"get": "list"})),
    path("v2/alerts/<str:pk>", AlertsV2.as_view({"get": "retrieve"})),
    path("v2/alerts/<str:pk>/actions/resolve", AlertsV2.as_view({"post": "resolve"})),
    path("v2/incident_alerts", AlertsV2.as_view({"get": "list_incident_alerts"})),
    path("v2/alert_sources", AlertSourcesV2.as_view(LIST)),
    path("v2/alert_sources/actions/validate", AlertSourcesV2.as_view({"post": "validate"})),
    path("v2/alert_sources/<str:pk>", AlertSourcesV2.as_view(ITEM)),
    path("v2/alert_events/http/<str:alert_source_config_id>", AlertEventsV2.as_view({"post": "http"})),
    path("v2/alert_events/alertmanager/<str:alert_source_config_id>", AlertEventsV2.as_view({"post": "alertmanager"})),
    path(
        "v2/alert_events/<str:source_type>/<str:alert_source_config_id>",
        ToolEventsV2.as_view({"post": "create"}),
    ),
    path(
        "v2/heartbeat/<str:alert_source_config_id>/ping",
        HeartbeatV2.as_view({"get": "ping_by_get", "post": "ping"}),
    ),
]

# ---- API: workflows
workflows = [
    path("v2/workflows", WorkflowsV2.as_view(LIST)),
    path("v2/workflows/<str:pk>", WorkflowsV2.as_view(ITEM)),
    path("v2/workflows/actions/preview", WorkflowPreviewsV2.as_view({"post": "preview_draft"})),
    path("v2/workflows/<str:pk>/actions/preview", WorkflowPreviewsV2.as_view({"post": "preview"})),
    path("v2/workflow_runs", WorkflowRunsV2.as_view(LIST)),
    path("v2/workflow_runs/<str:pk>", WorkflowRunsV2.as_view({"get": "retrieve"})),
    path("v2/workflow_runs/<str:pk>/actions/cancel", WorkflowRunsV2.as_view({"post": "cancel"})),
    path("v2/workflow_runs/<str:pk>/actions/confirm", WorkflowRunsV2.as_view({"post": "confirm"})),
    path("v2/workflow_runs/<str:pk>/actions/retry", WorkflowRunsV2.as_view({"post": "retry"})),
    path("v2/workflow_effects", WorkflowEffectsV2.as_view({"get": "list"})),
    path("v2/workflow_effects/<str:pk>", WorkflowEffectsV2.as_view({"get": "retrieve"})),
    path("v2/workflow_effects/<str:pk>/actions/redrive", WorkflowEffectsV2.as_view({"post": "redrive"})),
    path("v2/workflow_effects/<str:pk>/actions/call_it_done", WorkflowEffectsV2.as_view({"post": "call_it_done"})),
    path("v2/incidents/<str:pk>/workflow_explanations", WorkflowExplanationsV2.as_view({"get": "list"})),
    path("v2/managed_resources", ManagedResourcesV2.as_view({"post": "create"})),
    path("v1/rich_text/actions/parse_markdown", RichTextV1.as_view({"post": "parse_markdown"})),
]

# ---- API: what this hub does not offer
not_offered = [
    path("v2/alert_attributes", AlertAttributesV2.as_view({"get": "list"})),
    path("v2/escalations", EscalationsV2.as_view({"get": "list"})),
    path("v2/escalation_paths", EscalationsV2.as_view({"get": "paths"})),
    path("v2/schedules", SchedulesV2.as_view({"get": "list"})),
    path("v2/status_pages", StatusPagesV2.as_view({"get": "list"})),
    path("v2/status_page_incidents", StatusPageIncidentsV2.as_view(LIST)),
    path(
        "v2/status_page_incidents/<str:status_page_incident_id>",
        StatusPageIncidentsV2.as_view({"get": "retrieve", "put": "update"}),
    ),
    path("v2/status_page_incident_updates", StatusPageIncidentsV2.as_view({"post": "tell"})),
]

# ---- hooks: what tools tell the hub
hooks = [
    path("hooks/slack/commands", slack_hooks.command),
    path("hooks/slack/interactions", slack_hooks.interaction),
    path("hooks/slack/events", slack_hooks.event),
    path("hooks/<str:tool>/<str:connection_id>", tool_hook),
]

# ---- pages
pages = [
    path("", home, name="home"),
    path("favicon.ico", favicon),
    path("incidents/<str:pk>", incident, name="incident"),
    path("postmortem_documents/<str:pk>", postmortem_document, name="postmortem-document"),
    path("livez", livez, name="livez"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("docs", swagger, name="docs"),
    path("docs/redoc", redoc, name="redoc"),
    path("docs/openapi.json", public_document, name="api-document"),
    path("admin", home),
    path("admin/", admin.site.urls),
]

urlpatterns = [
    *identity,
    *people,
    *configuration,
    *catalog,
    *incidents,
    *children,
    *alerts,
    *workflows,
    *not_offered,
    *hooks,
    *pages,
]
