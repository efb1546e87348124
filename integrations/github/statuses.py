"""Closing and reopening GitHub's issues, and reading what became of them.

PATCH repos/{o}/{r}/issues/{n} with `state` open or closed, and `state_reason` completed, not_planned or reopened.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from incidentio.core import http
from incidents.models import IssueProvider, WorkStatus
from integrations.asking import Clock, ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.github.account import TOOL, complaint, github, limited
from integrations.issue_statuses import State, Statuses, already

UNDONE = ("not_planned", "duplicate")
WANTED = {
    WorkStatus.COMPLETED: {"state": "closed", "state_reason": "completed"},
    WorkStatus.NOT_DOING: {"state": "closed", "state_reason": "not_planned"},
    WorkStatus.OUTSTANDING: {"state": "open", "state_reason": "reopened"},
}
_PATH = re.compile(r"/(?P<repository>[\w.-]+/[\w.-]+)/issues/(?P<number>\d+)", re.ASCII)


def fits(state: Any, reason: Any) -> Sequence[str]:
    """The statuses of a follow-up that agree with where an issue is; the usual one first."""
    if state != "closed":
        return (WorkStatus.OUTSTANDING,)
    if reason in UNDONE:
        return (WorkStatus.NOT_DOING,)
    # Older servers do not say in which sense it was closed.
    return (WorkStatus.COMPLETED,) if reason == "completed" else (WorkStatus.COMPLETED, WorkStatus.NOT_DOING)


def _at(url: str) -> State | None:
    site = github().site
    found = _PATH.match(url.removeprefix(site)) if url.startswith(f"{site}/") else None
    return {"repository": found["repository"], "number": int(found["number"])} if found else None


def _move(state: State, status: str, seconds: float) -> Attempt:
    there, clock = github(), Clock(seconds)
    name, path = f"{state['repository']}#{state['number']}", f"repos/{state['repository']}/issues/{state['number']}"
    answer = ask(TOOL, there.request("GET", path), clock.left, limited)
    issue = json_of(answer)
    if answer.status in (301, 404, 410):
        raise StepFailed(f"{name} was moved or deleted, or GitHub does not show it to the hub's account")
    if answer.status != 200 or not isinstance(issue, dict) or not issue.get("id"):
        raise StepFailed(f"GitHub does not tell of {name} ({answer.status}): {complaint(issue)}")
    remote_id, wanted = str(issue["id"]), WANTED[WorkStatus(status)]
    if status in fits(issue.get("state"), issue.get("state_reason")):
        return already(TOOL, remote_id, f"{name} is {issue['state']} already")

    def judge(answer: http.Answer, said: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"GitHub did not change {name}: {complaint(said)}")
        if not isinstance(said, dict) or not said.get("id"):
            return Attempt(Outcome.UNKNOWN, f"GitHub does not tell how {name} is now", status=answer.status)
        return done(answer, f"{name} is {wanted['state']} now", remote_id)

    # It ends the same however often it is said.
    request = replace(there.request("PATCH", path, wanted), does_once=True)
    return attempt(TOOL, request, judge, clock.left, limited)


STATUSES = Statuses(tool=TOOL, label="GitHub", providers=(IssueProvider.GITHUB,), at=_at, move=_move)
