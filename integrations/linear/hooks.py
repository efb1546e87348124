"""What Linear tells of its issues.

Webhooks: https://linear.app/developers/webhooks. Each is signed: `Linear-Signature`, an HMAC of the body in hex, and
says in its body when it was sent (`webhookTimestamp`, in milliseconds): one that is older than a minute is somebody's
who kept it. Linear sends again what was not answered with 200 up to three times.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.models import WorkStatus
from integrations.arriving import check_signature, json_in, moment_in
from integrations.base import Arrived, Forged, Hook
from integrations.issue_statuses import News, take
from integrations.linear.account import Linear
from integrations.linear.statuses import STATUSES, fits

SIGNATURE = "linear-signature"
UPDATED, REMOVED = "update", "remove"
OLDEST_SECONDS = 60.0


def _verify(arrived: Arrived, values: Mapping[str, str]) -> None:
    check_signature(arrived.headers.get(SIGNATURE), arrived.body, values.get("webhook_secret", ""))
    told = json_in(arrived)
    sent_at = told.get("webhookTimestamp") if isinstance(told, dict) else None
    now = int(arrived.at.timestamp() * 1000)
    if not isinstance(sent_at, int) or abs(now - sent_at) > OLDEST_SECONDS * 1000:
        raise Forged("The message is too old, or from a clock that is wrong")


def _take(arrived: Arrived, values: Mapping[str, str]) -> str:
    news = news_of(Linear(values), json_in(arrived))
    return take(STATUSES, news) if news is not None else "Nothing the hub listens to"


HOOK = Hook(_verify, _take)


def news_of(there: Linear, told: Any) -> News | None:
    """What a webhook tells of where an issue is; None if that is nothing."""
    if not isinstance(told, dict) or told.get("type") != "Issue":
        return None
    issue, action = told.get("data"), told.get("action")
    if not isinstance(issue, dict) or not issue.get("id"):
        return None
    agreeing: Sequence[str] = (WorkStatus.NOT_DOING, WorkStatus.COMPLETED)
    if action == UPDATED and _moved(told) and isinstance(issue.get("state"), dict):
        agreeing = fits(there, issue["state"])
    elif action != REMOVED:
        return None
    name = issue.get("identifier")
    return News(
        remote_id=str(issue["id"]),
        url=str(told.get("url") or issue.get("url") or ""),
        state={"id": str(issue["id"]), **({"name": name} if isinstance(name, str) else {})},
        fits=agreeing,
        at=moment_in(issue.get("updatedAt")) or moment_in(told.get("createdAt")),
        by=_doer(told),
        over=action == REMOVED,
    )


def _moved(told: Mapping[str, Any]) -> bool:
    """Whether the change is one of where the issue is."""
    before = told.get("updatedFrom")
    return isinstance(before, dict) and "stateId" in before


def _doer(told: Mapping[str, Any]) -> str:
    actor = told.get("actor")
    return str(actor.get("name") or "")[:100] if isinstance(actor, dict) else ""
