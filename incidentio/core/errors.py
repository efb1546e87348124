"""What can go wrong, and the one envelope in which every caller learns of it (API behaviour, section 2)."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf

# Somebody has to bring the key back first.
SECRET_RETRY_SECONDS = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code for machines, a message for people, and where in the request it is."""

    code: str
    message: str
    pointer: str | None = None

    def as_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.pointer is not None:
            names = [name for name in self.pointer.split(".") if not name.isdigit()]
            wire["source"] = {"field": names[-1] if names else self.pointer, "pointer": self.pointer}
        return wire


class DomainError(Exception):
    """A refusal a caller can understand and act upon; nothing was changed."""

    status = 500
    type = "api_error"

    def __init__(self, code: str, message: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.problems = [Problem(code, message, pointer)]


class Invalid(DomainError):
    """The request is understood and wrong; `pointer` names the value, as in `custom_field_entries.0.values`."""

    status = 422
    type = "validation_error"

    @classmethod
    def many(cls, problems: list[Problem]) -> "Invalid":
        """All `problems` (at least one) in one refusal."""
        refusal = cls(problems[0].code, problems[0].message)
        refusal.problems = problems
        return refusal


class Gather:
    """Collects what is `Invalid` in several `with` blocks, so that a caller learns of every mistake at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Invalid):
            return False
        self.problems += error.problems
        return True

    def raise_if_any(self) -> None:
        """Raise one `Invalid` with all that was collected."""
        if self.problems:
            raise Invalid.many(self.problems)


@contextmanager
def within(name: str) -> Iterator[None]:
    """Whatever is `Invalid` in the block stands in the part `name` of the request."""
    try:
        yield
    except Invalid as refusal:
        refusal.problems = [
            replace(problem, pointer=f"{name}.{problem.pointer}" if problem.pointer else name)
            for problem in refusal.problems
        ]
        raise


class NotFound(DomainError):
    """There is no such thing, or none the caller may know of."""

    status = 404
    type = "not_found"

    def __init__(self, what: str, pointer: str | None = None) -> None:
        super().__init__("not_found", f"No {what} with this ID", pointer)


class NotOffered(DomainError):
    """The published API has it, this hub does not."""

    status = 404
    type = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__("not_offered", f"This hub does not offer {what}")


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    status = 403
    type = "resource_forbidden"


class Conflict(DomainError):
    """The change contradicts something that already happened."""

    status = 409
    type = "conflict"


class Unauthenticated(DomainError):
    """We do not know who is asking."""

    status = 401
    type = "authentication_error"


class Malformed(DomainError):
    """The body is not JSON we can read."""

    status = 400
    type = "invalid_request_error"


class Unavailable(DomainError):
    """It cannot be done now, and can in some seconds."""

    status = 503
    type = "api_error"

    def __init__(self, code: str, message: str, retry_after_seconds: int) -> None:
        super().__init__(code, message)
        self.retry_after_seconds = retry_after_seconds


class SecretUnreadable(Unavailable):
    """What proves the sender opens with no key of the ring: people have to act, and nothing is lost if it comes again.

    It does not say which secret, or where: anybody may read it.
    """

    def __init__(self) -> None:
        message = "The hub cannot read the secret that this is checked with; nothing was changed, send it again later"
        super().__init__("secret_unreadable", message, SECRET_RETRY_SECONDS)


class BodyTooLarge(DomainError):
    """The body is larger than the installation accepts."""

    status = 413
    type = "payload_too_large"


@dataclass(frozen=True)
class RateLimit:
    """The limit that was met; `retry_after` is when the next call will be let through (RFC 3339)."""

    name: str
    limit: int
    remaining: int
    retry_after: str
    retry_after_seconds: int = field(repr=False)

    def as_wire(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "limit": self.limit,
            "remaining": self.remaining,
            "retry_after": self.retry_after,
        }


class TooManyRequests(DomainError):
    """The key has spent what it may spend in this window."""

    status = 429
    type = "too_many_requests"

    def __init__(self, limit: RateLimit) -> None:
        super().__init__(
            "too_many_requests",
            f"API key {limit.name!r} may make {limit.limit} requests a minute; "
            f"try again in {limit.retry_after_seconds} seconds",
        )
        self.limit = limit


def envelope(error: DomainError, request_id: str) -> dict[str, Any]:
    """The error body the wire documents."""
    body: dict[str, Any] = {
        "type": error.type,
        "status": error.status,
        "request_id": request_id,
        "errors": [problem.as_wire() for problem in error.problems],
    }
    if isinstance(error, TooManyRequests):
        body["rate_limit"] = error.limit.as_wire()
    return body


def error_response(error: DomainError, request_id: str | None) -> HttpResponse:
    """`error` as an HTTP answer."""
    body = orjson.dumps(envelope(error, request_id or str(uuid.uuid4())))
    response = HttpResponse(body, status=error.status, content_type="application/json")
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.limit.retry_after_seconds)
    if isinstance(error, Unavailable):
        response["Retry-After"] = str(error.retry_after_seconds)
    return response


def unexpected() -> DomainError:
    """What a caller is told when the fault is ours."""
    return DomainError("internal_error", "Something went wrong on our side; quote the request ID when you report it")


def _flatten(detail: Any, path: str) -> Iterator[Problem]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            own = key != "non_field_errors"
            yield from _flatten(inner, f"{path}.{key}" if path and own else str(key) if own else path)
    elif isinstance(detail, list) and detail and all(isinstance(item, drf.ErrorDetail) for item in detail):
        for item in detail:
            code = "is_required" if item.code == "required" else "invalid_value"
            yield Problem(code, str(item), path or None)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flatten(inner, f"{path}.{index}" if path else str(index))
    else:
        yield Problem("invalid_value", str(detail), path or None)


def translate(error: Exception) -> DomainError | None:
    """`error` in the words of the wire, or None if it is a fault of ours."""
    match error:
        case DomainError():
            return error
        case drf.ValidationError():
            return Invalid.many(list(_flatten(error.detail, "")))
        case RequestDataTooBig():
            return BodyTooLarge("payload_too_large", "The request body is too large")
        case TooManyFieldsSent():
            return Malformed("too_many_parameters", "The query string has too many parameters")
        case Http404() | drf.NotFound():
            return NotFound("such thing")
        case _:
            return None


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's one exception handler: every refusal leaves in the envelope, faults of ours are logged and hidden."""
    request_id = getattr(context["request"], "id", None)
    known = translate(error)
    if known is None:
        log.error("request_failed", exc_info=error)
        known = unexpected()
    return error_response(known, request_id)
