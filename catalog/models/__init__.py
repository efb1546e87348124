"""The words a team uses (severities, statuses, roles, custom fields, ...) and the service catalog."""

from catalog.models.base import ACTIVE, ActiveQuerySet, Word
from catalog.models.service import CatalogAlias, CatalogEntry, CatalogLink, CatalogType
from catalog.models.words import (
    SELECTS,
    CreateInTriage,
    CustomField,
    CustomFieldOption,
    DurationMetric,
    FieldType,
    FollowUpPriority,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    Required,
    RoleType,
    SetOn,
    Severity,
    StatusCategory,
)

__all__ = [
    "ACTIVE",
    "SELECTS",
    "ActiveQuerySet",
    "CatalogAlias",
    "CatalogEntry",
    "CatalogLink",
    "CatalogType",
    "CreateInTriage",
    "CustomField",
    "CustomFieldOption",
    "DurationMetric",
    "FieldType",
    "FollowUpPriority",
    "IncidentRole",
    "IncidentStatus",
    "IncidentTimestamp",
    "IncidentType",
    "Required",
    "RoleType",
    "SetOn",
    "Severity",
    "StatusCategory",
    "Word",
]
