"""Roles of API keys: one table, role -> label and what it allows (API behaviour, sections 5.1 and 5.3).

The scopes of an operation are published; which role holds which is not, and is decided here. A role whose operations
the API does not have holds a scope of its own all the same: a key can hand out a role only if it has its scopes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

VIEW_PRIVATE = "incidents.view_private"
EDIT_INCIDENTS = "incidents.update"
SKIP_FLOW = "incidents.opt_out_of_post_incident_flow"


@dataclass(frozen=True)
class Role:
    """What a key may be allowed: `label` for people, `scopes` for operations."""

    name: str
    label: str
    description: str
    scopes: frozenset[str]
    team_scopable: bool = False


def _role(name: str, label: str, description: str, scopes: str, team_scopable: bool = False) -> Role:
    return Role(name, label, description, frozenset(scopes.split()), team_scopable)


_TABLE = [
    _role(
        "viewer",
        "View data, like public incidents and organisation settings",
        "can view data, like public incidents and organization settings",
        "incidents.view actions.view attachments.view severities.view incident_roles.view incident_statuses.view "
        "incident_types.view custom_fields.view users.view user_preferences.view alerts.view alert_sources.view "
        "escalations.view",
    ),
    _role("incident_creator", "Create incidents", "can create incidents", "incidents.create"),
    _role(
        "incident_editor",
        "Edit incidents",
        "can edit incidents, their actions, follow-ups and attachments",
        f"{EDIT_INCIDENTS} actions.create actions.update actions.destroy follow_ups.create follow_ups.update "
        "follow_ups.destroy follow_ups.connect_external_issue attachments.create attachments.destroy alerts.resolve",
    ),
    _role(
        "manage_settings",
        "Manage organisation settings",
        "can manage organization settings, like severities, incident roles, statuses and custom fields",
        "organisation_settings.update incident_lifecycles.update",
    ),
    _role(
        "global_access",
        "View all incident data, including private incidents",
        "can view all incident data, including private incidents",
        VIEW_PRIVATE,
    ),
    _role(
        "catalog_viewer",
        "View catalog types and entries",
        "can view catalog types and entries",
        "catalog_types.view catalog_entries.view",
    ),
    _role(
        "catalog_editor",
        "Manage catalog types and edit catalog data",
        "can manage catalog types and edit catalog data",
        "catalog_types.view catalog_types.create catalog_types.edit catalog_types.destroy "
        "catalog_entries.view catalog_entries.create catalog_entries.edit catalog_entries.destroy",
        team_scopable=True,
    ),
    _role(
        "incident_memberships_editor",
        "Manage who may see private incidents",
        "can grant and revoke memberships of private incidents",
        "incident_memberships.grant incident_memberships.revoke",
    ),
    _role(
        "schedules_editor",
        "Create and manage schedules",
        "can create and manage schedules",
        "schedules.view schedules.create schedules.update schedules.destroy",
        team_scopable=True,
    ),
    _role("schedules_reader", "View schedules", "can view schedules", "schedules.view", team_scopable=True),
    _role(
        "schedule_overrides_editor",
        "Create and manage schedule overrides",
        "can create and manage overrides of schedules",
        "schedule_overrides.create schedule_overrides.destroy",
        team_scopable=True,
    ),
    _role(
        "workflows_editor",
        "Create and manage workflows",
        "can create, edit and delete workflows",
        "workflows.view workflows.create workflows.update workflows.destroy",
        team_scopable=True,
    ),
    _role("workflows_viewer", "View workflows", "can view workflows and their runs", "workflows.view"),
    _role(
        "private_workflows_editor",
        "Create and manage workflows that run on private incidents",
        "can create and edit workflows whose scope includes private incidents",
        "workflows.edit_private",
        team_scopable=True,
    ),
    _role(
        "private_escalation_workflows_editor",
        "Create and manage workflows that run on private escalations",
        "can create and edit workflows whose scope includes private escalations",
        "workflows.edit_private_escalations",
    ),
    _role(
        "on_call_editor",
        "Create and manage on-call resources",
        "can create and manage on-call resources, like alert sources, schedules and escalation paths",
        "alert_source.create alert_source.update alert_source.destroy notification_rules.view "
        "notification_rules.create users.preferred_paging_provider.edit "
        "schedules.view schedules.create schedules.update schedules.destroy "
        "schedule_overrides.create schedule_overrides.destroy "
        "escalation_paths.view escalation_paths.create escalation_paths.update escalation_paths.destroy",
        team_scopable=True,
    ),
    _role(
        "on_call_viewer",
        "View on-call resources",
        "can view on-call resources, like schedules, escalation paths and notification rules",
        "notification_rules.view schedules.view escalation_paths.view",
    ),
    _role(
        "escalation_creator",
        "Create and manage escalations",
        "can create and manage escalations",
        "escalations.view escalations.create escalations.respond",
        team_scopable=True,
    ),
    _role(
        "post_incident_flow_opt_out",
        "Close incidents by opting out of post-incident flow",
        "can close incidents by opting out of the post-incident flow",
        SKIP_FLOW,
    ),
    _role(
        "security_settings_editor",
        "Manage security settings",
        "can manage security settings",
        "security_settings.update",
    ),
    _role(
        "investigation_download",
        "Download investigations",
        "can download investigations",
        "investigations.download",
    ),
    _role(
        "team_memberships_manage",
        "Manage who is in a team",
        "can add people to teams and remove them",
        "team_memberships.manage",
    ),
    _role(
        "status_page_publisher",
        "Create status page incidents, status page maintenance windows, and publish status page updates",
        "can create status page incidents and maintenance windows, and publish status page updates",
        "status_pages.publish_updates",
    ),
    _role(
        "postmortems_manage",
        "Manage post-mortems",
        "can import and manage post-mortem documents",
        "in_app_postmortems.import",
    ),
    _role(
        "api_keys_manage",
        "View, create, edit, delete or rotate API keys",
        "can view, create, edit, delete or rotate API keys",
        "api_keys.view api_keys.create api_keys.update api_keys.destroy api_keys.rotate",
        team_scopable=True,
    ),
    _role(
        "notification_methods_manage",
        "View and create notification methods",
        "can view and create people's notification methods, phone numbers redacted",
        "notification_methods.view notification_methods.create",
    ),
    _role(
        "notification_methods_unredacted_viewer",
        "View notification methods with full phone numbers",
        "can view people's phone numbers unredacted",
        "notification_methods.view_unredacted",
    ),
    _role(
        "incident_workload_viewer",
        "View incident workload",
        "can view how much time people spend on incidents",
        "incident_workload.view",
    ),
    _role(
        "incident_workload_private_viewer",
        "View incident workload, including private incidents",
        "can view how much time people spend on private incidents",
        "incident_workload.view_private",
    ),
    _role(
        "act_on_behalf_of_users",
        "Act on behalf of users",
        "can act in the name of a user",
        "users.act_on_behalf",
    ),
    _role("secrets_manage", "Manage secrets", "can create, edit and delete secrets", "secrets.manage", True),
    _role("secrets_use", "Use secrets", "can use secrets in workflows", "secrets.use", True),
    _role(
        "call_transcripts_viewer",
        "View call transcripts",
        "can view transcripts of incident calls",
        "call_transcripts.view",
    ),
]
ROLES = {role.name: role for role in _TABLE}
TEAM_ROLES = {role.name: role for role in _TABLE if role.team_scopable}


@lru_cache(maxsize=1024)
def scopes_of(names: tuple[str, ...]) -> frozenset[str]:
    """What roles allow together; a name this version does not know allows nothing."""
    return frozenset[str]().union(*(ROLES[name].scopes for name in names if name in ROLES))


def permission_label(scope: str) -> str:
    """How people call the permission that holds `scope`: the label of the narrowest role with it."""
    holders = [role for role in _TABLE if scope in role.scopes]
    return min(holders, key=lambda role: len(role.scopes)).label


def find_role(text: str) -> Role | None:
    """The role people mean by its name or its label, whatever the case, as in "Can create incidents"."""
    wanted = text.strip().casefold().removeprefix("can ")
    return next((role for role in _TABLE if wanted in (role.name, role.label.casefold())), None)


def roles_named(names: Iterable[str]) -> list[Role]:
    """The roles of `names` that this version knows, in the table's order."""
    wanted = set(names)
    return [role for role in _TABLE if role.name in wanted]
