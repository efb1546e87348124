"""Memberships of private incidents: grant and revoke."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import UserV1, user_v1
from apikeys.authentication import caller_of
from incidentio.core.fields import Body, Id
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import check_parent_in_body, viewer_of
from incidents.memberships import grant, revoke
from incidents.models import Membership


class IncidentMembershipsCreatePayloadV1(Body):
    """Whom to let see which private incident."""

    incident_id = Id()
    user_id = Id()


class IncidentMembershipsRevokePayloadV1(Body):
    """Whom to let no longer see which private incident."""

    incident_id = Id()
    user_id = Id()


class IncidentMembershipV1(serializers.Serializer[Any]):
    """A person's access to a private incident."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    user = UserV1()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentMembershipsCreateResultV1(serializers.Serializer[Any]):
    """The membership."""

    incident_membership = IncidentMembershipV1()


def incident_membership_v1(membership: Membership) -> dict[str, Any]:
    """A membership on the wire."""
    return {
        "id": membership.id,
        "incident_id": membership.incident_id,
        "user": user_v1(membership.user),
        "created_at": rfc3339(membership.created_at),
        "updated_at": rfc3339(membership.updated_at),
    }


class IncidentMembershipsV1(ResourceViewSet):
    """Who may see private incidents."""

    @operation(
        "Incident Memberships V1#Create",
        scope="incident_memberships.grant",
        body=IncidentMembershipsCreatePayloadV1,
        answer=IncidentMembershipsCreateResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        check_parent_in_body(viewer_of(request), body["incident_id"])
        membership = grant(caller_of(request).actor, body["incident_id"], body["user_id"])
        return {"incident_membership": incident_membership_v1(membership)}

    @operation(
        "Incident Memberships V1#Revoke",
        scope="incident_memberships.revoke",
        body=IncidentMembershipsRevokePayloadV1,
        status=204,
    )
    def revoke(self, request: Request, body: dict[str, Any]) -> None:
        check_parent_in_body(viewer_of(request), body["incident_id"])
        revoke(caller_of(request).actor, body["incident_id"], body["user_id"])
