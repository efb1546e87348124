"""Who a key is and where the hub's pages are (API behaviour, section 5.2)."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import Team
from apikeys.authentication import caller_of
from apikeys.roles import ROLES, TEAM_ROLES, roles_named
from incidentio.core.views import ResourceViewSet, operation


class IdentityTeamV1(serializers.Serializer[Any]):
    """A team the key belongs to."""

    id = serializers.CharField()
    name = serializers.CharField()


class IdentityV1(serializers.Serializer[Any]):
    """The key that asks."""

    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=list(ROLES)))
    team_roles = serializers.ListField(child=serializers.ChoiceField(choices=list(TEAM_ROLES)))
    teams = IdentityTeamV1(many=True)
    dashboard_url = serializers.CharField(help_text="An incident's page is this + `/incidents/` + its ID")


class UtilitiesIdentityResultV1(serializers.Serializer[Any]):
    """The key that asks."""

    identity = IdentityV1()


class UtilitiesIdentityV1(ResourceViewSet):
    """The call by which clients check that their key works."""

    @operation("Utilities V1#Identity", answer=UtilitiesIdentityResultV1)
    def retrieve(self, request: Request) -> dict[str, Any]:
        """Any valid key may ask."""
        caller = caller_of(request)
        teams = Team.objects.filter(api_keys=caller.id).order_by("name") if caller.team_roles else []
        return {
            "identity": {
                "name": caller.name,
                "roles": [role.name for role in roles_named(caller.roles)],
                "team_roles": [role.name for role in roles_named(caller.team_roles)],
                "teams": [{"id": team.id, "name": team.name} for team in teams],
                "dashboard_url": settings.PUBLIC_URL,
            }
        }
