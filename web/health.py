"""Is the hub well? For whoever watches it from outside; no sign-in, and nothing told but yes or no."""

from collections.abc import Callable, Mapping

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workflows.health import worker_is_well


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
    """For monitoring: web, database and worker are well."""
    return _answer({"database": database_is_well, "worker": worker_is_well})
