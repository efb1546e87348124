"""Is the hub well? For whoever watches it from outside; no sign-in, and nothing told but yes or no."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workflows.health import worker_is_well
from workflows.queues import ages

# Work that is due is begun within moments; that old, something is in its way.
LONGEST_WAIT_SECONDS = 300.0


def database_is_well() -> bool:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _answer(checks: Mapping[str, Callable[[], bool]]) -> JsonResponse:
    """200 if all checks hold, else 503; those after the first that fails are not made."""
    for name, holds in checks.items():
        if not holds():
            return JsonResponse({"status": "unwell", "unwell": name}, status=503)
    return JsonResponse({"status": "well"})


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """For load balancers: web and database are well, so requests may be sent here."""
    return _answer({"database": database_is_well})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """For monitoring: web, database and worker are well, and nothing has waited for long; it says how long."""
    answer = _answer({"database": database_is_well, "worker": worker_is_well})
    if answer.status_code != HTTPStatus.OK:
        return answer
    waiting = {kind: round(seconds, 1) for kind, seconds in ages().items()}
    if max(waiting.values()) > LONGEST_WAIT_SECONDS:
        return JsonResponse({"status": "unwell", "unwell": "queue", "oldest_due_seconds": waiting}, status=503)
    return JsonResponse({"status": "well", "oldest_due_seconds": waiting})
