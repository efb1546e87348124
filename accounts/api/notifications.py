"""How people are notified on call, and which policies bind them: read by clients, not offered by the hub.

Lists are empty; making something is a 404 that says so.
"""

from typing import Any, NoReturn

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import find_user
from incidentio.core.errors import NotFound, NotOffered
from incidentio.core.fields import Body, Choice, Text, Whole
from incidentio.core.views import ResourceViewSet, operation

METHODS = ("app", "email", "microsoft_teams", "phone", "slack", "whatsapp_message")


class OnCallNotificationMethodPhoneDetailsPublicV2(serializers.Serializer[Any]):
    """What a phone can do."""

    supports_sms = serializers.BooleanField()
    supports_voice = serializers.BooleanField()


class OnCallNotificationMethodPublicV2(serializers.Serializer[Any]):
    """A way to reach somebody."""

    id = serializers.CharField()
    method_type = serializers.ChoiceField(choices=METHODS)
    address = serializers.CharField()
    is_usable = serializers.BooleanField()
    phone_details = OnCallNotificationMethodPhoneDetailsPublicV2(required=False)


class UsersListNotificationMethodsResultV2(serializers.Serializer[Any]):
    """The ways to reach somebody."""

    notification_methods = OnCallNotificationMethodPublicV2(many=True)


class UsersShowNotificationMethodResultV2(serializers.Serializer[Any]):
    """One way to reach somebody."""

    notification_method = OnCallNotificationMethodPublicV2()


class OnCallNotificationMethodCreatePayloadPublicV2(Body):
    """A way to reach somebody, as it shall be."""

    method_type = Choice(choices=("email", "phone", "whatsapp_message"))
    email_address = Text(required=False)
    phone_number = Text(required=False)
    whatsapp_number = Text(required=False)


class UsersCreateNotificationMethodPayloadV2(Body):
    """A way to reach somebody, to make."""

    notification_method = OnCallNotificationMethodCreatePayloadPublicV2()


class OnCallNotificationRuleAppDetailsPublicV2(Body):
    """How loud the app is."""

    push_notification_criticality = Choice(choices=("critical", "active"))


class OnCallNotificationRulePhoneDetailsPublicV2(Body):
    """How the phone is used."""

    channel = Choice(choices=("sms", "voice"))


class OnCallNotificationRuleMethodTargetSpecificPublicV2(Body):
    """One method."""

    id = Text()


class OnCallNotificationRuleMethodTargetPublicV2(Body):
    """Which methods a rule uses."""

    type = Choice(choices=("specific", "all"))
    all = serializers.DictField(required=False, help_text="Every method of the type; an empty object")
    specific = OnCallNotificationRuleMethodTargetSpecificPublicV2(required=False)


class OnCallNotificationRuleCreatePayloadPublicV2(Body):
    """When somebody is notified and how, as it shall be."""

    method_type = Choice(choices=METHODS)
    method_target = OnCallNotificationRuleMethodTargetPublicV2()
    rule_type = Choice(choices=("high_urgency", "low_urgency"))
    delay_seconds = Whole(min_value=0)
    app = OnCallNotificationRuleAppDetailsPublicV2(required=False)
    phone = OnCallNotificationRulePhoneDetailsPublicV2(required=False)


class OnCallNotificationRulePublicV2(OnCallNotificationRuleCreatePayloadPublicV2):
    """When somebody is notified and how."""

    id = serializers.CharField()
    delay_seconds = Whole(required=False)


class UsersCreateNotificationRulePayloadV2(Body):
    """A rule to make."""

    notification_rule = OnCallNotificationRuleCreatePayloadPublicV2()


class UsersListNotificationRulesResultV2(serializers.Serializer[Any]):
    """When somebody is notified and how."""

    notification_rules = OnCallNotificationRulePublicV2(many=True)


class UsersShowNotificationRuleResultV2(serializers.Serializer[Any]):
    """One rule."""

    notification_rule = OnCallNotificationRulePublicV2()


class PoliciesHasOpenForUserResultV2(serializers.Serializer[Any]):
    """Whether somebody has work left that a policy demands."""

    has_open_violations = serializers.BooleanField()


class UserNotificationsV2(ResourceViewSet):
    """How somebody is notified on call: not offered by this hub, so there is nothing to list."""

    @operation(
        "Users V2#ListNotificationMethods",
        scope="notification_methods.view",
        answer=UsersListNotificationMethodsResultV2,
    )
    def methods(self, request: Request, user_id: str) -> dict[str, Any]:
        """Always empty: this hub does not offer notification methods."""
        find_user(user_id)
        return {"notification_methods": []}

    @operation(
        "Users V2#CreateNotificationMethod",
        scope="notification_methods.create",
        body=UsersCreateNotificationMethodPayloadV2,
        answer=UsersShowNotificationMethodResultV2,
        status=201,
        validate_body=False,
    )
    def create_method(self, request: Request, user_id: str) -> NoReturn:
        """Always 404: this hub does not offer notification methods."""
        find_user(user_id)
        raise NotOffered("notification methods")

    @operation(
        "Users V2#ListNotificationRules", scope="notification_rules.view", answer=UsersListNotificationRulesResultV2
    )
    def rules(self, request: Request, user_id: str) -> dict[str, Any]:
        """Always empty: this hub does not offer notification rules."""
        find_user(user_id)
        return {"notification_rules": []}

    @operation(
        "Users V2#CreateNotificationRule",
        scope="notification_rules.create",
        body=UsersCreateNotificationRulePayloadV2,
        answer=UsersShowNotificationRuleResultV2,
        status=201,
        validate_body=False,
    )
    def create_rule(self, request: Request, user_id: str) -> NoReturn:
        """Always 404: this hub does not offer notification rules."""
        find_user(user_id)
        raise NotOffered("notification rules")


class PoliciesV2(ResourceViewSet):
    """Policies: this hub has none."""

    @operation("Policies V2#HasOpenForUser", scope="users.view", answer=PoliciesHasOpenForUserResultV2)
    def has_open(self, request: Request, user_id: str, policy_id: str) -> NoReturn:
        """Always 404: this hub does not offer policies, so no policy has this id."""
        find_user(user_id)
        raise NotFound("policy")
