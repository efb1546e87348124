"""What GitHub tells of its issues.

Each webhook is signed: `X-Hub-Signature-256: sha256=<hex>`, an HMAC of the body
(https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries). GitHub does not send again by
itself; people can, so that what is old must not undo what is new.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.ids import is_id
from incidents.models import WorkStatus
from integrations.base import Forged
from integrations.connections import account
from integrations.github.account import TOOL
from integrations.github.statuses import STATUSES, fits
from integrations.issue_statuses import News, take
from integrations.models import Connection

SIGNATURE, EVENT = "X-Hub-Signature-256", "X-GitHub-Event"
CLOSED, REOPENED, DELETED = "closed", "reopened", "deleted"
FORM = "application/x-www-form-urlencoded"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, connection_id: str) -> JsonResponse:
    """Take what GitHub tells, if it proves to be GitHub."""
    connected = Connection.objects.active().filter(tool=TOOL, enabled=True)
    connection = connected.filter(pk=connection_id).first() if is_id(connection_id) else None
    if connection is None:
        return _answer(404, "There is no such connection")
    body = request.body
    try:
        verify(request.headers.get(SIGNATURE), body, account(connection)["webhook_secret"])
    except Forged as forgery:
        return _answer(401, str(forgery))
    except UndecryptableSecret:
        return _answer(503, "The hub cannot read its secrets now")
    event = request.headers.get(EVENT)
    if event == "ping":
        return _answer(200, "The hub listens")
    try:
        told = json.loads(QueryDict(body).get("payload") or "" if request.content_type == FORM else body)
    except ValueError:
        return _answer(400, "The body is not JSON")
    news = news_of(told) if event == "issues" else None
    return _answer(200, take(STATUSES, news) if news is not None else "Nothing the hub listens to")


def _answer(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


def verify(signature: str | None, body: bytes, secret: str) -> None:
    """Check that whoever sent `body` knows the secret.

    Raises:
        Forged: it is not shown; or nobody gave the connection a secret, and then anybody could have sent it.
    """
    if not secret:
        raise Forged("This connection has no webhook secret: see Connections in the admin")
    if signature is None:
        raise Forged("The signature is missing")
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise Forged("The signature does not match")


def news_of(told: Any) -> News | None:
    """What a webhook tells of where an issue is; None if that is nothing."""
    issue = told.get("issue") if isinstance(told, dict) else None
    action = told.get("action") if isinstance(told, dict) else None
    if not isinstance(issue, dict) or not issue.get("id") or action not in (CLOSED, REOPENED, DELETED):
        return None
    agreeing: Sequence[str] = (WorkStatus.NOT_DOING, WorkStatus.COMPLETED)
    if action != DELETED:
        agreeing = fits(issue.get("state"), issue.get("state_reason"))
    return News(
        remote_id=str(issue["id"]),
        url=str(issue.get("html_url") or ""),
        state=_state(told, issue),
        fits=agreeing,
        at=_moment(issue.get("updated_at")),
        by=_doer(told),
        over=action == DELETED,
    )


def _state(told: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, Any]:
    """What finds the issue again: repositories are renamed."""
    repository = told.get("repository")
    name = repository.get("full_name") if isinstance(repository, dict) else None
    number = issue.get("number")
    if not isinstance(name, str) or not isinstance(number, int):
        return {}
    return {"repository": name, "number": number, "name": f"{name}#{number}"}


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _doer(told: Mapping[str, Any]) -> str:
    sender = told.get("sender")
    return str(sender.get("login") or "")[:100] if isinstance(sender, dict) else ""
