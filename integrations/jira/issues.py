"""Making issues in Jira, and finding those that were made.

Jira knows no key of a call, so each issue has a label no other has. Create: POST issue, 201 with `id`, `key`; errors
as `errorMessages` and `errors`. Search: GET search/jql in Cloud, GET search in Data Center.
"""

import re
from datetime import datetime
from typing import Any

from incidentio.core import http
from incidents.attachments import Resource
from incidents.models import ResourceType
from integrations.asking import ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.jira.account import TOOL, Jira, complaint, jira
from integrations.jira.document import document
from integrations.jira.people import ID, id_of
from integrations.tracking import Issue, Order, Tracker

LONGEST_SUMMARY, LONGEST_TEXT, LONGEST_LABEL = 255, 32_000, 255


def _create(order: Order, assignee: str, seconds: float) -> tuple[Attempt, Issue | None]:
    there = jira()
    made: list[Issue] = []

    def judge(answer: http.Answer, said: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"Jira did not create the issue: {complaint(said)}")
        issue = _issue(there, said)
        if issue is None:
            return Attempt(Outcome.UNKNOWN, "Jira does not say which issue it created", status=answer.status)
        made.append(issue)
        return done(answer, f"Created {issue.name} in Jira: {issue.url}", issue.remote_id)

    request = there.request("POST", "issue", {"fields": _fields(there, order, assignee)})
    result = attempt(TOOL, request, judge, seconds)
    return result, made[0] if made else None


def _issue(there: Jira, said: Any) -> Issue | None:
    if not isinstance(said, dict) or not (isinstance(said.get("key"), str) and said.get("id")):
        return None
    key = said["key"]
    return Issue(str(said["id"]), key, there.url_of(key), {"key": key})


def _fields(there: Jira, order: Order, assignee: str) -> dict[str, Any]:
    text = order.text[:LONGEST_TEXT]
    labels = [order.mark, *(re.sub(r"\s+", "-", label)[:LONGEST_LABEL] for label in order.labels)]
    return {
        "project": {"key": order.where["project"]},
        "issuetype": {"name": order.where["issue_type"]},
        "summary": " ".join(order.title.split())[:LONGEST_SUMMARY],
        "description": document(text) if there.is_cloud else text,
        "labels": list(dict.fromkeys(labels)),
        **({"assignee": {ID[there.is_cloud]: assignee}} if assignee else {}),
    }


def _search(order: Order, since: datetime, seconds: float) -> Issue | None:
    """The issue with the label of the order's subject, the oldest if there are several."""
    there = jira()
    path = "search/jql" if there.is_cloud else "search"
    query = {"jql": f'labels = "{order.mark}" ORDER BY created ASC', "fields": "labels", "maxResults": "2"}
    answer = ask(TOOL, there.request("GET", path, query=query), seconds)
    said = json_of(answer)
    if answer.status != 200 or not isinstance(said, dict) or not isinstance(said.get("issues"), list):
        raise StepFailed(f"Jira's search does not answer ({answer.status}): {complaint(said)}", permanent=False)
    return _issue(there, said["issues"][0]) if said["issues"] else None


TRACKER = Tracker(
    tool=TOOL,
    label="Jira",
    create=_create,
    search=_search,
    provider=lambda: jira().provider,
    resource=lambda issue: Resource(ResourceType.JIRA_ISSUE, url=issue.url),
    id_of=id_of,
)
