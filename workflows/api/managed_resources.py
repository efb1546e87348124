"""Claims on things of the hub's (API behaviour, section 7.8)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.fields import Body, Choice, Text
from incidentio.core.views import ResourceViewSet, operation
from workflows.api.render import management_meta_v2
from workflows.api.shapes import Annotations, ManagementMetaV2
from workflows.managed import claim_resource

TYPES = (
    "alert_route", "alert_source", "escalation_path", "schedule", "schedule_sync_target", "schedule_sync_rule",
    "workflow",
)  # fmt: skip


class ManagedResourcesCreateManagedResourcePayloadV2(Body):
    """What is claimed, and the claimant's notes."""

    resource_type = Choice(choices=TYPES)
    resource_id = Text(max_length=100)
    annotations = Annotations()


class ManagedResourceV2(ManagementMetaV2):
    """A claim."""

    resource_type = serializers.ChoiceField(choices=TYPES)
    resource_id = serializers.CharField()


class ManagedResourcesCreateManagedResourceResultV2(serializers.Serializer[Any]):
    """The claim as it is now."""

    managed_resource = ManagedResourceV2()


class ManagedResourcesV2(ResourceViewSet):
    """Who looks after what."""

    @operation(
        "Managed Resources V2#CreateManagedResource",
        body=ManagedResourcesCreateManagedResourcePayloadV2,
        answer=ManagedResourcesCreateManagedResourceResultV2,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        claim = claim_resource(caller_of(request).actor, **body)
        about = {"resource_type": claim.resource_type, "resource_id": claim.resource_id}
        return {"managed_resource": about | management_meta_v2(claim)}
