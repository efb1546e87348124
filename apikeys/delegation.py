"""Keys that manage keys: what one key may do to another (API behaviour, section 5.3)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Team
from apikeys.authentication import Caller
from apikeys.keys import Issued, issue, revoke, rotate, update_key
from apikeys.models import ApiKey
from apikeys.roles import ROLES
from incidentio.core.errors import Forbidden, Invalid

NEVER_BY_API = "api_keys_manage"


def manageable(caller: Caller, scope: str) -> "QuerySet[ApiKey]":
    """The active keys `caller` may do `scope` to: all, or those that belong to no team but its own."""
    keys = ApiKey.objects.filter(revoked_at=None)
    if caller.has(scope):
        return keys
    links = ApiKey.teams.through.objects.filter(apikey_id=OuterRef("pk"))
    return keys.filter(Exists(links)).exclude(Exists(links.exclude(team_id__in=_teams_of(caller))))


def issue_for(caller: Caller, *, roles: Sequence[str], team_roles: Sequence[str], **about: Any) -> Issued:
    """Issue a key at the request of another.

    Raises:
        Forbidden: `caller` lacks a role it would hand out.
        Invalid: see `keys.issue`; a role that is never handed out over the API; teams that are not the caller's.
    """
    _check_hand_out(caller, roles, team_roles, about["team_ids"], "api_keys.create")
    return issue(caller.actor, roles=list(roles), team_roles=team_roles, **about)


def update_for(caller: Caller, key: ApiKey, *, roles: Sequence[str], team_roles: Sequence[str], **about: Any) -> ApiKey:
    """Change a key at the request of another.

    Raises:
        Forbidden: `key` is the caller itself, or the caller lacks a role it would hand out.
        Invalid: see `issue_for`.
    """
    if key.id == caller.id:
        raise Forbidden("cannot_edit_itself", "An API key cannot edit itself; ask an administrator or use another key")
    _check_hand_out(caller, roles, team_roles, about["team_ids"], "api_keys.update")
    return update_key(caller.actor, key, roles=roles, team_roles=team_roles, **about)


def rotate_for(caller: Caller, key: ApiKey, grace: timedelta) -> Issued:
    """Rotate a key at the request of another, which learns the new token and with it all the key may do.

    Raises:
        Forbidden: `caller` lacks something `key` may do.
    """
    _check_holds(caller, key.roles, caller.scopes)
    _check_holds(caller, key.team_roles, _reach(caller, key.teams.values_list("pk", flat=True)))
    return rotate(caller.actor, key, grace)


def revoke_for(caller: Caller, key: ApiKey) -> None:
    """Revoke a key at the request of another; this needs none of the key's own roles."""
    revoke(caller.actor, key)


def _teams_of(caller: Caller) -> "QuerySet[Team, str]":
    return Team.objects.filter(api_keys=caller.id).values_list("pk", flat=True)


def _reach(caller: Caller, team_ids: Iterable[str]) -> frozenset[str]:
    """What `caller` may do to what belongs to all of `team_ids`."""
    if set(team_ids) <= set(_teams_of(caller)):
        return caller.scopes | caller.team_scopes
    return caller.scopes


def _check_hand_out(
    caller: Caller, roles: Sequence[str], team_roles: Sequence[str], team_ids: Sequence[str], scope: str
) -> None:
    for pointer, names in (("role_names", roles), ("team_role_names", team_roles)):
        if NEVER_BY_API in names:
            message = f"{ROLES[NEVER_BY_API].label!r} cannot be given over the API; an administrator can"
            raise Invalid("invalid_value", message, pointer)
    reach = _reach(caller, team_ids)
    if not caller.has(scope) and (not team_ids or scope not in reach):
        message = f"API key {caller.name!r} manages the keys of its teams only; name teams of its own"
        raise Invalid("invalid_value", message, "team_ids")
    _check_holds(caller, roles, caller.scopes)
    _check_holds(caller, team_roles, reach)


def _check_holds(caller: Caller, roles: Iterable[str], held: frozenset[str]) -> None:
    """Raise `Forbidden`, naming the first of `roles` that allows more than `held`."""
    for name in roles:
        if name in ROLES and not ROLES[name].scopes <= held:
            raise Forbidden(
                "missing_required_scopes",
                f"API key {caller.name!r} lacks the permission {ROLES[name].label!r}, which the other key has or gets",
            )
