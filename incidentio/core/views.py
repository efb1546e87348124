"""What every API view shares: an operation says who may call, what it takes and answers; the view does the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from incidentio.core.throttling import Allowance, refuse_over_limit, spend

SerializerClass = type[Serializer[Any]]
Handler = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One documented call: its published id, the scope it needs and its shapes; read by views and by the schema."""

    id: str
    scope: str | None
    body: SerializerClass | None
    query: SerializerClass | None
    answer: SerializerClass | None
    status: int
    deprecated: bool
    example: dict[str, Any] | None


def json_response(data: Any, status: int = 200) -> HttpResponse:
    """`data` as JSON; a plain HttpResponse, since DRF's keeps each page alive in a reference cycle."""
    return HttpResponse(orjson.dumps(data), status=status, content_type="application/json")


@cache
def _checker(serializer: SerializerClass) -> Serializer[Any]:
    """The one instance of `serializer` that checks for everybody: making one copies all its fields."""
    return serializer()


def validated(serializer: SerializerClass, data: Any) -> dict[str, Any]:
    """`data` checked by `serializer`; raises DRF's ValidationError, which leaves as a 422."""
    checked: dict[str, Any] = _checker(serializer).run_validation(data)
    return checked


def query_string(request: Request) -> dict[str, Any]:
    """The query string, empty parameters left out (clients send `after=` for "from the start")."""
    return {key: value for key, value in request.query_params.items() if value != ""}


def operation(
    operation_id: str,
    *,
    scope: str | None = None,
    body: SerializerClass | None = None,
    query: SerializerClass | None = None,
    answer: SerializerClass | None = None,
    status: int = 200,
    deprecated: bool = False,
    validate_body: bool = True,
    example: dict[str, Any] | None = None,
    query_data: Callable[[Request], dict[str, Any]] = query_string,
) -> Callable[[Handler], Handler]:
    """Make a viewset method an operation.

    The method is called with `body=` and `query=` (validated dicts) where the operation has them, and returns the
    answer as a dict, None for an empty answer, or a finished HttpResponse. With `validate_body=False` the method
    validates the body itself; it then gets none. `example` is a body for the document. `query_data` takes the query
    string apart where a parameter repeats.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def call(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            if body is not None and validate_body:
                kwargs["body"] = validated(body, request.data)
            if query is not None:
                kwargs["query"] = validated(query, query_data(request))
            result = handler(self, request, *args, **kwargs)
            if isinstance(result, HttpResponse):
                return result
            return HttpResponse(status=status) if result is None else json_response(result, status)

        call.operation = Operation(operation_id, scope, body, query, answer, status, deprecated, example)  # type: ignore[attr-defined]
        return call

    return decorate


def also(operation_id: str, handler: Handler) -> Handler:
    """The operation `handler`, which another version of the API has unchanged under an id of its own."""

    @wraps(handler)
    def call(*args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = handler(*args, **kwargs)
        return response

    call.operation = replace(handler.operation, id=operation_id)  # type: ignore[attr-defined]
    return call


class ResourceViewSet(ViewSet):
    """A resource of the API. An unsupported method is 404 with an empty body, decided before authentication.

    `team_scoped`: the verbs keep a caller that has the scope for its teams only to what belongs to them.
    """

    allowance: Allowance | None = None
    team_scoped = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if (request.method or "").lower() not in self.action_map:
            return HttpResponse(status=404)
        response = super().dispatch(request, *args, **kwargs)
        if self.allowance is not None:
            self.allowance.stamp(response)  # type: ignore[arg-type]
        # view and request know each other: with the answer between them, a page would wait for the garbage collector
        del self.request, self.response
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, may they ask now, may they ask this: a request refused for want of a scope counts too.

        The answer is JSON whatever the Accept header says.
        """
        self.perform_authentication(request)
        self.check_throttles(request)
        self.check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Count the request against its key's window; refuse it when the window is spent."""
        caller: Any = request.auth
        if caller is not None:
            self.allowance = spend(caller)
            refuse_over_limit(caller, self.allowance)
