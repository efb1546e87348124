"""Who takes part in an incident (API behaviour, section 6.11)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import UserV2, user_v1
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import check_parent_in_query, viewer_of
from incidents.participants import TYPES, Participant, participants_of


class IncidentParticipantV2(serializers.Serializer[Any]):
    """A person who takes part."""

    participant_type = serializers.ChoiceField(
        choices=TYPES, help_text="Holds a role, did something, or may only look (in this order)"
    )
    user = UserV2()


class IncidentParticipantsV2(serializers.Serializer[Any]):
    """Those who hold a role or did something, and those who may only look."""

    active = IncidentParticipantV2(many=True)
    passive = IncidentParticipantV2(many=True)


class IncidentParticipantsListResultV2(serializers.Serializer[Any]):
    """Everybody who takes part in the incident."""

    incident_participants = IncidentParticipantsV2()


class IncidentParticipantsListQueryV2(serializers.Serializer[Any]):
    """Whose participants."""

    incident_id = serializers.CharField(help_text="The incident they take part in")


def incident_participant_v2(participant: Participant) -> dict[str, Any]:
    """A participant on the wire."""
    return {"participant_type": participant.participant_type, "user": user_v1(participant.user)}


class ParticipantsV2(ResourceViewSet):
    """Who takes part in an incident."""

    @operation(
        "IncidentParticipants V2#List",
        scope="incidents.view",
        query=IncidentParticipantsListQueryV2,
        answer=IncidentParticipantsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        check_parent_in_query(viewer_of(request), query["incident_id"])
        found = participants_of(query["incident_id"])
        active = [incident_participant_v2(one) for one in found if one.is_active]
        passive = [incident_participant_v2(one) for one in found if not one.is_active]
        return {"incident_participants": {"active": active, "passive": passive}}
