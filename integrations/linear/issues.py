"""Making issues at Linear, and finding those that were made.

Linear takes an ID of the caller's for a new issue (`IssueCreateInput.id`, a UUID of version 4) and refuses a second one
with it ("conflict on insert of Issue"). So the ID of an issue follows from what it stands for: however often the hub
tries, there is one.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from incidentio.core import http
from incidents.models import IssueProvider
from integrations.asking import Clock
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, refused
from integrations.linear.account import (
    TOOL,
    Linear,
    complaint,
    data_in,
    known_code,
    linear,
    nodes_in,
    team_filter,
    told,
    usual_errors,
)
from integrations.linear.people import id_of
from integrations.tracking import Issue, Order, Tracker

LONGEST_TITLE, LONGEST_TEXT = 255, 60_000

_PLACE = """query Place($team: TeamFilter!, $labels: IssueLabelFilter!) {
  teams(filter: $team, first: 1) { nodes { id } }
  issueLabels(filter: $labels, first: 100) { nodes { id isGroup parent { id } } }
}"""
_CREATE = """mutation Create($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id identifier url } }
}"""
_FIND = """query Find($filter: IssueFilter!) {
  issues(filter: $filter, first: 1, includeArchived: true) { nodes { id identifier url } }
}"""


def issue_id(order: Order) -> str:
    """The ID that the issue of an order has at Linear: the same for every order about the same."""
    return str(UUID(bytes=sha256(order.mark.encode()).digest()[:16], version=4))


def _create(order: Order, assignee: str, seconds: float) -> tuple[Attempt, Issue | None]:
    there, clock = linear(), Clock(seconds)
    content = _content(there, order, assignee, clock)
    made: list[Issue] = []

    def judge(answer: http.Answer, said: Any) -> Attempt:
        payload = data_in(said).get("issueCreate")
        issue = _issue(payload.get("issue")) if isinstance(payload, dict) else None
        if issue is not None:
            made.append(issue)
            return done(answer, f"Created {issue.name} at Linear: {issue.url}", issue.remote_id)
        if not 200 <= answer.status < 300 or complaint(said) != complaint(None):
            return refused(answer, f"Linear did not create the issue: {complaint(said)}")
        return Attempt(Outcome.UNKNOWN, "Linear does not say which issue it created", status=answer.status)

    result = attempt(TOOL, there.request(_CREATE, {"input": content}), judge, clock.left, usual_errors, known_code)
    if result.outcome is Outcome.REFUSED:
        return _there_already(there, order, result, clock)
    return result, made[0] if made else None


def _there_already(there: Linear, order: Order, result: Attempt, clock: Clock) -> tuple[Attempt, Issue | None]:
    """What a refusal means: nothing, if an earlier attempt made the issue."""
    issue = None
    with suppress(StepFailed):
        issue = _found(there, order, clock.left)
    if issue is None:
        return result, None
    did = f"Found {issue.name} at Linear, which an earlier attempt made: {issue.url}"
    return Attempt(Outcome.DONE, status=result.status, remote_id=issue.remote_id, detail={"did": did}), issue


def _content(there: Linear, order: Order, assignee: str, clock: Clock) -> dict[str, Any]:
    """The new issue, with the IDs of its team and its labels.

    Raises:
        StepFailed: Linear does not tell them.
    """
    team = team_filter(order.where["team"])
    labels = _label_filter([*there.labels, *order.labels], team)
    data = told(there, _PLACE, {"team": team, "labels": labels}, clock.left)
    teams = nodes_in(data, "teams")
    if not teams:
        raise StepFailed(f"Linear does not show the team {order.where['team'][:100]!r} to the hub's account")
    return {
        "id": issue_id(order),
        "teamId": teams[0].get("id"),
        "title": " ".join(order.title.split())[:LONGEST_TITLE],
        "description": order.text[:LONGEST_TEXT],
        "labelIds": _label_ids(nodes_in(data, "issueLabels")),
        **({"assigneeId": assignee} if assignee else {}),
    }


def _label_filter(names: Sequence[str], team: Mapping[str, Any]) -> dict[str, Any]:
    """What finds the labels of these names that issues of the team can have."""
    named = [{"name": {"eqIgnoreCase": name}} for name in dict.fromkeys(names)]
    return {"and": [{"or": named}, {"or": [{"team": dict(team)}, {"team": {"null": True}}]}]}


def _label_ids(labels: Sequence[Mapping[str, Any]]) -> list[str]:
    """The labels an issue can have together: none that is a group, and of each group one."""
    chosen: dict[str, str] = {}
    for label in labels:
        if label.get("id") and not label.get("isGroup"):
            parent = label.get("parent")
            group = parent.get("id") if isinstance(parent, dict) else None
            chosen.setdefault(str(group or label["id"]), str(label["id"]))
    return list(chosen.values())


def _issue(said: Any) -> Issue | None:
    """An issue as Linear tells of it."""
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in ("id", "identifier", "url")):
        return None
    return Issue(said["id"], said["identifier"], said["url"], {"id": said["id"]})


def _found(there: Linear, order: Order, seconds: float) -> Issue | None:
    nodes = nodes_in(told(there, _FIND, {"filter": {"id": {"eq": issue_id(order)}}}, seconds), "issues")
    return _issue(nodes[0]) if nodes else None


def _search(order: Order, since: datetime, seconds: float) -> Issue | None:
    """The issue of the order, whenever it was made: its ID is known."""
    return _found(linear(), order, seconds)


TRACKER = Tracker(
    tool=TOOL,
    label="Linear",
    create=_create,
    search=_search,
    provider=lambda: IssueProvider.LINEAR,
    id_of=id_of,
)
