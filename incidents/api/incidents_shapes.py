"""The shapes of incidents on the wire: what a declare takes, and what answers show (for the API document)."""

from typing import Any

from rest_framework import serializers

from accounts.api.users import ActorV1, UserV1
from catalog.api.custom_field_options import CustomFieldOptionV1
from catalog.api.incident_roles import IncidentRoleV1
from catalog.api.incident_types import IncidentTypeV1
from catalog.api.severities import SeverityV1
from catalog.models import FieldType
from incidentio.core.fields import Body, Choice, Id, Text
from incidentio.core.pagination import PaginationMeta, page_query
from incidents.models import Visibility

V1_STATUSES = ("triage", "investigating", "fixing", "monitoring", "closed", "declined")
V1_MODES = ("real", "test", "tutorial")
MAX_ENTRIES = 250


class UserReferencePayloadV1(Body):
    """A person, named by one of the three."""

    id = Text(required=False, max_length=100)
    email = Text(required=False, max_length=254)
    slack_user_id = Text(required=False, max_length=40)


class IncidentRoleAssignmentPayloadV1(Body):
    """Who plays a role."""

    incident_role_id = Id()
    assignee = UserReferencePayloadV1()


class CustomFieldValuePayloadV1(Body):
    """One value, under the key of its field's type."""

    id = Text(required=False, max_length=100, help_text="Accepted and ignored")
    value_catalog_entry_id = Text(required=False, max_length=500)
    value_link = Text(required=False, allow_blank=True, max_length=10_000)
    value_numeric = Text(required=False, allow_blank=True, max_length=100)
    value_option_id = Text(required=False, allow_blank=True, max_length=100)
    value_text = Text(required=False, allow_blank=True, max_length=10_000)
    value_timestamp = Text(required=False, allow_blank=True, max_length=100, help_text="Accepted and ignored")


class CustomFieldEntryPayloadV1(Body):
    """What a custom field is set to; no values clears it."""

    custom_field_id = Id()
    values = serializers.ListField(child=CustomFieldValuePayloadV1(), max_length=MAX_ENTRIES)


class IncidentsCreatePayloadV1(Body):
    """What a caller says of an incident it declares: a key of its own, who may see it, and whatever else it knows."""

    idempotency_key = Text(max_length=500, help_text="The alert's ID, the ticket's number: one key, one incident")
    visibility = Choice(choices=Visibility.values)
    name = Text(required=False, allow_blank=True, max_length=500)
    summary = Text(required=False, allow_blank=True, max_length=100_000)
    severity_id = Id(required=False)
    incident_type_id = Id(required=False)
    status = Choice(required=False, choices=V1_STATUSES)
    mode = Choice(required=False, choices=("real", "test"))
    custom_field_entries = serializers.ListField(
        required=False, child=CustomFieldEntryPayloadV1(), max_length=MAX_ENTRIES
    )
    incident_role_assignments = serializers.ListField(
        required=False, child=IncidentRoleAssignmentPayloadV1(), max_length=MAX_ENTRIES
    )
    slack_team_id = Text(required=False, allow_blank=True, max_length=40)
    source_message_channel_id = Text(required=False, allow_blank=True, max_length=40)
    source_message_timestamp = Text(required=False, allow_blank=True, max_length=40)


class CustomFieldTypeInfoV1(serializers.Serializer[Any]):
    """A custom field inside an incident."""

    id = serializers.CharField()
    name = serializers.CharField(max_length=50)
    description = serializers.CharField()
    field_type = serializers.ChoiceField(choices=FieldType.values)
    options = CustomFieldOptionV1(many=True)


class EmbeddedCatalogEntryV1(serializers.Serializer[Any]):
    """A catalog entry inside an incident."""

    id = serializers.CharField()
    name = serializers.CharField()
    external_id = serializers.CharField(required=False)
    aliases = serializers.ListField(child=serializers.CharField(), required=False)


class CustomFieldValueV1(serializers.Serializer[Any]):
    """A value, under the key of its field's type."""

    value_catalog_entry = EmbeddedCatalogEntryV1(required=False)
    value_link = serializers.CharField(required=False)
    value_numeric = serializers.CharField(required=False)
    value_option = CustomFieldOptionV1(required=False)
    value_text = serializers.CharField(required=False)


class CustomFieldEntryV1(serializers.Serializer[Any]):
    """A custom field and what it is set to."""

    custom_field = CustomFieldTypeInfoV1()
    values = CustomFieldValueV1(many=True)


class IncidentRoleAssignmentV1(serializers.Serializer[Any]):
    """A role and who plays it, if anybody."""

    role = IncidentRoleV1()
    assignee = UserV1(required=False)


class IncidentTimestampValueV1(serializers.Serializer[Any]):
    """A moment of the incident's life."""

    name = serializers.CharField()
    last_occurred_at = serializers.DateTimeField(required=False)


class IncidentV1(serializers.Serializer[Any]):
    """An incident."""

    id = serializers.CharField()
    reference = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=V1_STATUSES)
    visibility = serializers.ChoiceField(choices=Visibility.values)
    mode = serializers.ChoiceField(choices=V1_MODES)
    severity = SeverityV1(required=False)
    incident_type = IncidentTypeV1(required=False)
    creator = ActorV1()
    custom_field_entries = CustomFieldEntryV1(many=True)
    incident_role_assignments = IncidentRoleAssignmentV1(many=True)
    timestamps = IncidentTimestampValueV1(many=True, required=False)
    call_url = serializers.CharField(required=False)
    permalink = serializers.CharField(required=False)
    postmortem_document_url = serializers.CharField(required=False)
    slack_team_id = serializers.CharField()
    slack_channel_id = serializers.CharField()
    slack_channel_name = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentsShowResultV1(serializers.Serializer[Any]):
    """One incident."""

    incident = IncidentV1()


class IncidentsCreateResultV1(IncidentsShowResultV1):
    """The incident of this idempotency key."""


class IncidentsListResultV1(serializers.Serializer[Any]):
    """A page of incidents, newest first."""

    incidents = IncidentV1(many=True)
    pagination_meta = PaginationMeta(required=False)


class IncidentsListQueryV1(serializers.Serializer[Any]):
    """Which incidents."""

    page_size = page_query(500)["page_size"]
    after = page_query(500)["after"]
    status = serializers.ListField(child=serializers.ChoiceField(choices=V1_STATUSES), required=False)
