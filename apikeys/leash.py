"""What may be said of a key: its name, its roles, and the leash it is kept on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import TypedDict

from django.utils import timezone

from apikeys.roles import ROLES, TEAM_ROLES
from incidentio.core.errors import Gather, Invalid

LONGEST_NAME = 200
LONGEST_COMMENTS = 5000
HIGHEST_RATE = 1_000_000


class Leash(TypedDict, total=False):
    """What a key may have besides name and roles; whatever is not given stays, or starts empty.

    `rate_limit` in requests a minute; `allowed_networks` as CIDR text.
    """

    team_roles: Sequence[str]
    team_ids: Sequence[str]
    comments: str
    expires_at: datetime | None
    allowed_networks: Sequence[str]
    rate_limit: int | None


class KeySettings(Leash, total=False):
    """Everything about a key that can be set."""

    name: str
    roles: Sequence[str]


def checked(settings: KeySettings) -> KeySettings:
    """`settings` with doubles gone and networks in their canonical form.

    Raises:
        Invalid: telling everything that is wrong.
    """
    good, problems = settings.copy(), Gather()
    with problems:
        _check_text(settings)
    with problems:
        if "roles" in settings:
            good["roles"] = _known(settings["roles"], ROLES, "role_names")
    with problems:
        if "team_roles" in settings:
            good["team_roles"] = _known(settings["team_roles"], TEAM_ROLES, "team_role_names")
    with problems:
        if "allowed_networks" in settings:
            good["allowed_networks"] = _networks(settings["allowed_networks"])
    with problems:
        _check_limits(settings)
    problems.raise_if_any()
    return good


def _check_text(settings: KeySettings) -> None:
    name, comments = settings.get("name", "a name"), settings.get("comments", "")
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid("invalid_value", f"The name of a key has 1 to {LONGEST_NAME} characters", "name")
    if len(comments) > LONGEST_COMMENTS or "\0" in comments:
        raise Invalid("invalid_value", f"Comments have at most {LONGEST_COMMENTS} characters", "comments")


def _known(names: Iterable[str], known: Iterable[str], pointer: str) -> list[str]:
    once = list(dict.fromkeys(names))
    for name in once:
        if name not in known:
            kind = "for teams " if pointer == "team_role_names" else ""
            raise Invalid("invalid_value", f"There is no role {kind}named {name!r}", pointer)
    return once


def _networks(networks: Iterable[str]) -> list[str]:
    try:
        return list(dict.fromkeys(str(ip_network(network)) for network in networks))
    except ValueError as error:
        raise Invalid("invalid_value", f"Not a network, as in 10.0.0.0/8: {error}", "allowed_networks") from error


def _check_limits(settings: KeySettings) -> None:
    expires_at, rate_limit = settings.get("expires_at"), settings.get("rate_limit")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("invalid_value", "A key cannot expire in the past; revoke it instead", "expires_at")
    if rate_limit is not None and not 1 <= rate_limit <= HIGHEST_RATE:
        raise Invalid("invalid_value", f"A key may make 1 to {HIGHEST_RATE} requests a minute", "rate_limit")
