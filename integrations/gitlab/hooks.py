"""What GitLab tells of its issues (https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events).

A webhook with a signing token is signed as the Standard Webhooks specification has it; an older GitLab says a secret
token as it is, in `X-Gitlab-Token` (https://docs.gitlab.com/user/project/integrations/webhooks/). Which of the two a
connection has, its secret shows: then the other is no proof.
"""

from collections.abc import Mapping
from typing import Any

from integrations.arriving import SIGNING_PREFIX, check_standard_webhook, check_token, json_in, moment_in
from integrations.base import Arrived, Hook
from integrations.gitlab.statuses import CLOSE, CLOSED, REOPEN, STATUSES, fits
from integrations.issue_statuses import News, take

TOKEN = "x-gitlab-token"
KINDS = ("issue", "work_item")
STATES = {CLOSE: CLOSED, REOPEN: "opened"}


def _verify(arrived: Arrived, values: Mapping[str, str]) -> None:
    secret = values.get("webhook_secret", "")
    if secret.startswith(SIGNING_PREFIX):
        check_standard_webhook(arrived, secret)
    else:
        check_token(arrived.headers.get(TOKEN), secret)


def _take(arrived: Arrived, values: Mapping[str, str]) -> str:
    news = news_of(json_in(arrived))
    return take(STATUSES, news) if news is not None else "Nothing the hub listens to"


HOOK = Hook(_verify, _take)


def news_of(told: Any) -> News | None:
    """What a webhook tells of where an issue is; None if that is nothing."""
    if not isinstance(told, dict) or told.get("object_kind") not in KINDS:
        return None
    issue = told.get("object_attributes")
    if not isinstance(issue, dict) or not issue.get("id") or issue.get("action") not in (CLOSE, REOPEN):
        return None
    return News(
        remote_id=str(issue["id"]),
        url=str(issue.get("url") or ""),
        state=_state(told, issue),
        fits=fits(issue.get("state") or STATES[issue["action"]]),
        at=moment_in(issue.get("updated_at")),
        by=_doer(told),
    )


def _state(told: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, Any]:
    """What finds the issue again: projects are renamed, their number stays."""
    project, iid = told.get("project"), issue.get("iid")
    path = project.get("path_with_namespace") if isinstance(project, dict) else None
    if not isinstance(path, str) or not isinstance(iid, int) or not issue.get("project_id"):
        return {}
    return {"project": str(issue["project_id"]), "iid": iid, "name": f"{path}#{iid}"}


def _doer(told: Mapping[str, Any]) -> str:
    user = told.get("user")
    return str(user.get("username") or "")[:100] if isinstance(user, dict) else ""
