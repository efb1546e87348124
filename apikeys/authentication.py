"""Who is asking: `Authorization: Bearer inc_…`, answered with one database statement (API behaviour, section 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apikeys.models import ApiKey
from apikeys.roles import VIEW_PRIVATE, permission_label, scopes_of
from apikeys.tokens import is_well_formed, keyed_hash, lookup_prefix
from events.actors import Actor, ActorKind
from incidentio.core import sql
from incidentio.core.errors import Forbidden, Unauthenticated
from incidentio.core.requests import client_ip

USE_NOTED_EVERY = timedelta(minutes=1)
_FIND = """
SELECT t.hash, COALESCE(t.expires_at > %s, TRUE) AND COALESCE(k.expires_at > %s, TRUE),
       COALESCE(k.last_used_at <= %s, TRUE),
       k.id, k.name, k.roles, k.team_roles, k.rate_limit, k.allowed_networks, c.version
FROM apikeys_apikeytoken t JOIN apikeys_apikey k ON k.id = t.api_key_id CROSS JOIN events_configversion c
WHERE t.prefix = %s AND k.revoked_at IS NULL
"""


class _Found(NamedTuple):
    """One row of `_FIND`; lists are still JSON text."""

    hash: str
    in_time: bool
    use_unnoted: bool
    id: str
    name: str
    roles: str
    team_roles: str
    rate_limit: int | None
    allowed_networks: str
    config_version: int


@dataclass(frozen=True)
class Caller:
    """The key that asks, as of this request; `config_version` was read in the same statement."""

    id: str
    name: str
    roles: tuple[str, ...]
    team_roles: tuple[str, ...]
    rate_limit: int | None
    config_version: int

    @cached_property
    def scopes(self) -> frozenset[str]:
        """What the key may do anywhere."""
        return scopes_of(self.roles)

    @cached_property
    def team_scopes(self) -> frozenset[str]:
        """What the key may do to what belongs to its teams."""
        return scopes_of(self.team_roles)

    @cached_property
    def actor(self) -> Actor:
        return Actor(ActorKind.API_KEY, self.id, self.name)

    @property
    def sees_private(self) -> bool:
        return VIEW_PRIVATE in self.scopes

    def has(self, scope: str) -> bool:
        return scope in self.scopes

    def require(self, scope: str, *, team_scoped: bool = False) -> None:
        """Raise `Forbidden`, naming the missing permission, unless the key has `scope`; having it for its teams
        counts where the operation itself keeps to them (`team_scoped`).
        """
        if scope in self.scopes or (team_scoped and scope in self.team_scopes):
            return
        raise Forbidden(
            "missing_required_scopes",
            f"API key {self.name!r} lacks the permission {permission_label(scope)!r}",
        )

    def key_row(self) -> ApiKey:
        """The key's row, read now."""
        return ApiKey.objects.get(pk=self.id)


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the `Caller`; `request.user` stays None: keys are not people."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Whoever the request's token belongs to; None without one.

        Raises:
            Unauthenticated: the token is no token, unknown, revoked, expired or used from a network it may not be.
        """
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if not is_well_formed(token):
            raise _refused()
        now = timezone.now()
        found = _find(token, now)
        if found is None:
            raise _refused()
        if not found.in_time:
            raise _refused(": it has expired")
        _check_network(found.allowed_networks, client_ip(request._request))
        if found.use_unnoted:
            _note_use(found.id, now)
        caller = Caller(
            found.id,
            found.name,
            _strings(found.roles),
            _strings(found.team_roles),
            found.rate_limit,
            found.config_version,
        )
        return None, caller


def caller_of(request: Request) -> Caller:
    """The key that asks; the permission check let nobody without one pass."""
    caller: Any = request.auth
    assert isinstance(caller, Caller)  # noqa: S101  tells the type checker what `HasScope` made sure of
    return caller


def _refused(why: str = "") -> Unauthenticated:
    return Unauthenticated("access_token_invalid", f"Access token is not valid{why}")


def _find(token: str, now: datetime) -> _Found | None:
    moment = connection.ops.adapt_datetimefield_value
    with sql.cursor() as cursor:
        cursor.execute(_FIND, [moment(now), moment(now), moment(now - USE_NOTED_EVERY), lookup_prefix(token)])
        rows: list[Sequence[Any]] = cursor.fetchall()
    wanted = keyed_hash(token)
    return next((_Found(*row) for row in rows if compare_digest(row[0], wanted)), None)


@lru_cache(maxsize=1024)
def _strings(json_list: str) -> tuple[str, ...]:
    return tuple(orjson.loads(json_list))


@lru_cache(maxsize=1024)
def _networks(json_list: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in _strings(json_list))


def _check_network(json_list: str, address: str) -> None:
    """Raise `Unauthenticated` unless `address` is in one of the networks (none: any address will do)."""
    networks = _networks(json_list)
    if not networks:
        return
    try:
        peer = ip_address(address)
    except ValueError:
        raise _refused(" from an unknown address") from None
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    if not any(peer in network for network in networks):
        raise _refused(f" from {peer}")


def _note_use(key_id: str, now: datetime) -> None:
    """Remember when the key was last used; of requests that arrive at once, one does."""
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiKey.objects.filter(unnoted, pk=key_id).update(last_used_at=now)
