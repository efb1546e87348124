"""An account at Linear, and the way to its GraphQL API (https://linear.app/developers/graphql).

Errors come as `errors` with 200 as well as with 400; what each is, `extensions.code` says. The API is asked with
variables only: no text of people's is ever part of a query.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from incidentio.core import http
from integrations.asking import Clock, ask
from integrations.base import Attempt, CheckFailed, Entered, Outcome, Setting, StepFailed
from integrations.calling import ANSWER_CHARACTERS, Request, json_of
from integrations.connections import account_of
from integrations.limits import seconds_until

TOOL = "linear"
SITE, API_URL = "https://linear.app", "https://api.linear.app/graphql"
CHECK_SECONDS = 2.0
# Where Linear asks for less and does not say how long to wait, at least a minute.
SHORTEST_WAIT_SECONDS = 60.0
OAUTH_PREFIX = "lin_oauth_"
LIMITED = "RATELIMITED"
SHUT = {"AUTHENTICATION_ERROR", "FORBIDDEN", "FEATURE_NOT_ACCESSIBLE"}
PASSING = {"INTERNAL_SERVER_ERROR", "INTERNAL_ERROR", "NETWORK_ERROR", "LOCK_TIMEOUT", "BOOTSTRAP_ERROR"}
KNOWN = {LIMITED, *SHUT, *PASSING}
BUDGETS = ("requests", "complexity", "endpoint-requests")

SETTINGS = (
    Setting("api_key", "API key", "A personal key (lin_api_…), or a token of an app (lin_oauth_…)", secret=True),
    Setting("team", "Team", "Where issues are made: its key, as in OPS, or its ID"),
    Setting(
        "labels",
        "Labels",
        "Of new issues, with commas between; those Linear does not have are left out",
        required=False,
    ),
    Setting("done_state", "State of what is completed", "Else the first of Linear's type completed", required=False),
    Setting("not_doing_state", "State of what is not done", "Else the first of the type canceled", required=False),
    Setting("open_state", "State of what is open again", "Else the first of the type unstarted", required=False),
    Setting("webhook_secret", "Webhook secret", "The signing secret of the webhook", secret=True, required=False),
    Setting("api_url", "Address of the API", "Left out, Linear's", required=False, default=API_URL),
)

_CHECK = """query Check($team: TeamFilter!) {
  viewer { name }
  organization { name }
  teams(filter: $team, first: 1) { nodes { key name } }
}"""


@dataclass(frozen=True)
class Linear(Entered):
    """A workspace of Linear, as the account sees it."""

    @property
    def labels(self) -> list[str]:
        """The labels of new issues."""
        return self.listed("labels")

    def request(self, query: str, variables: Mapping[str, Any]) -> Request:
        """A call of the API. Each the hub makes ends the same however often it is made."""
        key = self["api_key"]
        headers = {"authorization": f"Bearer {key}" if key.startswith(OAUTH_PREFIX) else key}
        body = {"query": query, "variables": dict(variables)}
        return Request("POST", self["api_url"] or API_URL, headers, body, does_once=True)


def linear() -> Linear:
    """The Linear that is connected.

    Raises:
        StepFailed: none is.
    """
    return Linear(account_of(TOOL).values)


def team_filter(said: str) -> dict[str, Any]:
    """What finds a team by its key or its ID."""
    try:
        return {"id": {"eq": str(UUID(said))}}
    except ValueError:
        return {"key": {"eqIgnoreCase": said}}


def usual_errors(answer: http.Answer, said: Any) -> Attempt | None:
    """What errors mean that mean the same in every call
    (https://linear.app/developers/rate-limiting, https://linear.app/developers/graphql).
    """
    code = _code(said)
    told: dict[str, Any] = {
        "status": answer.status,
        "duration_ms": answer.duration_ms,
        "answer": answer.body[:ANSWER_CHARACTERS].decode(errors="replace"),
    }
    if code == LIMITED:
        error = f"Linear asks to be called less often ({answer.status})"
        return Attempt(Outcome.FAILED, error, wait_seconds=_wait(answer), **told)
    if code in SHUT:
        return Attempt(Outcome.REFUSED, f"Linear does not accept the hub's account: {complaint(said)}", **told)
    if code in PASSING:
        return Attempt(Outcome.FAILED, f"Linear failed: {complaint(said)}", **told)
    return None


def _wait(answer: http.Answer) -> float:
    """The seconds until the budget that is spent is there again; each says when, in milliseconds since 1970."""
    headers = answer.headers
    spent = [name for name in BUDGETS if headers.get(f"x-ratelimit-{name}-remaining") == "0"]
    resets = [headers.get(f"x-ratelimit-{name}-reset", "") for name in spent]
    waits = [seconds_until(reset, a_second=1000) for reset in resets]
    return answer.wait_seconds or max(waits, default=0.0) or SHORTEST_WAIT_SECONDS


def _errors(said: Any) -> list[dict[str, Any]]:
    errors = said.get("errors") if isinstance(said, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _extensions(error: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = error.get("extensions")
    return extensions if isinstance(extensions, dict) else {}


def _code(said: Any) -> str:
    """What the first error is; `type` says the same in other letters."""
    extensions = next((_extensions(error) for error in _errors(said)), {})
    return str(extensions.get("code") or extensions.get("type") or "").upper().replace(" ", "_")


def known_code(said: Any) -> str:
    """The same, if it is one that the hub knows."""
    code = _code(said)
    return code if code in KNOWN else ""


def complaint(said: Any) -> str:
    """What Linear says is wrong, as far as possible in its words for people."""
    texts = [str(_extensions(one).get("userPresentableMessage") or one.get("message") or "") for one in _errors(said)]
    return "; ".join(filter(None, texts))[:1_000] or "it did not say why"


def data_in(said: Any) -> dict[str, Any]:
    """What an answer tells; nothing if it tells nothing."""
    data = said.get("data") if isinstance(said, dict) else None
    return data if isinstance(data, dict) else {}


def nodes_in(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The things in a list of an answer's."""
    listed = data.get(name)
    nodes = listed.get("nodes") if isinstance(listed, dict) else None
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def told(there: Linear, query: str, variables: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What Linear answers to a question; parts of it may be missing.

    Raises:
        StepFailed: it does not answer; permanent if it does not like the question.
    """
    answer = ask(TOOL, there.request(query, variables), seconds, usual_errors, known_code)
    said = json_of(answer)
    data = data_in(said)
    if not any(value is not None for value in data.values()):
        raise StepFailed(f"Linear does not tell ({answer.status}): {complaint(said)}", permanent=bool(_errors(said)))
    return data


def check(values: Mapping[str, str]) -> str:
    """Ask Linear who the account is, and for the team.

    Raises:
        CheckFailed: it does not say.
    """
    there, clock = Linear(values), Clock(CHECK_SECONDS)
    try:
        data = told(there, _CHECK, {"team": team_filter(there["team"].strip())}, clock.left)
    except StepFailed as failure:
        raise CheckFailed(f"{failure}. Check the API key") from failure
    viewer, organization, teams = data.get("viewer"), data.get("organization"), nodes_in(data, "teams")
    if not isinstance(viewer, dict) or not isinstance(organization, dict):
        raise CheckFailed("What is at this address does not answer as Linear does")
    if not teams:
        raise CheckFailed(f"{viewer.get('name')} does not see the team {there['team'][:40]!r}")
    team = f"{teams[0].get('key')} ({teams[0].get('name')})"
    return f"Connected as {viewer.get('name')} in {organization.get('name')}; the team is {team}"
