"""The API document: drf-spectacular told what our operations say of themselves."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from incidentio.core.views import Operation

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "resource_forbidden",
    404: "not_found",
    409: "conflict",
    413: "payload_too_large",
    422: "validation_error",
    429: "too_many_requests",
}
ERROR_MEANINGS = {
    400: "The body is not JSON, or the query string has too many parameters",
    401: "No API key, or one that is not valid",
    403: "The API key lacks a permission; the message names it",
    404: "There is no such thing, or none this key may see",
    409: "The idempotency key belongs to an incident this key may not see",
    413: "The body is too large",
    422: "Something in the request is wrong; each error says what and where",
    429: "The key's rate limit is spent; retry after `Retry-After` seconds",
}


class ErrorSource(serializers.Serializer[Any]):
    """Where in the request the mistake is."""

    field = serializers.CharField()
    pointer = serializers.CharField()


class ErrorDetail(serializers.Serializer[Any]):
    """One mistake."""

    code = serializers.CharField()
    message = serializers.CharField()
    source = ErrorSource(required=False)  # type: ignore[assignment]


class ErrorRateLimit(serializers.Serializer[Any]):
    """The limit that was met."""

    name = serializers.CharField()
    limit = serializers.IntegerField()
    remaining = serializers.IntegerField()
    retry_after = serializers.DateTimeField()


class ErrorResponse(serializers.Serializer[Any]):
    """Every refusal has this form."""

    type = serializers.CharField()
    status = serializers.IntegerField()
    request_id = serializers.UUIDField()
    errors = ErrorDetail(many=True)  # type: ignore[assignment]
    rate_limit = ErrorRateLimit(required=False)


# Some of what they delete belongs to the system, or is the last of its kind.
DELETES_WITH_RULES = ("Incident Roles V1#Delete", "Incident Roles V2#Delete", "Incident Statuses V1#Delete")

# Their body names a parent that does not exist.
PARENT_IN_BODY = ("Status Pages V2#CreateStatusPageIncident", "Status Pages V2#CreateStatusPageIncidentUpdate")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """API keys in the document."""

    target_class = "apikeys.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "inc_…"}


def error_example(status: int) -> OpenApiExample:
    """What a refusal with this status looks like."""
    error: dict[str, Any] = {"code": "invalid_value", "message": ERROR_MEANINGS[status]}
    if status == 422:
        error["source"] = {"field": "severity_id", "pointer": "severity_id"}
    value: dict[str, Any] = {
        "type": ERROR_TYPES[status],
        "status": status,
        "request_id": "b3f1c8a2-6d0e-4c5e-9a54-0a0c5c1f2d3e",
        "errors": [error],
    }
    return OpenApiExample(ERROR_TYPES[status], value=value, response_only=True, status_codes=[str(status)])


class ApiSchema(AutoSchema):
    """Reads what `@operation` put on the view's method."""

    @property
    def operation_of_view(self) -> Operation:
        view: Any = self.view
        declared: Operation = getattr(view, view.action).operation
        return declared

    def get_operation_id(self) -> str:
        return self.operation_of_view.id

    def get_tags(self) -> list[str]:
        return [self.operation_of_view.id.split("#")[0]]

    def is_deprecated(self) -> bool:
        return self.operation_of_view.deprecated

    def get_extensions(self) -> dict[str, Any]:
        scope = self.operation_of_view.scope
        return {"x-rbac-scopes": [scope]} if scope else {}

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_request_serializer(self) -> Any:
        return self.operation_of_view.body

    def get_override_parameters(self) -> list[Any]:
        query = self.operation_of_view.query
        if query is None:
            return []
        return [
            OpenApiParameter(
                name,
                type=self._map_serializer_field(field, "request"),  # type: ignore[no-untyped-call]
                location=OpenApiParameter.QUERY,
                required=field.required,
                description=str(field.help_text or ""),
            )
            for name, field in query().fields.items()
        ]

    def get_response_serializers(self) -> Any:
        declared = self.operation_of_view
        described = declared.answer or OpenApiResponse(description="Done; the body is empty")
        return {declared.status: described} | {
            status: OpenApiResponse(ErrorResponse, ERROR_MEANINGS[status]) for status in self._refusals(declared)
        }

    def get_examples(self) -> list[Any]:
        declared = self.operation_of_view
        examples = [error_example(status) for status in self._refusals(declared)]
        if declared.example is not None:
            examples.append(OpenApiExample("request", value=declared.example, request_only=True))
        return examples

    def _names_parent(self, declared: Operation) -> bool:
        if declared.id in PARENT_IN_BODY:
            return True
        return declared.query is not None and any(name.endswith("_id") for name, _ in declared.query().fields.items())

    def _refusals(self, declared: Operation) -> list[int]:
        statuses = [401, 429]
        statuses += [403] if declared.scope else []
        statuses += [404] if "{" in self.path or self._names_parent(declared) else []
        statuses += [400, 413, 422] if declared.body else []
        statuses += [400] if declared.query else []
        statuses += [422] if declared.query or declared.id in DELETES_WITH_RULES else []
        statuses += [409] if declared.id.startswith("Incidents") and declared.body else []
        return sorted(set(statuses))
