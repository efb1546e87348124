"""What Jira tells of its issues.

Webhooks: https://developer.atlassian.com/cloud/jira/platform/webhooks/. One with a secret is signed: `X-Hub-Signature:
sha256=<hex>`, an HMAC of the body. Where none can be given, the secret stands in the address: `?secret=…`. Jira sends
again what was not answered with 2xx, up to five times.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from incidents.models import WorkStatus
from integrations.arriving import check_signature, check_token, json_in
from integrations.base import Arrived, Hook
from integrations.issue_statuses import News, take
from integrations.jira.account import Jira
from integrations.jira.statuses import STATUSES, category_of, fits

SIGNATURE = "x-hub-signature"
UPDATED, DELETED = "jira:issue_updated", "jira:issue_deleted"
MOVES = {"status", "resolution"}


def _verify(arrived: Arrived, values: Mapping[str, str]) -> None:
    signature, secret = arrived.headers.get(SIGNATURE), values.get("webhook_secret", "")
    if signature is not None:
        check_signature(signature, arrived.body, secret, scheme="sha256=")
    else:
        check_token(arrived.query.get("secret"), secret)


def _take(arrived: Arrived, values: Mapping[str, str]) -> str:
    news = news_of(Jira(values), json_in(arrived))
    return take(STATUSES, news) if news is not None else "Nothing the hub listens to"


HOOK = Hook(_verify, _take)


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
