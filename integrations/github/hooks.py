"""What GitHub tells of its issues and deployments.

Each webhook is signed: `X-Hub-Signature-256: sha256=<hex>`, an HMAC of the body
(https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries). GitHub does not send again by
itself; people can, so that what is old must not undo what is new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from incidents.models import WorkStatus
from integrations.arriving import check_signature, json_in, moment_in
from integrations.base import Arrived, Hook
from integrations.github import deployments, issue_news
from integrations.github.issue_news import CLOSED, DELETED, REOPENED
from integrations.github.statuses import STATUSES, fits
from integrations.issue_statuses import News, take

SIGNATURE, EVENT = "x-hub-signature-256", "x-github-event"
FORM = "application/x-www-form-urlencoded"


def _verify(arrived: Arrived, values: Mapping[str, str]) -> None:
    check_signature(arrived.headers.get(SIGNATURE), arrived.body, values.get("webhook_secret", ""), scheme="sha256=")


def _take(arrived: Arrived, values: Mapping[str, str]) -> str:
    event = arrived.headers.get(EVENT)
    if event == "ping":
        return "The hub listens"
    told = _told(arrived)
    if event in (deployments.DEPLOYMENT, deployments.STATUS):
        return deployments.take(told, values)
    news = news_of(told) if event == "issues" else None
    if news is None:
        return "Nothing the hub listens to"
    issue_news.show(news, told)
    return take(STATUSES, news)


def _told(arrived: Arrived) -> Any:
    if arrived.headers.get("content-type", "").startswith(FORM):
        payload = QueryDict(arrived.body).get("payload") or ""
        return json_in(replace(arrived, body=payload.encode()))
    return json_in(arrived)


HOOK = Hook(_verify, _take)


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
        at=moment_in(issue.get("updated_at")),
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


def _doer(told: Mapping[str, Any]) -> str:
    sender = told.get("sender")
    return str(sender.get("login") or "")[:100] if isinstance(sender, dict) else ""
