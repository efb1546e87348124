"""What Jira tells of its issues.

Webhooks: https://developer.atlassian.com/cloud/jira/platform/webhooks/. One with a secret is signed: `X-Hub-Signature:
sha256=<hex>`, an HMAC of the body. Where none can be given, the secret stands in the address: `?secret=…`. Jira sends
again what was not answered with 2xx, up to five times.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.ids import is_id
from incidents.models import WorkStatus
from integrations.base import Forged
from integrations.connections import account
from integrations.issue_statuses import News, take
from integrations.jira.account import TOOL, Jira
from integrations.jira.statuses import STATUSES, category_of, fits
from integrations.models import Connection

SIGNATURE = "X-Hub-Signature"
UPDATED, DELETED = "jira:issue_updated", "jira:issue_deleted"
MOVES = {"status", "resolution"}


@csrf_exempt
@require_POST
def receive(request: HttpRequest, connection_id: str) -> JsonResponse:
    """Take what Jira tells, if it proves to be Jira."""
    connected = Connection.objects.active().filter(tool=TOOL, enabled=True)
    connection = connected.filter(pk=connection_id).first() if is_id(connection_id) else None
    if connection is None:
        return _answer(404, "There is no such connection")
    body = request.body
    try:
        there = Jira(account(connection).values)
        verify(request.headers.get(SIGNATURE), request.GET.get("secret", ""), body, there["webhook_secret"])
    except Forged as forgery:
        return _answer(401, str(forgery))
    except UndecryptableSecret:
        return _answer(503, "The hub cannot read its secrets now")
    try:
        told = json.loads(body)
    except ValueError:
        return _answer(400, "The body is not JSON")
    news = news_of(there, told)
    return _answer(200, take(STATUSES, news) if news is not None else "Nothing the hub listens to")


def _answer(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


def verify(signature: str | None, in_address: str, body: bytes, secret: str) -> None:
    """Check that whoever sent `body` knows the secret.

    Raises:
        Forged: it is not shown; or nobody gave the connection a secret, and then anybody could have sent it.
    """
    if not secret:
        raise Forged("This connection has no webhook secret: see Connections in the admin")
    if signature is not None:
        expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            raise Forged("The signature does not match")
    elif not hmac.compare_digest(in_address.encode(), secret.encode()):
        raise Forged("The signature is missing")


def news_of(there: Jira, told: Any) -> News | None:
    """What a webhook tells of where an issue is; None if that is nothing."""
    issue = told.get("issue") if isinstance(told, dict) else None
    if not isinstance(issue, dict) or not isinstance(issue.get("key"), str) or not issue.get("id"):
        return None
    fields, event, key = issue.get("fields"), told.get("webhookEvent"), issue["key"]
    agreeing: Sequence[str] = (WorkStatus.NOT_DOING, WorkStatus.COMPLETED)
    if event == UPDATED and _moved(told) and isinstance(fields, dict) and category_of(fields.get("status")):
        agreeing = fits(there, fields["status"], fields.get("resolution"))
    elif event != DELETED:
        return None
    return News(
        remote_id=str(issue["id"]),
        url=there.url_of(key),
        state={"key": key, "name": key},
        fits=agreeing,
        at=_moment(told.get("timestamp")),
        by=_doer(told),
        over=event == DELETED,
    )


def _moved(told: Mapping[str, Any]) -> bool:
    """Whether the change is one of where the issue is, as `changelog` says."""
    changelog = told.get("changelog")
    items = changelog.get("items") if isinstance(changelog, dict) else None
    changed = {item.get("field") for item in items if isinstance(item, dict)} if isinstance(items, list) else set()
    return bool(changed & MOVES)


def _moment(milliseconds: Any) -> datetime | None:
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _doer(told: Mapping[str, Any]) -> str:
    user = told.get("user")
    return str(user.get("displayName", ""))[:100] if isinstance(user, dict) else ""
