"""Incident roles on the wire (API behaviour, section 7.2)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from catalog.incident_roles import archive_role, create_role, update_role
from catalog.models import IncidentRole, RoleType
from incidentio.core.fields import Body, Flag, Text
from incidentio.core.lookup import get_or_404
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation


class IncidentRoleV2(serializers.Serializer[Any]):
    """A part somebody plays in an incident."""

    id = serializers.CharField()
    name = serializers.CharField(min_length=1)
    description = serializers.CharField(min_length=1)
    instructions = serializers.CharField()
    shortform = serializers.CharField()
    role_type = serializers.ChoiceField(choices=RoleType.values)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentRoleV1(IncidentRoleV2):
    """A part somebody plays in an incident, in the words of V1."""

    required = serializers.BooleanField(required=False, help_text="Always false")  # type: ignore[assignment]


class IncidentRolesCreatePayloadV2(Body):
    """A custom role to make."""

    name = Text(max_length=200)
    description = Text(max_length=10_000)
    instructions = Text(allow_blank=True, max_length=10_000)
    shortform = Text(allow_blank=True, max_length=50)


class IncidentRolesUpdatePayloadV2(IncidentRolesCreatePayloadV2):
    """A role as it shall be."""


class IncidentRolesUpdatePayloadV1(IncidentRolesUpdatePayloadV2):
    """A role as it shall be, in the words of V1."""

    required = Flag(required=False, help_text="Accepted and ignored")  # type: ignore[assignment]


class IncidentRolesCreatePayloadV1(IncidentRolesUpdatePayloadV1):
    """A custom role to make, in the words of V1."""

    required = Flag(help_text="Demanded by V1 and ignored")


class IncidentRolesListResultV1(serializers.Serializer[Any]):
    """All roles."""

    incident_roles = IncidentRoleV1(many=True)


class IncidentRolesShowResultV1(serializers.Serializer[Any]):
    """One role."""

    incident_role = IncidentRoleV1()


class IncidentRolesListResultV2(serializers.Serializer[Any]):
    """All roles."""

    incident_roles = IncidentRoleV2(many=True)


class IncidentRolesShowResultV2(serializers.Serializer[Any]):
    """One role."""

    incident_role = IncidentRoleV2()


def incident_role_v2(row: IncidentRole) -> dict[str, Any]:
    """A role on the wire."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "instructions": row.instructions,
        "shortform": row.shortform,
        "role_type": row.role_type,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def incident_role_v1(row: IncidentRole) -> dict[str, Any]:
    """A role on the wire of V1, and wherever an incident of either version embeds one."""
    return incident_role_v2(row) | {"required": False}


def _find(pk: str) -> IncidentRole:
    row: IncidentRole = get_or_404(IncidentRole.objects.active(), pk, "incident role")
    return row


def _words(body: dict[str, Any]) -> dict[str, str]:
    return {name: body[name] for name in ("name", "description", "instructions", "shortform")}


class IncidentRolesV2(ResourceViewSet):
    """The parts people play."""

    @operation("Incident Roles V2#List", scope="incident_roles.view", answer=IncidentRolesListResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        return {"incident_roles": [incident_role_v2(row) for row in IncidentRole.objects.active().order_by("id")]}

    @operation(
        "Incident Roles V2#Create",
        scope="organisation_settings.update",
        body=IncidentRolesCreatePayloadV2,
        answer=IncidentRolesShowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"incident_role": incident_role_v2(create_role(caller_of(request).actor, **body))}

    @operation("Incident Roles V2#Show", scope="incident_roles.view", answer=IncidentRolesShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"incident_role": incident_role_v2(_find(pk))}

    @operation(
        "Incident Roles V2#Update",
        scope="organisation_settings.update",
        body=IncidentRolesUpdatePayloadV2,
        answer=IncidentRolesShowResultV2,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        role = update_role(caller_of(request).actor, _find(pk), **body)
        return {"incident_role": incident_role_v2(role)}

    @operation("Incident Roles V2#Delete", scope="organisation_settings.update", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        archive_role(caller_of(request).actor, _find(pk))


class IncidentRolesV1(ResourceViewSet):
    """The parts people play, in the words of V1."""

    @operation("Incident Roles V1#List", scope="incident_roles.view", answer=IncidentRolesListResultV1, deprecated=True)
    def list(self, request: Request) -> dict[str, Any]:
        return {"incident_roles": [incident_role_v1(row) for row in IncidentRole.objects.active().order_by("id")]}

    @operation(
        "Incident Roles V1#Create",
        scope="organisation_settings.update",
        body=IncidentRolesCreatePayloadV1,
        answer=IncidentRolesShowResultV1,
        status=201,
        deprecated=True,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"incident_role": incident_role_v1(create_role(caller_of(request).actor, **_words(body)))}

    @operation("Incident Roles V1#Show", scope="incident_roles.view", answer=IncidentRolesShowResultV1, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"incident_role": incident_role_v1(_find(pk))}

    @operation(
        "Incident Roles V1#Update",
        scope="organisation_settings.update",
        body=IncidentRolesUpdatePayloadV1,
        answer=IncidentRolesShowResultV1,
        deprecated=True,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        role = update_role(caller_of(request).actor, _find(pk), **_words(body))
        return {"incident_role": incident_role_v1(role)}

    @operation("Incident Roles V1#Delete", scope="organisation_settings.update", status=204, deprecated=True)
    def destroy(self, request: Request, pk: str) -> None:
        archive_role(caller_of(request).actor, _find(pk))
