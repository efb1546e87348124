"""Each operation names the scope it needs; a key has it or gets a 403 that says which permission is missing."""

from collections.abc import Callable
from typing import Any, Protocol

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from incidentio.core.errors import Unauthenticated


class Caller(Protocol):
    """What the wire needs to know of whoever authenticated."""

    id: str
    name: str
    rate_limit: int | None
    config_version: int

    def require(self, scope: str, *, team_scoped: bool = False) -> None:
        """Raise `Forbidden`, naming the missing permission, unless this caller has `scope`; with `team_scoped`,
        having it for some teams will do.
        """


class HasScope(BasePermission):
    """Asks the authenticated caller for the scope the operation names."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: Caller | None = request.auth  # type: ignore[assignment]
        if caller is None:
            raise Unauthenticated("missing_authorization_material", "No authorization material provided in request")
        handler: Callable[..., Any] = getattr(view, view.action)
        scope = handler.operation.scope  # type: ignore[attr-defined]
        if scope is not None:
            caller.require(scope, team_scoped=view.team_scoped)
        return True
