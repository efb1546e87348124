"""People on the wire (API behaviour, section 7.7), and people and other doers as answers embed them."""

from typing import Any, Protocol, cast

from django.db.models import Value
from django.db.models.functions import Lower
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import OrganisationRole, User
from accounts.users import ESCALATION_PROVIDERS, update_user
from events.actors import Actor, ActorKind
from incidentio.core.fields import Body, Choice
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation

# What each organisation role is as a base role: an id that is the same in every installation, a slug, what it allows.
BASE_ROLES = {
    OrganisationRole.VIEWER: ("01M85XQAC0R7SPG1B95RX6W0AC", "viewer", "Sees what is public."),
    OrganisationRole.RESPONDER: ("01M85XQAC0R7SPG1B95RX6W0AD", "responder", "Responds to incidents."),
    OrganisationRole.ADMINISTRATOR: ("01M85XQAC0R7SPG1B95RX6W0AE", "admin", "Configures the hub."),
    OrganisationRole.OWNER: ("01M85XQAC0R7SPG1B95RX6W0AF", "owner", "Owns the hub, and configures it."),
    OrganisationRole.UNSET: ("01M85XQAC0R7SPG1B95RX6W0AG", "unset", "Has no role yet."),
}
SEATS = ("full_access", "viewer_only", "none")


class Person(Protocol):
    """What an answer tells of a person: a User, or the row of one."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def slack_user_id(self) -> str: ...


class UserV1(serializers.Serializer[Any]):
    """A person."""

    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(required=False)
    role = serializers.ChoiceField(choices=OrganisationRole.values)
    slack_user_id = serializers.CharField(required=False)


class APIKeyActorV1(serializers.Serializer[Any]):
    """An API key that did something."""

    id = serializers.CharField()
    name = serializers.CharField()


class ActorV1(serializers.Serializer[Any]):
    """Who did it: exactly one of the two."""

    api_key = APIKeyActorV1(required=False)
    user = UserV1(required=False)


class UserV2(UserV1):
    """A person, in V2."""


class APIKeyActorV2(APIKeyActorV1):
    """An API key that did something, in V2."""


class WorkflowActorV2(serializers.Serializer[Any]):
    """A workflow that did something."""

    id = serializers.CharField()
    name = serializers.CharField()


class AlertActorV2(serializers.Serializer[Any]):
    """An alert that did something."""

    id = serializers.CharField()
    title = serializers.CharField()


class ActorV2(serializers.Serializer[Any]):
    """Who did it: exactly one of the four."""

    alert = AlertActorV2(required=False)
    api_key = APIKeyActorV2(required=False)
    user = UserV2(required=False)
    workflow = WorkflowActorV2(required=False)


class RBACRoleV2(serializers.Serializer[Any]):
    """What somebody may do."""

    id = serializers.CharField()
    name = serializers.CharField()
    slug = serializers.CharField()
    description = serializers.CharField(required=False)


class UserSeatsV2(serializers.Serializer[Any]):
    """Which parts of the product somebody may use; the hub has no on-call yet."""

    on_call = serializers.ChoiceField(choices=SEATS)
    response = serializers.ChoiceField(choices=SEATS)


class UserWithRolesV2(UserV1):
    """A person and what they may do."""

    base_role = RBACRoleV2()
    custom_roles = RBACRoleV2(many=True, help_text="Always empty: the hub has base roles only")
    seats = UserSeatsV2()
    is_active = serializers.BooleanField()


class UsersListQueryV2(serializers.Serializer[Any]):
    """Whom to list; without `include_inactive` only who is active."""

    email = serializers.CharField(required=False, help_text="In any case")
    slack_user_id = serializers.CharField(required=False)
    include_inactive = serializers.BooleanField(default=False)
    page_size = page_query(10_000)["page_size"]
    after = page_query(10_000)["after"]


class UsersListResultV2(serializers.Serializer[Any]):
    """A page of people, in the order they were added."""

    users = UserWithRolesV2(many=True)
    pagination_meta = PaginationMeta()


class UsersShowResultV2(serializers.Serializer[Any]):
    """One person."""

    user = UserWithRolesV2()


class UsersShowPagingProviderResultV2(serializers.Serializer[Any]):
    """Which tool somebody would rather be paged by, if they said."""

    preferred_escalation_provider = serializers.ChoiceField(choices=ESCALATION_PROVIDERS, required=False)


class UsersUpdatePagingProviderPayloadV2(Body):
    """Which tool somebody would rather be paged by."""

    preferred_escalation_provider = Choice(choices=ESCALATION_PROVIDERS)


def user_v1(user: Person) -> dict[str, Any]:
    """A person on the wire, of either version; what they do not have is left out."""
    wire = {"id": user.id, "name": user.name, "role": user.role}
    if user.email:
        wire["email"] = user.email
    if user.slack_user_id:
        wire["slack_user_id"] = user.slack_user_id
    return wire


def actor_v1(kind: str, pk: str, label: str, user: Person | None) -> dict[str, Any]:
    """A doer as V1 knows them: a person, or an API key; whatever else acts goes by the name of a key."""
    if kind == ActorKind.USER and user is not None:
        return {"user": user_v1(user)}
    return {"api_key": {"id": pk, "name": label}}


def actor_v2(kind: str, pk: str, label: str, user: Person | None) -> dict[str, Any]:
    """A doer as V2 knows them: exactly one of user, api_key, workflow, alert."""
    if kind == ActorKind.WORKFLOW:
        return {"workflow": {"id": pk, "name": label}}
    if kind == ActorKind.ALERT:
        return {"alert": {"id": pk, "title": label}}
    return actor_v1(kind, pk, label, user)


def user_with_roles_v2(user: User) -> dict[str, Any]:
    """A person on the wire with what they may do."""
    role = OrganisationRole(user.role)
    pk, slug, description = BASE_ROLES[role]
    return user_v1(user) | {
        "base_role": {"id": pk, "name": role.label, "slug": slug, "description": description},
        "custom_roles": [],
        "seats": {"on_call": "none", "response": _response_seat(user)},
        "is_active": user.is_active,
    }


def _response_seat(user: User) -> str:
    if not user.is_active or user.role == OrganisationRole.UNSET:
        return "none"
    return "viewer_only" if user.role == OrganisationRole.VIEWER else "full_access"


def find_user(pk: str) -> User:
    """The person with this id, active or not.

    Raises:
        NotFound: there is none.
    """
    return get_or_404(User.objects.all(), pk, "user")


class _Caller(Protocol):
    @property
    def actor(self) -> Actor: ...


def _actor_of(request: Request) -> Actor:
    """Whoever asks; how callers prove who they are is none of this room's business."""
    return cast(_Caller, request.auth).actor


