"""The shapes of alert sources on the wire (API behaviour, section 11)."""

from typing import Any

from rest_framework import serializers

from incidentio.core.bindings import (
    EngineParamBindingPayloadV2,
    EngineParamBindingV2,
    EngineParamBindingValuePayloadV2,
    EngineParamBindingValueV2,
    ExpressionV2,
    expressions_field,
)
from incidentio.core.fields import Body, Choice, Flag, Id, Text, Whole
from incidents.alert_sources import SOURCE_TYPES

STRATEGIES = ("first_wins", "last_wins", "append", "max", "min")
REDACTIONS = ("credit_card_numbers", "us_social_security_numbers", "phone_numbers")
LONGEST_PATH = 500
LONGEST_CODE = 100_000
MOST_ATTRIBUTES = 100
MOST_PROJECTS = 500
MOST_TEAMS = 500


# ---- requests


class AlertTemplateAttributeBindingPayloadV2(Body):
    """What an attribute is given, and what becomes of it when its alert is told of again."""

    value = EngineParamBindingValuePayloadV2(required=False)
    array_value = serializers.ListField(child=EngineParamBindingValuePayloadV2(), required=False, max_length=1_000)
    merge_strategy = Choice(choices=STRATEGIES, required=False)


class AlertTemplateAttributePayloadV2(Body):
    """An attribute; there are none here yet."""

    alert_attribute_id = Text(max_length=LONGEST_PATH)
    binding = AlertTemplateAttributeBindingPayloadV2()


class AlertTemplatePayloadV2(Body):
    """How alerts are worded, and whether they are private."""

    title = EngineParamBindingValuePayloadV2()
    description = EngineParamBindingValuePayloadV2()
    attributes = serializers.ListField(child=AlertTemplateAttributePayloadV2(), max_length=MOST_ATTRIBUTES)
    expressions = expressions_field()
    is_private = Flag(required=False)
    visible_to_teams = EngineParamBindingPayloadV2(required=False)


class AlertSourceEmailOptionsPayloadV2(Body):
    """Of a source of type email."""

    redactions = serializers.ListField(child=Choice(choices=REDACTIONS), max_length=len(REDACTIONS))
    transform_expression = Text(required=False, allow_blank=True, max_length=LONGEST_CODE)


class AlertSourceHeartbeatOptionsPayloadV2(Body):
    """Of a source of type heartbeat: how often it is heard of."""

    interval_seconds = Whole()
    grace_period_seconds = Whole(required=False)
    failure_threshold = Whole(required=False)


class AlertSourceHTTPCustomOptionsV2(Body):
    """Of a source of type http_custom: where the deduplication key stands."""

    deduplication_key_path = Text(allow_blank=True, max_length=LONGEST_PATH)
    transform_expression = Text(allow_blank=True, max_length=LONGEST_CODE)


class AlertSourceJiraOptionsV2(Body):
    """Of a source of type jira."""

    project_ids = serializers.ListField(child=Text(max_length=LONGEST_PATH), max_length=MOST_PROJECTS)


class _Settings(Body):
    owning_team_ids = serializers.ListField(child=Id(), required=False, max_length=MOST_TEAMS)
    auto_resolve_incident_alerts = Flag(required=False)
    auto_resolve_timeout_minutes = Whole(required=False)
    email_options = AlertSourceEmailOptionsPayloadV2(required=False)
    heartbeat_options = AlertSourceHeartbeatOptionsPayloadV2(required=False)
    http_custom_options = AlertSourceHTTPCustomOptionsV2(required=False)
    jira_options = AlertSourceJiraOptionsV2(required=False)


class AlertSourcesCreatePayloadV2(_Settings):
    """A source to make."""

    name = Text(max_length=200)
    source_type = Choice(choices=SOURCE_TYPES)
    template = AlertTemplatePayloadV2()


class AlertSourcesUpdatePayloadV2(_Settings):
    """A source as it shall be; its options, left out, stay."""

    name = Text(max_length=200)
    template = AlertTemplatePayloadV2()
    disabled = Flag(required=False, help_text="Only false: switch its route off in the admin, or delete the source")


class AlertSourcesValidatePayloadV2(Body):
    """What could be a source."""

    source_type = Choice(choices=SOURCE_TYPES)
    template = AlertTemplatePayloadV2()
    owning_team_ids = serializers.ListField(child=Id(), required=False, max_length=MOST_TEAMS)


# ---- answers


class AlertTemplateAttributeBindingV2(serializers.Serializer[Any]):
    """What an attribute is given."""

    value = EngineParamBindingValueV2(required=False)
    array_value = EngineParamBindingValueV2(many=True, required=False)
    merge_strategy = serializers.ChoiceField(choices=STRATEGIES, required=False)


class AlertTemplateAttributeV2(serializers.Serializer[Any]):
    """An attribute."""

    alert_attribute_id = serializers.CharField()
    binding = AlertTemplateAttributeBindingV2()


class AlertTemplateV2(serializers.Serializer[Any]):
    """How alerts are worded."""

    title = EngineParamBindingValueV2()
    description = EngineParamBindingValueV2()
    attributes = AlertTemplateAttributeV2(many=True)
    expressions = ExpressionV2(many=True)
    is_private = serializers.BooleanField()
    visible_to_teams = EngineParamBindingV2(required=False)


class AlertSourceEmailOptionsV2(serializers.Serializer[Any]):
    """Of a source of type email."""

    email_address = serializers.CharField()
    redactions = serializers.ListField(child=serializers.ChoiceField(choices=REDACTIONS))
    transform_expression = serializers.CharField(required=False)


class AlertSourceHeartbeatOptionsV2(serializers.Serializer[Any]):
    """Of a source of type heartbeat."""

    interval_seconds = serializers.IntegerField()
    grace_period_seconds = serializers.IntegerField()
    failure_threshold = serializers.IntegerField()
    ping_url = serializers.CharField()


class AlertSourceV2(serializers.Serializer[Any]):
    """Who sends alerts, and with which secret."""

    id = serializers.CharField()
    name = serializers.CharField()
    source_type = serializers.ChoiceField(choices=SOURCE_TYPES)
    template = AlertTemplateV2()
    secret_token = serializers.CharField(required=False)
    alert_events_url = serializers.CharField(required=False, help_text="Where its alerts are sent to")
    owning_team_ids = serializers.ListField(child=serializers.CharField(), required=False)
    auto_resolve_incident_alerts = serializers.BooleanField(required=False)
    auto_resolve_timeout_minutes = serializers.IntegerField(required=False)
    email_options = AlertSourceEmailOptionsV2(required=False)
    heartbeat_options = AlertSourceHeartbeatOptionsV2(required=False)
    http_custom_options = AlertSourceHTTPCustomOptionsV2(required=False)
    jira_options = AlertSourceJiraOptionsV2(required=False)


class AlertSourcesListResultV2(serializers.Serializer[Any]):
    """All sources, oldest first."""

    alert_sources = AlertSourceV2(many=True)


class AlertSourcesShowResultV2(serializers.Serializer[Any]):
    """One source."""

    alert_source = AlertSourceV2()


class AlertSourcesCreateResultV2(AlertSourcesShowResultV2):
    """The new source."""


class AlertSourcesUpdateResultV2(AlertSourcesShowResultV2):
    """The source as it is now."""
