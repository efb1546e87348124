"""What tools tell that is no alert: proven to be theirs, then given to the tool's folder."""

from collections.abc import Mapping

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.ids import is_id
from integrations.base import Arrived, Forged, Hook, Unreadable
from integrations.connections import account, secrets_lost
from integrations.models import Connection
from integrations.registry import TOOLS


@csrf_exempt
@require_POST
def receive(request: HttpRequest, tool: str, connection_id: str) -> JsonResponse:
    """Take what a tool tells, if it proves to be the tool."""
    hook = TOOLS[tool].hook if tool in TOOLS else None
    connected = Connection.objects.active().filter(tool=tool, enabled=True)
    connection = connected.filter(pk=connection_id).first() if is_id(connection_id) else None
    if hook is None or connection is None:
        return _answer(404, "There is no such connection")
    return _taken(hook, connection, _arrived(request))


def _taken(hook: Hook, connection: Connection, arrived: Arrived) -> JsonResponse:
    try:
        values = account(connection).values
        hook.verify(arrived, values)
        return _answer(200, hook.take(arrived, values))
    except Forged as forgery:
        return _answer(401, str(forgery))
    except Unreadable as failure:
        return _answer(400, str(failure))
    except UndecryptableSecret as lost:
        refusal = secrets_lost(connection.tool, lost)
        return _answer(refusal.status, str(refusal), {"Retry-After": str(refusal.retry_after_seconds)})


def _arrived(request: HttpRequest) -> Arrived:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Arrived(headers, request.body, timezone.now(), request.GET.dict())


def _answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"message": message}, status=status, headers=headers)