class UsersV2(ResourceViewSet):
    """People. They are added, changed and deactivated in the admin."""

    @operation("Users V2#List", scope="users.view", query=UsersListQueryV2, answer=UsersListResultV2)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        rows = User.objects.order_by("id")
        if not query["include_inactive"]:
            rows = rows.filter(is_active=True)
        if "email" in query:
            rows = rows.alias(lower_email=Lower("email")).filter(lower_email=Lower(Value(query["email"])))
        if "slack_user_id" in query:
            rows = rows.filter(slack_user_id=query["slack_user_id"])
        if "after" in query:
            rows = rows.filter(id__gt=query["after"])
        page = list(rows[: query["page_size"] + 1])
        return {
            "users": [user_with_roles_v2(row) for row in page[: query["page_size"]]],
            "pagination_meta": pagination_meta(page, query["page_size"], lambda row: row.id),
        }

    @operation("Users V2#Show", scope="users.view", answer=UsersShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"user": user_with_roles_v2(find_user(pk))}

    @operation("Users V2#ShowPagingProvider", scope="user_preferences.view", answer=UsersShowPagingProviderResultV2)
    def paging_provider(self, request: Request, user_id: str) -> dict[str, Any]:
        chosen = find_user(user_id).preferred_escalation_provider
        return {"preferred_escalation_provider": chosen} if chosen else {}

    @operation(
        "Users V2#UpdatePagingProvider",
        scope="users.preferred_paging_provider.edit",
        body=UsersUpdatePagingProviderPayloadV2,
        status=204,
    )
    def choose_paging_provider(self, request: Request, user_id: str, body: dict[str, Any]) -> None:
        update_user(_actor_of(request), find_user(user_id), **body)
