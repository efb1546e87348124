"""API keys on the wire (API behaviour, section 5.3)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import ActorV1, actor_v1
from accounts.models import User
from apikeys.authentication import caller_of
from apikeys.delegation import issue_for, manageable, revoke_for, rotate_for, update_for
from apikeys.leash import LONGEST_COMMENTS, LONGEST_NAME
from apikeys.models import ApiKey
from apikeys.roles import ROLES, TEAM_ROLES, roles_named
from events.actors import ActorKind
from incidentio.core.fields import Body, Choice, Id, Text, Whole
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation

LARGEST_PAGE = 250
LONGEST_GRACE_MINUTES = 60
MOST_TEAMS = 250


class APIKeyRoleV1(serializers.Serializer[Any]):
    """Something a key may do."""

    name = serializers.ChoiceField(choices=list(ROLES))
    description = serializers.CharField()


class APIKeyTeamRoleV1(serializers.Serializer[Any]):
    """Something a key may do to what belongs to its teams."""

    name = serializers.ChoiceField(choices=list(TEAM_ROLES))
    description = serializers.CharField()


class APIKeyV1(serializers.Serializer[Any]):
    """A key; its token is never shown here."""

    id = serializers.CharField()
    name = serializers.CharField()
    roles = APIKeyRoleV1(many=True)
    team_roles = APIKeyTeamRoleV1(many=True)
    team_ids = serializers.ListField(child=serializers.CharField())
    creator = ActorV1()
    created_at = serializers.DateTimeField()
    token_last_issued_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(required=False, help_text="Noted at most once a minute")
    comments = serializers.CharField(required=False, max_length=LONGEST_COMMENTS)


class APIKeysCreatePayloadV1(Body):
    """A key to make. Teams and roles for teams are both empty or both filled."""

    name = Text(max_length=LONGEST_NAME)
    role_names = serializers.ListField(child=Choice(choices=list(ROLES)), max_length=2 * len(ROLES))
    team_ids = serializers.ListField(child=Id(), max_length=MOST_TEAMS)
    team_role_names = serializers.ListField(child=Choice(choices=list(TEAM_ROLES)), max_length=2 * len(ROLES))
    comments = Text(required=False, allow_blank=True, max_length=LONGEST_COMMENTS)


class APIKeysUpdatePayloadV1(APIKeysCreatePayloadV1):
    """A key as it shall be: comments left out are removed."""


class APIKeysRotatePayloadV1(Body):
    """How long the old token keeps working."""

    grace_period_minutes = Whole(min_value=0, max_value=LONGEST_GRACE_MINUTES)


class APIKeysListResultV1(serializers.Serializer[Any]):
    """A page of keys, newest first."""

    api_keys = APIKeyV1(many=True)
    pagination_meta = PaginationMeta()


class APIKeysListQueryV1(serializers.Serializer[Any]):
    """Which page."""

    page_size = page_query(LARGEST_PAGE)["page_size"]
    after = page_query(LARGEST_PAGE)["after"]


class APIKeysShowResultV1(serializers.Serializer[Any]):
    """One key."""

    api_key = APIKeyV1()


class APIKeysUpdateResultV1(APIKeysShowResultV1):
    """The changed key."""


class APIKeysCreateResultV1(APIKeysShowResultV1):
    """The new key and its token, which is shown this once."""

    token = serializers.CharField()


class APIKeysRotateResultV1(APIKeysCreateResultV1):
    """The key and its new token, which is shown this once."""


def api_keys_v1(keys: Iterable[ApiKey]) -> list[dict[str, Any]]:
    """Keys on the wire; their creators are read together, their teams should be prefetched."""
    rows = list(keys)
    users = User.objects.in_bulk({row.creator_id for row in rows if row.creator_kind == ActorKind.USER})
    return [_api_key_v1(row, users.get(row.creator_id)) for row in rows]


def _api_key_v1(key: ApiKey, creator: User | None) -> dict[str, Any]:
    wire = {
        "id": key.id,
        "name": key.name,
        "roles": [{"name": role.name, "description": role.description} for role in roles_named(key.roles)],
        "team_roles": [{"name": role.name, "description": role.description} for role in roles_named(key.team_roles)],
        "team_ids": [team.id for team in key.teams.all()],
        "creator": actor_v1(key.creator_kind, key.creator_id, key.creator_label, creator),
        "created_at": rfc3339(key.created_at),
        "token_last_issued_at": rfc3339(key.token_last_issued_at),
    }
    if key.last_used_at is not None:
        wire["last_used_at"] = rfc3339(key.last_used_at)
    if key.comments:
        wire["comments"] = key.comments
    return wire


def settings_of(body: dict[str, Any]) -> dict[str, Any]:
    """A request's body in the words of the verbs."""
    return {
        "name": body["name"],
        "roles": body["role_names"],
        "team_roles": body["team_role_names"],
        "team_ids": body["team_ids"],
        "comments": body.get("comments", ""),
    }


class ApiKeysV1(ResourceViewSet):
    """Keys that manage keys; a key with the permission for its teams only keeps to their keys."""

    team_scoped = True

    @operation("API Keys V1#List", scope="api_keys.view", query=APIKeysListQueryV1, answer=APIKeysListResultV1)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        keys = manageable(caller_of(request), "api_keys.view").prefetch_related("teams").order_by("-id")
        if "after" in query:
            keys = keys.filter(id__lt=query["after"])
        size = query["page_size"]
        found = list(keys[: size + 1])
        meta = pagination_meta(found, size, lambda key: key.id)
        return {"api_keys": api_keys_v1(found[:size]), "pagination_meta": meta}

    @operation(
        "API Keys V1#Create",
        scope="api_keys.create",
        body=APIKeysCreatePayloadV1,
        answer=APIKeysCreateResultV1,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        issued = issue_for(caller_of(request), **settings_of(body))
        return {"api_key": api_keys_v1([issued.key])[0], "token": issued.token}

    @operation("API Keys V1#Show", scope="api_keys.view", answer=APIKeysShowResultV1)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"api_key": api_keys_v1([self._find(request, pk, "api_keys.view")])[0]}

    @operation(
        "API Keys V1#Update",
        scope="api_keys.update",
        body=APIKeysUpdatePayloadV1,
        answer=APIKeysUpdateResultV1,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        key = self._find(request, pk, "api_keys.update")
        return {"api_key": api_keys_v1([update_for(caller_of(request), key, **settings_of(body))])[0]}

    @operation("API Keys V1#Delete", scope="api_keys.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        revoke_for(caller_of(request), self._find(request, pk, "api_keys.destroy"))

    @operation(
        "API Keys V1#Rotate",
        scope="api_keys.rotate",
        body=APIKeysRotatePayloadV1,
        answer=APIKeysRotateResultV1,
        status=201,
    )
    def rotate(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        key = self._find(request, pk, "api_keys.rotate")
        issued = rotate_for(caller_of(request), key, timedelta(minutes=body["grace_period_minutes"]))
        return {"api_key": api_keys_v1([issued.key])[0], "token": issued.token}

    def _find(self, request: Request, pk: str, scope: str) -> ApiKey:
        return get_or_404(manageable(caller_of(request), scope), pk, "API key")
