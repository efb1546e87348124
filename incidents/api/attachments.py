"""Attachments of incidents: list, attach, detach."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.errors import Invalid
from incidentio.core.fields import Body, Choice, Id, Text
from incidentio.core.lookup import get_or_404
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import check_parent_in_body, check_parent_in_query, viewer_of
from incidents.attachments import LONGEST, Resource, attach, detach
from incidents.models import Attachment, ResourceType
from incidents.visibility import visible_to


class AttachedResourcePayloadV1(Body):
    """The thing elsewhere: by `external_id` or by `url`. A title and an emoji are for `arbitrary_url`."""

    resource_type = Choice(choices=ResourceType.values)
    external_id = Text(required=False, allow_blank=True, max_length=LONGEST)
    url = Text(required=False, allow_blank=True, max_length=LONGEST)
    title = Text(required=False, allow_blank=True, max_length=LONGEST)
    emoji = Text(required=False, allow_blank=True, max_length=50)


class IncidentAttachmentsCreatePayloadV1(Body):
    """What to attach to which incident."""

    incident_id = Id()
    resource = AttachedResourcePayloadV1()


class ExternalResourceV1(serializers.Serializer[Any]):
    """A thing elsewhere."""

    external_id = serializers.CharField()
    permalink = serializers.CharField(help_text="Empty where the hub does not know the address")
    resource_type = serializers.ChoiceField(choices=ResourceType.values)
    title = serializers.CharField()


class IncidentAttachmentV1(serializers.Serializer[Any]):
    """Something attached to an incident."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    resource = ExternalResourceV1()


class IncidentAttachmentsListResultV1(serializers.Serializer[Any]):
    """Attachments, oldest first."""

    incident_attachments = IncidentAttachmentV1(many=True)


class IncidentAttachmentsCreateResultV1(serializers.Serializer[Any]):
    """The attachment."""

    incident_attachment = IncidentAttachmentV1()


class IncidentAttachmentsListQueryV1(serializers.Serializer[Any]):
    """Which attachments: those of an incident, or those of one resource."""

    incident_id = serializers.CharField(required=False, help_text="Only those of this incident")
    external_id = serializers.CharField(
        required=False, trim_whitespace=False, help_text="Only this resource, together with `resource_type`"
    )
    resource_type = serializers.ChoiceField(choices=ResourceType.values, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "incident_id" in attrs:
            return attrs
        for name in ("external_id", "resource_type"):
            if name not in attrs:
                raise Invalid("is_required", "Send `incident_id`, or `external_id` with `resource_type`", name)
        return attrs


def incident_attachment_v1(attachment: Attachment) -> dict[str, Any]:
    """An attachment on the wire."""
    return {
        "id": attachment.id,
        "incident_id": attachment.incident_id,
        "resource": {
            "external_id": attachment.external_id,
            "permalink": attachment.permalink,
            "resource_type": attachment.resource_type,
            "title": attachment.title,
        },
    }


class IncidentAttachmentsV1(ResourceViewSet):
    """What is attached to incidents."""

    @operation(
        "Incident Attachments V1#List",
        scope="attachments.view",
        query=IncidentAttachmentsListQueryV1,
        answer=IncidentAttachmentsListResultV1,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer = viewer_of(request)
        if "incident_id" in query:
            check_parent_in_query(viewer, query["incident_id"])
        found = Attachment.objects.filter(visible_to(viewer, "incident__"), **query).order_by("id")
        return {"incident_attachments": [incident_attachment_v1(row) for row in found]}

    @operation(
        "Incident Attachments V1#Create",
        scope="attachments.create",
        body=IncidentAttachmentsCreatePayloadV1,
        answer=IncidentAttachmentsCreateResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        check_parent_in_body(viewer_of(request), body["incident_id"])
        attachment = attach(caller_of(request).actor, body["incident_id"], Resource(**body["resource"]))
        return {"incident_attachment": incident_attachment_v1(attachment)}

    @operation("Incident Attachments V1#Delete", scope="attachments.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        visible = Attachment.objects.filter(visible_to(viewer_of(request), "incident__"))
        detach(caller_of(request).actor, get_or_404(visible, pk, "incident attachment"))
