"""The shapes of incidents on the wire of V2: what a declare and an edit take, and what answers show."""

from typing import Any

from rest_framework import serializers

from accounts.api.users import ActorV2, UserV1, UserV2
from catalog.api.custom_field_options import CustomFieldOptionV1
from catalog.api.incident_roles import IncidentRoleV1
from catalog.api.incident_statuses import IncidentStatusV2
from catalog.api.incident_timestamps import IncidentTimestampV2
from catalog.api.incident_types import IncidentTypeV1
from catalog.api.severities import SeverityV2
from incidentio.core.fields import Body, Choice, Flag, Id, Moment, Text, Whole
from incidentio.core.pagination import PaginationMeta
from incidents.api.incidents_shapes import (
    MAX_ENTRIES,
    CustomFieldEntryPayloadV1,
    CustomFieldTypeInfoV1,
    CustomFieldValuePayloadV1,
    EmbeddedCatalogEntryV1,
    UserReferencePayloadV1,
)
from incidents.api.work import ExternalIssueReferenceV2
from incidents.durations import DurationStatus
from incidents.models import Mode, PostmortemStatus, Visibility
from incidents.numbers import LARGEST


class UserReferencePayloadV2(UserReferencePayloadV1):
    """A person, named by one of the three, in V2."""


class IncidentRoleAssignmentPayloadV2(Body):
    """Who plays a role; without an assignee nobody does."""

    incident_role_id = Id()
    assignee = UserReferencePayloadV2(required=False)


class CustomFieldValuePayloadV2(CustomFieldValuePayloadV1):
    """One value, under the key of its field's type, in V2."""


class CustomFieldEntryPayloadV2(CustomFieldEntryPayloadV1):
    """What a custom field is set to, in V2; no values clears it."""

    values = serializers.ListField(child=CustomFieldValuePayloadV2(), max_length=MAX_ENTRIES)


class IncidentTimestampValuePayloadV2(Body):
    """When a moment of the incident's life was; without a value it is cleared."""

    incident_timestamp_id = Id()
    value = Moment(required=False)


class RetrospectiveIncidentOptionsV2(Body):
    """What is known of an incident that is long over."""

    external_id = Whole(
        required=False, min_value=1, max_value=LARGEST, help_text="Its number, as in `INC-123`, if that is free"
    )
    postmortem_document_url = Text(required=False, allow_blank=True, max_length=10_000)
    slack_channel_id = Text(required=False, allow_blank=True, max_length=40)


class IncidentsCreatePayloadV2(Body):
    """What a caller says of an incident it declares: a key of its own, who may see it, and whatever else it knows."""

    idempotency_key = Text(max_length=500, help_text="The alert's ID, the ticket's number: one key, one incident")
    visibility = Choice(choices=Visibility.values)
    name = Text(required=False, allow_blank=True, max_length=500)
    summary = Text(required=False, allow_blank=True, max_length=100_000)
    severity_id = Id(required=False)
    incident_type_id = Id(required=False)
    incident_status_id = Id(required=False)
    mode = Choice(required=False, choices=Mode.values)
    custom_field_entries = serializers.ListField(
        required=False, child=CustomFieldEntryPayloadV2(), max_length=MAX_ENTRIES
    )
    incident_role_assignments = serializers.ListField(
        required=False, child=IncidentRoleAssignmentPayloadV2(), max_length=MAX_ENTRIES
    )
    incident_timestamp_values = serializers.ListField(
        required=False, child=IncidentTimestampValuePayloadV2(), max_length=MAX_ENTRIES
    )
    retrospective_incident_options = RetrospectiveIncidentOptionsV2(
        required=False, help_text="With the mode `retrospective` only"
    )
    slack_team_id = Text(required=False, allow_blank=True, max_length=40)
    slack_channel_name_override = Text(required=False, allow_blank=True, max_length=80)


class IncidentEditPayloadV2(Body):
    """What to change; what is left out stays as it is."""

    name = Text(required=False, max_length=500)
    summary = Text(required=False, allow_blank=True, max_length=100_000)
    call_url = Text(required=False, allow_blank=True, max_length=10_000)
    severity_id = Id(required=False)
    incident_status_id = Id(required=False)
    custom_field_entries = serializers.ListField(
        required=False, child=CustomFieldEntryPayloadV2(), max_length=MAX_ENTRIES
    )
    incident_role_assignments = serializers.ListField(
        required=False, child=IncidentRoleAssignmentPayloadV2(), max_length=MAX_ENTRIES
    )
    incident_timestamp_values = serializers.ListField(
        required=False, child=IncidentTimestampValuePayloadV2(), max_length=MAX_ENTRIES
    )
    slack_channel_name_override = Text(required=False, allow_blank=True, max_length=80)


class IncidentsEditPayloadV2(Body):
    """An edit, and whether to tell those who respond."""

    incident = IncidentEditPayloadV2()
    notify_incident_channel = Flag(help_text="Whether to tell the incident's channel; without one nobody is told")


class IncidentsImportPostmortemDocumentPayloadV2(Body):
    """A post-mortem written elsewhere."""

    title = Text(max_length=500)
    content = Text(help_text="GitHub's Markdown")


