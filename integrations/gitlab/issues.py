"""Making issues at GitLab, and finding those that were made (https://docs.gitlab.com/api/issues/).

GitLab knows no key of a call, and lets only owners choose an issue's number; so each issue ends with a mark that nobody
sees. Create: POST projects/{id}/issues, 201. Search: GET projects/{id}/issues with `search` and `in=description`, which
reads the database itself, where an issue is as soon as it is made.
"""

import re
from datetime import datetime
from typing import Any

from incidentio.core import http
from incidents.models import IssueProvider
from integrations.asking import ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.gitlab.account import TOOL, GitLab, complaint, gitlab, limited, path_of
from integrations.gitlab.people import id_of
from integrations.tracking import Issue, Order, Tracker

LONGEST_TITLE, LONGEST_TEXT, LONGEST_LABEL = 255, 60_000, 255
MOST = "20"
# A line that begins with a slash is a command to GitLab ("quick action"), done with the account's rights.
_COMMAND = re.compile(r"^(\s*)/", re.MULTILINE)


def _create(order: Order, assignee: str, seconds: float) -> tuple[Attempt, Issue | None]:
    there, project = gitlab(), order.where["project"]
    made: list[Issue] = []

    def judge(answer: http.Answer, said: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"GitLab did not create the issue in {project}: {complaint(said)}")
        issue = _issue(said)
        if issue is None:
            return Attempt(Outcome.UNKNOWN, "GitLab does not say which issue it created", status=answer.status)
        made.append(issue)
        return done(answer, f"Created {issue.name} at GitLab: {issue.url}", issue.remote_id)

    request = there.request("POST", f"{path_of(project)}/issues", _content(there, order, assignee))
    result = attempt(TOOL, request, judge, seconds, limited)
    return result, made[0] if made else None


def _content(there: GitLab, order: Order, assignee: str) -> dict[str, Any]:
    # A comma ends a label.
    labels = [label.replace(",", " ")[:LONGEST_LABEL] for label in [*there.labels, *order.labels]]
    return {
        "title": " ".join(order.title.split())[:LONGEST_TITLE],
        "description": f"{harmless(order.text[:LONGEST_TEXT])}\n\n{order.hidden_mark}",
        "labels": ",".join(dict.fromkeys(labels)),
        "confidential": order.is_private,
        **({"assignee_ids": [int(assignee)]} if assignee.isdecimal() else {}),
    }


def harmless(text: str) -> str:
    """A text in which no line is a command to GitLab."""
    return _COMMAND.sub(r"\1\\/", text)


def _issue(said: Any) -> Issue | None:
    """An issue as GitLab tells of it."""
    if not isinstance(said, dict) or not all(said.get(name) for name in ("id", "iid", "project_id", "web_url")):
        return None
    if not isinstance(said["iid"], int):
        return None
    references = said.get("references")
    full = references.get("full") if isinstance(references, dict) else None
    state = {"project": str(said["project_id"]), "iid": said["iid"]}
    return Issue(str(said["id"]), str(full or f"#{said['iid']}"), str(said["web_url"]), state)


def _search(order: Order, since: datetime, seconds: float) -> Issue | None:
    """The issue that ends with the mark of the order, the oldest if there are several."""
    there, project = gitlab(), order.where["project"]
    query = {"search": order.mark, "in": "description", "scope": "all", "state": "all", "per_page": MOST}
    query |= {"order_by": "created_at", "sort": "asc"}
    answer = ask(TOOL, there.request("GET", f"{path_of(project)}/issues", query=query), seconds, limited)
    said = json_of(answer)
    if answer.status != 200 or not isinstance(said, list):
        why = complaint(said)
        raise StepFailed(f"GitLab does not list the issues of {project} ({answer.status}): {why}", permanent=False)
    issues = [one for one in said if isinstance(one, dict)]
    marked = [one for one in issues if str(one.get("description") or "").rstrip().endswith(order.hidden_mark)]
    return _issue(marked[0]) if marked else None


TRACKER = Tracker(
    tool=TOOL,
    label="GitLab",
    create=_create,
    search=_search,
    provider=lambda: IssueProvider.GITLAB,
    id_of=id_of,
)
