"""Making issues at GitHub, and finding those that were made.

GitHub knows no key of a call, so each issue ends with a mark that nobody sees. Create: POST repos/{o}/{r}/issues, 201.
Labels are dropped without a word where the account may not set them, so issues are not looked for by label, but among
all that were made since: GET repos/{o}/{r}/issues, which is no search and lists new issues at once.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from incidentio.core import http
from incidents.models import IssueProvider
from integrations.asking import Clock, ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.github.account import TOOL, GitHub, complaint, github, limited
from integrations.github.people import login_of
from integrations.tracking import Issue, Order, Tracker

LONGEST_TITLE, LONGEST_TEXT, LONGEST_LABEL = 256, 60_000, 50
PAGE, MOST_PAGES = 100, 10
# Clocks differ.
SLACK = timedelta(minutes=5)


def _create(order: Order, assignee: str, seconds: float) -> tuple[Attempt, Issue | None]:
    there, repository = github(), order.where["repository"]
    made: list[Issue] = []

    def judge(answer: http.Answer, said: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"GitHub did not create the issue in {repository}: {_why(answer, said)}")
        issue = _issue(repository, said)
        if issue is None:
            return Attempt(Outcome.UNKNOWN, "GitHub does not say which issue it created", status=answer.status)
        made.append(issue)
        return done(answer, f"Created {issue.name} at GitHub: {issue.url}", issue.remote_id)

    request = there.request("POST", f"repos/{repository}/issues", _content(there, order, assignee))
    result = attempt(TOOL, request, judge, seconds, limited)
    return result, made[0] if made else None


def _why(answer: http.Answer, said: Any) -> str:
    if answer.status in (301, 302, 307, 308):
        return "the repository has moved; say where it is now"
    return complaint(said)


def _content(there: GitHub, order: Order, assignee: str) -> dict[str, Any]:
    labels = [*there.labels, *order.labels]
    return {
        "title": " ".join(order.title.split())[:LONGEST_TITLE],
        "body": f"{order.text[:LONGEST_TEXT]}\n\n{order.hidden_mark}",
        "labels": list(dict.fromkeys(label[:LONGEST_LABEL] for label in labels)),
        **({"assignees": [assignee]} if assignee else {}),
    }


def _issue(repository: str, said: Any) -> Issue | None:
    """An issue as GitHub tells of it."""
    if not isinstance(said, dict) or not all(said.get(name) for name in ("id", "number", "html_url")):
        return None
    name, number = f"{repository}#{said['number']}", int(said["number"])
    return Issue(str(said["id"]), name, str(said["html_url"]), {"repository": repository, "number": number})


def _search(order: Order, since: datetime, seconds: float) -> Issue | None:
    """The issue that ends with the mark of the order, among those made since a moment."""
    there, clock, repository = github(), Clock(seconds), order.where["repository"]
    earliest = (since - SLACK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = {"state": "all", "since": earliest, "sort": "created", "direction": "desc", "per_page": str(PAGE)}
    for page in range(1, MOST_PAGES + 1):
        listed = _page(there, repository, query | {"page": str(page)}, clock)
        for said in listed:
            if str(said.get("body") or "").rstrip().endswith(order.hidden_mark):
                return _issue(repository, said)
        if len(listed) < PAGE or str(listed[-1].get("created_at", "")) < earliest:
            return None
    raise StepFailed(f"More issues were made in {repository} since than the hub looks through", permanent=False)


def _page(there: GitHub, repository: str, query: dict[str, str], clock: Clock) -> list[dict[str, Any]]:
    answer = ask(TOOL, there.request("GET", f"repos/{repository}/issues", query=query), clock.left, limited)
    said = json_of(answer)
    if answer.status != 200 or not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        why = _why(answer, said)
        raise StepFailed(f"GitHub does not list the issues of {repository} ({answer.status}): {why}", permanent=False)
    return said


TRACKER = Tracker(
    tool=TOOL,
    label="GitHub",
    create=_create,
    search=_search,
    provider=lambda: IssueProvider.GITHUB,
    id_of=login_of,
)
