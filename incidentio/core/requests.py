"""Every request: an id on the answer and on every log line; API calls go straight to their view."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from incidentio.core.errors import DomainError, Forbidden, Malformed, error_response

log = structlog.get_logger(__name__)

API_PATH = re.compile(r"/v[1-3]/")
# Asked for by whatever host name, and without a detour to HTTPS.
HEALTH_PATHS = ("/livez", "/healthz")
Handler = Callable[[HttpRequest], HttpResponse]


def client_ip(request: HttpRequest) -> str:
    """The caller's address: the peer's, or what the outermost of `TRUSTED_PROXIES` proxies saw."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-min(settings.TRUSTED_PROXIES, len(hops))] if hops else peer


def _refusal(request: HttpRequest) -> DomainError | None:
    """Why this call is not even looked at: a host name that is not ours, or no HTTPS where it is demanded."""
    try:
        request.get_host()
    except DisallowedHost:
        return Malformed("invalid_host", "This hub does not go by the host name of the request; see ALLOWED_HOSTS")
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return Forbidden("https_required", "Use HTTPS; rotate this key, since it was sent in the clear")
    return None


def answer_api(request: HttpRequest) -> HttpResponse:
    """Call the API view of this path without the pages' middleware (no session, no CSRF: the key is the proof).

    An unroutable path is 404 with an empty body, decided before authentication (API behaviour, section 1). In
    production a call over plain HTTP is refused, not redirected: its key has been sent in the clear already.
    """
    if request.path_info not in HEALTH_PATHS and (refusal := _refusal(request)):
        return error_response(refusal, request.id)  # type: ignore[attr-defined]
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return HttpResponse(status=404)
    request.resolver_match = match
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    if not response.streaming:
        response["Content-Length"] = str(len(response.content))  # else the answer goes out in chunks
    return response


class RequestMiddleware:
    """Gives each request its id, sends API calls the short way, and logs one line per answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request.id = str(uuid.uuid4())  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request.id)  # type: ignore[attr-defined]
        try:
            health = request.path_info in HEALTH_PATHS
            answer = answer_api if health or API_PATH.match(request.path_info) else self.get_response
            response = answer(request)
            response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
            log.log(
                logging.DEBUG if health else logging.INFO,  # health is asked for every few seconds
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
        finally:
            structlog.contextvars.clear_contextvars()
        return response
