"""Issuing, changing, rotating and revoking API keys. A token's text leaves here once and is stored nowhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Unpack

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from apikeys.leash import KeySettings, Leash, checked
from apikeys.models import ApiKey, ApiKeyToken
from apikeys.tokens import keyed_hash, lookup_prefix, new_token
from events.actors import Actor
from events.record import changed, created, raise_config_version, record_configuration, state_of
from incidentio.core.errors import Conflict, Invalid
from incidentio.core.ids import is_id

MOST_ACTIVE_KEYS = 5000
NOT_A_CHANGE = ("last_used_at", "updated_at")


@dataclass(frozen=True)
class Issued:
    """A key with its new token, whose text can be had here and never again."""

    key: ApiKey
    token: str


@transaction.atomic
def issue(actor: Actor, *, name: str, roles: list[str], **leash: Unpack[Leash]) -> Issued:
    """Make a key and its first token.

    Raises:
        Invalid: something of it is wrong (see `leash.checked`), teams and team roles do not go together, or there
            are 5,000 active keys already.
    """
    settings = checked(KeySettings(name=name, roles=roles, **leash))
    raise_config_version()
    if ApiKey.objects.filter(revoked_at=None).count() >= MOST_ACTIVE_KEYS:
        raise Invalid("too_many", f"There are {MOST_ACTIVE_KEYS} active API keys; revoke one first")
    key = ApiKey(
        creator_kind=actor.kind,
        creator_id=actor.id,
        creator_label=actor.label[:300],
        token_last_issued_at=timezone.now(),
    )
    _apply(key, settings)
    key.save(force_insert=True)
    key.teams.set(_teams(key, settings.get("team_ids", ())))
    token = _give_token(key)
    record_configuration(actor, "api_key.created", "api_key", key, created(_state(key)))
    return Issued(key, token)


@transaction.atomic
def update_key(actor: Actor, key: ApiKey, **settings: Unpack[KeySettings]) -> ApiKey:
    """Change what is given of a key, keep the rest.

    Raises:
        Invalid: something of it is wrong, or teams and team roles no longer go together.
        Conflict: the key is revoked.
    """
    good = checked(settings)
    key = _lock(key)
    before = _state(key)
    _apply(key, good)
    teams = _teams(key, good["team_ids"] if "team_ids" in good else before["team_ids"])
    key.teams.set(teams)
    changes = changed(before, _state(key))
    if changes:
        key.save()
        record_configuration(actor, "api_key.updated", "api_key", key, changes)
    return key


@transaction.atomic
def rotate(actor: Actor, key: ApiKey, grace: timedelta) -> Issued:
    """Give a key a new token; every token it had before ends when `grace` is over, or at once without.

    Raises:
        Invalid: a negative grace.
        Conflict: the key is revoked.
    """
    if grace < timedelta(0):
        raise Invalid("invalid_value", "The grace period cannot be negative", "grace_period_minutes")
    key = _lock(key)
    before, now = _state(key), timezone.now()
    _end_tokens(key, now, now + grace)
    token = _give_token(key)
    key.token_last_issued_at = now
    key.save()
    record_configuration(actor, "api_key.rotated", "api_key", key, changed(before, _state(key)))
    return Issued(key, token)


@transaction.atomic
def revoke(actor: Actor, key: ApiKey) -> None:
    """End a key for good; revoking it again changes nothing."""
    raise_config_version()
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is not None:
        return
    before = _state(key)
    key.revoked_at = timezone.now()
    key.save()
    record_configuration(actor, "api_key.revoked", "api_key", key, changed(before, _state(key)))


def _lock(key: ApiKey) -> ApiKey:
    """The key as it is now, held until the transaction ends. Raises `Conflict` if it is revoked."""
    raise_config_version()
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is not None:
        raise Conflict("revoked", f"API key {key.name!r} is revoked")
    return key


def _apply(key: ApiKey, settings: KeySettings) -> None:
    for name, value in settings.items():
        if name != "team_ids":
            setattr(key, name, value)


def _teams(key: ApiKey, team_ids: Any) -> list[Team]:
    """The teams of `team_ids`. Raises `Invalid` for an unknown one, and unless teams and team roles go together."""
    wanted = list(dict.fromkeys(team_ids))
    teams = {team.id: team for team in Team.objects.filter(pk__in=[pk for pk in wanted if is_id(pk)])}
    for place, team_id in enumerate(wanted):
        if team_id not in teams:
            raise Invalid("not_found", f"There is no team with the ID {team_id!r}", f"team_ids.{place}")
    if teams and not key.team_roles:
        raise Invalid("is_required", "A key with teams needs at least one role for them", "team_role_names")
    if key.team_roles and not teams:
        raise Invalid("is_required", "A key with roles for teams needs at least one team", "team_ids")
    return [teams[team_id] for team_id in wanted]


def _give_token(key: ApiKey) -> str:
    token = new_token()
    ApiKeyToken.objects.create(api_key=key, prefix=lookup_prefix(token), hash=keyed_hash(token))
    return token


def _end_tokens(key: ApiKey, now: datetime, end: datetime) -> None:
    key.tokens.filter(expires_at__lte=now).delete()
    key.tokens.filter(Q(expires_at=None) | Q(expires_at__gt=end)).update(expires_at=end)


def _state(key: ApiKey) -> dict[str, Any]:
    """The key as its events tell it: nothing of its tokens, and no mere use of it."""
    state = {name: value for name, value in state_of(key).items() if name not in NOT_A_CHANGE}
    return state | {"team_ids": sorted(key.teams.values_list("pk", flat=True))}
