"""Closing and reopening GitLab's issues, and reading what became of them.

PUT projects/{id}/issues/{iid} with `state_event` close or reopen. In which sense an issue is closed GitLab does not
say, so both ends of a follow-up agree with it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from incidentio.core import http
from incidents.models import IssueProvider, WorkStatus
from integrations.asking import Clock, ask
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, json_of, refused
from integrations.gitlab.account import TOOL, complaint, gitlab, limited, path_of
from integrations.issue_statuses import State, Statuses, already

CLOSED = "closed"
CLOSE, REOPEN = "close", "reopen"
_PATH = re.compile(r"/(?P<project>[^?#]+?)(?:/-)?/(?:issues|work_items)/(?P<iid>\d+)(?=[/?#]|$)", re.ASCII)


def fits(state: Any) -> Sequence[str]:
    """The statuses of a follow-up that agree with where an issue is; the usual one first."""
    return (WorkStatus.COMPLETED, WorkStatus.NOT_DOING) if state == CLOSED else (WorkStatus.OUTSTANDING,)


def _at(url: str) -> State | None:
    site = gitlab().url
    found = _PATH.match(url.removeprefix(site)) if url.startswith(f"{site}/") else None
    return {"project": unquote(found["project"]), "iid": int(found["iid"])} if found else None


def _move(state: State, status: str, seconds: float) -> Attempt:
    there, clock = gitlab(), Clock(seconds)
    name = state.get("name") or f"{state['project']}#{state['iid']}"
    path = f"{path_of(state['project'])}/issues/{state['iid']}"
    answer = ask(TOOL, there.request("GET", path), clock.left, limited)
    issue = json_of(answer)
    if answer.status in (301, 302, 404):
        raise StepFailed(f"{name} was moved or deleted, or GitLab does not show it to the hub's account")
    if answer.status != 200 or not isinstance(issue, dict) or not (issue.get("id") and issue.get("state")):
        raise StepFailed(f"GitLab does not tell of {name} ({answer.status}): {complaint(issue)}")
    remote_id = str(issue["id"])
    if status in fits(issue.get("state")):
        return already(TOOL, remote_id, f"{name} is {issue['state']} already")

    def judge(answer: http.Answer, said: Any) -> Attempt:
        if not 200 <= answer.status < 300:
            return refused(answer, f"GitLab did not change {name}: {complaint(said)}")
        if not isinstance(said, dict) or not said.get("state"):
            return Attempt(Outcome.UNKNOWN, f"GitLab does not tell how {name} is now", status=answer.status)
        return done(answer, f"{name} is {said['state']} now", remote_id)

    # It ends the same however often it is said.
    event = REOPEN if status == WorkStatus.OUTSTANDING else CLOSE
    request = replace(there.request("PUT", path, {"state_event": event}), does_once=True)
    return attempt(TOOL, request, judge, clock.left, limited)


STATUSES = Statuses(tool=TOOL, label="GitLab", providers=(IssueProvider.GITLAB,), at=_at, move=_move)
