"""Moving Jira's issues through their workflow, and reading what became of them.

A status cannot be set: GET issue/{key}/transitions says which ways there are from where the issue is, POST takes one
(204). Statuses are of the categories `new`, `indeterminate` and `done`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from incidentio.core import http
from incidents.models import IssueProvider, WorkStatus
from integrations.asking import Clock, ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.issue_statuses import State, Statuses, already
from integrations.jira.account import TOOL, Jira, complaint, jira

MOVED = 204
NEW, IN_WORK, DONE = "new", "indeterminate", "done"
CLOSED = (WorkStatus.COMPLETED, WorkStatus.NOT_DOING)
SETTINGS_OF = {
    WorkStatus.COMPLETED: "done_status",
    WorkStatus.NOT_DOING: "not_doing_status",
    WorkStatus.OUTSTANDING: "open_status",
}
# How statuses and resolutions are called that mean that nothing is going to be done.
NOT_DOING_NAMES = {
    "won't do",
    "won't fix",
    "wont do",
    "wont fix",
    "not doing",
    "cancelled",
    "canceled",
    "declined",
    "rejected",
    "duplicate",
}


def category_of(status: Any) -> str:
    """The category of a status as Jira tells of it; nothing if it does not."""
    category = status.get("statusCategory") if isinstance(status, dict) else None
    return str(category.get("key", "")) if isinstance(category, dict) else ""


def name_of(thing: Any) -> str:
    """The name of a status, a transition or a resolution."""
    return str(thing.get("name", "")).strip() if isinstance(thing, dict) else ""


def fits(there: Jira, status: Any, resolution: Any) -> Sequence[str]:
    """The statuses of a follow-up that agree with where an issue is; the usual one first."""
    if category_of(status) != DONE:
        return (WorkStatus.OUTSTANDING,)
    names = {name_of(status).casefold(), name_of(resolution).casefold()} - {""}
    if names & (NOT_DOING_NAMES | {there["not_doing_status"].casefold()}):
        return (WorkStatus.NOT_DOING,)
    if there["done_status"] and there["done_status"].casefold() in names:
        return (WorkStatus.COMPLETED,)
    return CLOSED  # done, and Jira does not say in which sense


def _at(url: str) -> State | None:
    there, parts = jira(), urlsplit(url)
    if not there.site or not url.startswith(f"{there.site}/"):
        return None
    _, browse, rest = parts.path.partition("/browse/")
    key = rest.split("/")[0] if browse else parse_qs(parts.query).get("selectedIssue", [""])[0]
    return {"key": key} if key else None


def _move(state: State, status: str, seconds: float) -> Attempt:
    there, clock, key = jira(), Clock(seconds), str(state["key"])
    path = f"issue/{quote(key, safe='')}"
    issue = _read(there, path, clock, fields="status,resolution")
    fields = issue.get("fields")
    if not issue.get("id") or not isinstance(fields, dict):
        raise StepFailed(f"Jira does not tell of the issue {key}")
    now = fields.get("status")
    if status in fits(there, now, fields.get("resolution")) or (status in CLOSED and category_of(now) == DONE):
        return already(TOOL, str(issue["id"]), f"{key} is {name_of(now)} in Jira already")
    ways = _read(there, f"{path}/transitions", clock).get("transitions") or []
    way = _choose(there, ways, WorkStatus(status))
    if way is None:
        offered = ", ".join(sorted(name_of(one.get("to")) for one in ways)) or "none"
        wanted = there[SETTINGS_OF[WorkStatus(status)]] or f"one for {WorkStatus(status).label!r}"
        raise StepFailed(f"Jira's workflow does not lead {key} from {name_of(now)} to {wanted}; it offers {offered}")
    return _go(there, path, way, key, str(issue["id"]), clock.left)


def _go(there: Jira, path: str, way: Mapping[str, Any], key: str, remote_id: str, seconds: float) -> Attempt:
    def judge(answer: http.Answer, said: Any) -> Attempt:
        if answer.status == MOVED:
            return done(answer, f"Moved {key} to {name_of(way.get('to'))} in Jira", remote_id)
        if 200 <= answer.status < 300:
            return Attempt(Outcome.UNKNOWN, f"Jira does not say that it moved {key}", status=answer.status)
        return refused(answer, f"Jira did not move {key}: {complaint(said)}")

    body = {"transition": {"id": str(way.get("id"))}}
    # Where the issue is was looked at before, and is again: a second attempt moves nothing that is there already.
    request = replace(there.request("POST", f"{path}/transitions", body), does_once=True)
    return attempt(TOOL, request, judge, seconds)


def _choose(there: Jira, ways: Sequence[Mapping[str, Any]], status: WorkStatus) -> Mapping[str, Any] | None:
    """The way to where a follow-up's status has its issue: by the name people gave, else by the category."""
    wanted = there[SETTINGS_OF[status]].casefold()
    if wanted:
        named = [way for way in ways if wanted in (name_of(way.get("to")).casefold(), name_of(way).casefold())]
        return named[0] if named else None

    def worth(way: Mapping[str, Any]) -> tuple[int, bool]:
        category, leaves_undone = category_of(way.get("to")), name_of(way.get("to")).casefold() in NOT_DOING_NAMES
        order = (NEW, IN_WORK) if status == WorkStatus.OUTSTANDING else (DONE,)
        rank = order.index(category) if category in order else len(order)
        return rank, leaves_undone != (status == WorkStatus.NOT_DOING)

    possible = (NEW, IN_WORK) if status == WorkStatus.OUTSTANDING else (DONE,)
    leading = [way for way in ways if category_of(way.get("to")) in possible]
    return min(leading, key=worth) if leading else None


def _read(there: Jira, path: str, clock: Clock, **query: str) -> dict[str, Any]:
    """What Jira tells of an issue.

    Raises:
        StepFailed: it does not.
    """
    answer = ask(TOOL, there.request("GET", path, query=query), clock.left)
    said = json_of(answer)
    if answer.status == 404:
        raise StepFailed(f"Jira does not know this issue any more, or does not show it to the hub's account ({path})")
    if answer.status != 200 or not isinstance(said, dict):
        raise StepFailed(f"Jira does not tell of the issue ({answer.status}): {complaint(said)}")
    return said


STATUSES = Statuses(
    tool=TOOL, label="Jira", providers=(IssueProvider.JIRA, IssueProvider.JIRA_SERVER), at=_at, move=_move
)
