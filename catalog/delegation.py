"""Keys that write the catalog: what one key may do to which types and their entries (API behaviour, section 5.1).

A key that may do something for its teams only may do it to types that belong to no team but those.
"""

from collections.abc import Sequence

from accounts.models import Team
from apikeys.authentication import Caller
from catalog.models import CatalogType
from catalog.teams import teams_meant
from incidentio.core.errors import Forbidden, NotFound
from incidentio.core.lookup import get_or_404

WHAT = "catalog type"


def viewable(caller: Caller, scope: str) -> list[CatalogType]:
    """The types there are that `caller` may do `scope` to, oldest first."""
    rows = list(CatalogType.objects.active().order_by("id"))
    if caller.has(scope):
        return rows
    meant = teams_meant({pk for row in rows for pk in row.owning_team_ids})
    own = _teams_of(caller)
    return [row for row in rows if _belongs(row.owning_team_ids, meant, own)]


def find_type(caller: Caller, pk: str, scope: str) -> CatalogType:
    """The type with the id `pk`, if `caller` may do `scope` to it.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        Forbidden: the caller may view it, and no more.
    """
    row: CatalogType = get_or_404(CatalogType.objects.active(), pk, WHAT)
    check_known(caller, scope, row, WHAT)
    return row


def check_known(caller: Caller, scope: str, row: CatalogType, what: str) -> None:
    """Refuse to do `scope` to the type `row`, or to `what` is of it, unless `caller` may.

    Raises:
        NotFound: the caller may not know of it.
        Forbidden: the caller may view it, and no more.
    """
    view = f"{scope.partition('.')[0]}.view"
    if not _may(caller, scope, row.owning_team_ids) and not _may(caller, view, row.owning_team_ids):
        raise NotFound(what)
    check_may(caller, scope, row.owning_team_ids)


def check_may(caller: Caller, scope: str, owning_team_ids: Sequence[str]) -> None:
    """Refuse what `caller` may do, if at all, to other types than one with these owners.

    Raises:
        Forbidden: it lacks the permission, or has it for its teams only.
    """
    caller.require(scope, team_scoped=True)
    if not _may(caller, scope, owning_team_ids):
        message = f"API key {caller.name!r} may do this for its teams only; the catalog type has to be theirs alone"
        raise Forbidden("missing_required_scopes", message)


def _may(caller: Caller, scope: str, owning_team_ids: Sequence[str]) -> bool:
    if caller.has(scope):
        return True
    return scope in caller.team_scopes and _belongs(owning_team_ids, teams_meant(owning_team_ids), _teams_of(caller))


def _belongs(owners: Sequence[str], meant: dict[str, str], own: set[str]) -> bool:
    return bool(owners) and all(meant.get(pk) in own for pk in owners)


def _teams_of(caller: Caller) -> set[str]:
    return set(Team.objects.filter(api_keys=caller.id).values_list("pk", flat=True))
