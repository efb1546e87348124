"""Incidents and everything that belongs to them."""

from incidents.models.alerts import Alert, AlertSource, AlertStatus, IncidentAlert
from incidents.models.attachments import Attachment, ResourceType
from incidents.models.incident import (
    CustomFieldValue,
    Declaration,
    Incident,
    IncidentTally,
    Mode,
    RoleAssignment,
    TimestampValue,
    Visibility,
)
from incidents.models.memberships import Membership
from incidents.models.postmortems import PostmortemDocument, PostmortemStatus
from incidents.models.relationships import Relationship
from incidents.models.updates import IncidentUpdate
from incidents.models.work import Action, FollowUp, IssueProvider, WorkStatus

__all__ = [
    "Action",
    "Alert",
    "AlertSource",
    "AlertStatus",
    "Attachment",
    "CustomFieldValue",
    "Declaration",
    "FollowUp",
    "Incident",
    "IncidentAlert",
    "IncidentTally",
    "IncidentUpdate",
    "IssueProvider",
    "Membership",
    "Mode",
    "PostmortemDocument",
    "PostmortemStatus",
    "Relationship",
    "ResourceType",
    "RoleAssignment",
    "TimestampValue",
    "Visibility",
    "WorkStatus",
]
