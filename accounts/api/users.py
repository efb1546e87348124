"""People and other doers as answers embed them."""

from typing import Any, Protocol

from rest_framework import serializers

from accounts.models import OrganisationRole
from events.actors import ActorKind


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
