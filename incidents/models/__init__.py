"""Incidents and everything that belongs to them."""

from incidents.models.attachments import Attachment, ResourceType
from incidents.models.incident import (
    CustomFieldValue,
    Declaration,
    Incident,
    Mode,
    RoleAssignment,
    TimestampValue,
    Visibility,
)
from incidents.models.memberships import Membership
from incidents.models.relationships import Relationship
from incidents.models.updates import IncidentUpdate
from incidents.models.work import Action, FollowUp, IssueProvider, WorkStatus

__all__ = [
    "Action",
    "Attachment",
    "CustomFieldValue",
    "Declaration",
    "FollowUp",
    "Incident",
    "IncidentUpdate",
    "IssueProvider",
    "Membership",
    "Mode",
    "Relationship",
    "ResourceType",
    "RoleAssignment",
    "TimestampValue",
    "Visibility",
    "WorkStatus",
]