class CustomFieldOptionV2(CustomFieldOptionV1):
    """One choice of a select field inside what V2 answers."""


class CustomFieldTypeInfoV2(CustomFieldTypeInfoV1):
    """A custom field inside an incident, in V2."""

    options = CustomFieldOptionV2(many=True)


class EmbeddedCatalogEntryV2(EmbeddedCatalogEntryV1):
    """A catalog entry inside an incident, in V2."""


class CustomFieldValueV2(serializers.Serializer[Any]):
    """A value, under the key of its field's type."""

    value_catalog_entry = EmbeddedCatalogEntryV2(required=False)
    value_link = serializers.CharField(required=False)
    value_numeric = serializers.CharField(required=False)
    value_option = CustomFieldOptionV2(required=False)
    value_text = serializers.CharField(required=False)


class CustomFieldEntryV2(serializers.Serializer[Any]):
    """A custom field and what it is set to."""

    custom_field = CustomFieldTypeInfoV2()
    values = CustomFieldValueV2(many=True)


class EmbeddedIncidentRoleV2(IncidentRoleV1):
    """A part somebody plays, inside an incident."""


class IncidentRoleAssignmentV2(serializers.Serializer[Any]):
    """A role and who plays it, if anybody."""

    role = EmbeddedIncidentRoleV2()
    assignee = UserV2(required=False)


class IncidentTimestampValueV2(serializers.Serializer[Any]):
    """When it was."""

    value = serializers.DateTimeField(required=False)


class IncidentTimestampWithValueV2(serializers.Serializer[Any]):
    """A moment of the incident's life, and when it was, if it is known."""

    incident_timestamp = IncidentTimestampV2()
    value = IncidentTimestampValueV2(required=False)


class IncidentDurationMetricV2(serializers.Serializer[Any]):
    """Something whose duration is measured."""

    id = serializers.CharField()
    name = serializers.CharField()


class IncidentDurationMetricWithValueV2(serializers.Serializer[Any]):
    """How long something took, if that can be said."""

    duration_metric = IncidentDurationMetricV2()
    status = serializers.ChoiceField(choices=[str(status) for status in DurationStatus])
    value_seconds = serializers.IntegerField(required=False)


class IncidentTypeV2(IncidentTypeV1):
    """A kind of incident, inside what V2 answers."""


class IncidentV2(serializers.Serializer[Any]):
    """An incident."""

    id = serializers.CharField()
    reference = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField(required=False)
    incident_status = IncidentStatusV2()
    visibility = serializers.ChoiceField(choices=Visibility.values)
    mode = serializers.ChoiceField(choices=Mode.values)
    severity = SeverityV2(required=False)
    incident_type = IncidentTypeV2(required=False)
    creator = ActorV2()
    custom_field_entries = CustomFieldEntryV2(many=True)
    incident_role_assignments = IncidentRoleAssignmentV2(many=True)
    incident_timestamp_values = IncidentTimestampWithValueV2(many=True)
    duration_metrics = IncidentDurationMetricWithValueV2(many=True)
    call_url = serializers.CharField(required=False)
    permalink = serializers.CharField()
    external_issue_reference = ExternalIssueReferenceV2(required=False)
    postmortem_document_url = serializers.CharField(required=False)
    postmortem_document_ids = serializers.ListField(child=serializers.CharField(), required=False)
    has_debrief = serializers.BooleanField()
    slack_team_id = serializers.CharField()
    slack_channel_id = serializers.CharField()
    slack_channel_name = serializers.CharField(required=False)
    team_ids = serializers.ListField(child=serializers.CharField())
    workload_minutes_total = serializers.FloatField()
    workload_minutes_working = serializers.FloatField()
    workload_minutes_sleeping = serializers.FloatField()
    workload_minutes_late = serializers.FloatField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_activity_at = serializers.DateTimeField()


class IncidentsShowResultV2(serializers.Serializer[Any]):
    """One incident."""

    incident = IncidentV2()


class IncidentsCreateResultV2(IncidentsShowResultV2):
    """The incident of this idempotency key."""


class IncidentsEditResultV2(IncidentsShowResultV2):
    """The incident as it is now."""


class PaginationMetaWithTotal(PaginationMeta):
    """How to get the next page, and how many there are in all."""

    total_record_count = serializers.IntegerField(required=False, help_text="Left out where counting takes too long")

    class Meta:
        ref_name = "PaginationMetaResultWithTotalV2"


class IncidentsListResultV2(serializers.Serializer[Any]):
    """A page of incidents."""

    incidents = IncidentV2(many=True)
    pagination_meta = PaginationMetaWithTotal(required=False)


class PostmortemDocumentV1(serializers.Serializer[Any]):
    """A post-mortem of an incident."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    title = serializers.CharField()
    type = serializers.ChoiceField(choices=["in_app", "external"])
    status = serializers.ChoiceField(choices=PostmortemStatus.values)
    document_url = serializers.CharField()
    exported_urls = serializers.ListField(child=serializers.CharField())
    editors = UserV1(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IncidentsImportPostmortemDocumentResultV2(serializers.Serializer[Any]):
    """The imported document."""

    postmortem_document = PostmortemDocumentV1()
