"""Moving Linear's issues through the states of their team, and reading what became of them.

States have names of the team's own, and a type: triage, backlog, unstarted, started, completed, canceled or duplicate.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from incidentio.core import http
from incidents.models import IssueProvider, WorkStatus
from integrations.asking import Clock
from integrations.base import Attempt, Outcome, StepFailed
from integrations.calling import attempt, done, refused
from integrations.issue_statuses import State, Statuses, already
from integrations.linear.account import (
    SITE,
    TOOL,
    Linear,
    complaint,
    data_in,
    known_code,
    linear,
    nodes_in,
    told,
    usual_errors,
)

# The types of states that agree with a status, the best to move to first.
TYPES = {
    WorkStatus.COMPLETED: ("completed",),
    WorkStatus.NOT_DOING: ("canceled", "duplicate"),
    WorkStatus.OUTSTANDING: ("unstarted", "backlog", "triage", "started"),
}
SETTINGS_OF = {
    WorkStatus.COMPLETED: "done_state",
    WorkStatus.NOT_DOING: "not_doing_state",
    WorkStatus.OUTSTANDING: "open_state",
}
_PATH = re.compile(rf"{re.escape(SITE)}/(?P<workspace>[^/?#]+)/issue/(?P<key>[A-Za-z0-9]+-\d+)(?=[/?#]|$)", re.ASCII)

_READ = """query Read($id: String!) {
  issue(id: $id) {
    id identifier url state { name type }
    team { states(first: 100) { nodes { id name type position } } }
  }
}"""
_MOVE = """mutation Move($id: String!, $state: String!) {
  issueUpdate(id: $id, input: { stateId: $state }) { success }
}"""


def fits(there: Linear, state: Any) -> Sequence[str]:
    """The statuses of a follow-up that agree with where an issue is: by the names people gave, else by the type."""
    name, kind = (str(state.get(what) or "") for what in ("name", "type")) if isinstance(state, dict) else ("", "")
    named = [status for status, setting in SETTINGS_OF.items() if name and _is(name, there[setting])]
    return named or [status for status, types in TYPES.items() if kind in types] or [WorkStatus.OUTSTANDING]


def _is(name: str, other: str) -> bool:
    return name.strip().casefold() == other.strip().casefold()


def _at(url: str) -> State | None:
    found = _PATH.match(url)
    return {"id": found["key"].upper(), "workspace": found["workspace"]} if found else None


def _move(state: State, status: str, seconds: float) -> Attempt:
    there, clock = linear(), Clock(seconds)
    issue = _read(there, state, clock)
    name, remote_id = str(issue["identifier"]), str(issue["id"])
    if status in fits(there, issue.get("state")):
        return already(TOOL, remote_id, f"{name} is {issue['state'].get('name')} at Linear already")
    to = _choose(there, issue, WorkStatus(status))

    def judge(answer: http.Answer, said: Any) -> Attempt:
        payload = data_in(said).get("issueUpdate")
        if isinstance(payload, dict) and payload.get("success"):
            return done(answer, f"Moved {name} to {to.get('name')} at Linear", remote_id)
        if answer.status == 200 and not isinstance(said, dict):
            return Attempt(Outcome.UNKNOWN, f"Linear does not say that it moved {name}", status=answer.status)
        return refused(answer, f"Linear did not move {name}: {complaint(said)}")

    request = there.request(_MOVE, {"id": remote_id, "state": to.get("id")})
    return attempt(TOOL, request, judge, clock.left, usual_errors, known_code)


def _read(there: Linear, state: State, clock: Clock) -> Mapping[str, Any]:
    """What Linear tells of an issue.

    Raises:
        StepFailed: it does not; or the issue is in another workspace than the account.
    """
    issue = told(there, _READ, {"id": state["id"]}, clock.left).get("issue")
    if not isinstance(issue, dict) or not isinstance(issue.get("state"), dict):
        issue = {}
    if not all(issue.get(name) for name in ("id", "identifier", "url")):
        raise StepFailed(f"Linear does not tell of {state.get('name') or state['id']}")
    here = _at(str(issue["url"])) or {}
    if "workspace" in state and here.get("workspace") != state["workspace"]:
        raise StepFailed(f"{state['id']} is in the workspace {state['workspace']!r}, which the hub's account is not in")
    return issue


def _choose(there: Linear, issue: Mapping[str, Any], status: WorkStatus) -> Mapping[str, Any]:
    """The state to which a follow-up's status has its issue: of the name people gave, else the first of its type.

    Raises:
        StepFailed: the team has none such.
    """
    team = issue.get("team")
    states = nodes_in(team, "states") if isinstance(team, dict) else []
    wanted, types = there[SETTINGS_OF[status]], TYPES[status]
    states.sort(key=lambda state: state.get("position") or 0.0)
    if wanted:
        possible = [state for state in states if _is(str(state.get("name")), wanted)]
    else:
        possible = [state for kind in types for state in states if state.get("type") == kind]
    if not possible:
        offered = ", ".join(str(state.get("name")) for state in states) or "none"
        raise StepFailed(f"The team of {issue['identifier']} has no state {wanted or types[0]!r}; it has {offered}")
    return possible[0]


STATUSES = Statuses(tool=TOOL, label="Linear", providers=(IssueProvider.LINEAR,), at=_at, move=_move)
